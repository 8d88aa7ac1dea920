"""Commands that serve assistants and connect them."""
