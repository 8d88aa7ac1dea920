"""Fetching models from the hub, Civitai and plain addresses, each checked before it stays."""
