"""The files that a game reads: `*.sprite.ron` and `*.tileset.ron`."""
