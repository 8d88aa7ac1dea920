"""Motion from one sprite: index maps, what a body is made of, a file a family of motions, and what a clip measures."""
