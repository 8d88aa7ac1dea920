"""Commands that make families: tilesets, animations, maps."""
