"""Commands over model files."""
