"""Tools that draw, and tools that make more of what was drawn."""
