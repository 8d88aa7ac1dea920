"""Packs of pictures, read: what each picture shows, and the tiles that are made of them."""
