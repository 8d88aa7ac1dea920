"""Commands that touch a Bevy game."""
