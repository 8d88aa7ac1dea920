"""The models that can draw: what lies in the models folder, read without torch, and the built-in `mini`."""
