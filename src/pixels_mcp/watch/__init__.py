"""Watching pictures that a person edits: checked, brought back to palette and size if asked, and put into the game."""
