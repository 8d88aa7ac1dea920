"""The library: finished sprites as content-addressed PNGs with their recipe inside, and an index to find them."""
