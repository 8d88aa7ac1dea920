"""Tiles that meet: autotile codes, terrain fields, borders, whole sets, and maps laid from them."""
