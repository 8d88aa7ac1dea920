"""Changes of a finished picture: clean-up, canvas, outline."""
