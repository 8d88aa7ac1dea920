"""The style of a game: its `pixels.toml`, read and checked in one place, and written from the art that lies there."""
