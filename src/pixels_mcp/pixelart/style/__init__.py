"""What a picture looks like, as numbers; how far it is from the look of a set."""
