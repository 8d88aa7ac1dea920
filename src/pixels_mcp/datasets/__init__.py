"""A person's own pictures as a set that can be trained on, redrawn from and measured against; no torch is needed."""
