"""A game's folder: finding it, putting sprites into it, and hearing from the running game."""
