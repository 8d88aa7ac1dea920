"""Recipes that make models, and what measures them."""
