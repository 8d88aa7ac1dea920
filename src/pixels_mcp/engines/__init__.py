"""Engines draw raw pictures (renders) from plans; they know neither pixel art nor the library."""
