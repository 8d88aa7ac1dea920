"""What `mini` redraws: the words of a prompt, and the tile that fits them."""
