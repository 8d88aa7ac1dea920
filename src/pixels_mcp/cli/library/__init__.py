"""Commands over the finished sprites."""
