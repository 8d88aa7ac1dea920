"""Commands that draw: one prompt, a file of prompts, a recipe."""
