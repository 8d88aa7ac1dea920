"""Lanes: each draws one batch at a time with an engine of its own."""
