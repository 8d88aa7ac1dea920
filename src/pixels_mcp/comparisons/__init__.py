"""Comparing ways to draw: the same prompts and seeds, shown blind, and what the votes prove."""
