"""Commands that compare ways to draw, take votes and tell what they prove."""
