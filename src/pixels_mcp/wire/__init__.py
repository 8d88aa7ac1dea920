"""The wire: messages between faces and the worker, how they become bytes, and the ways that these travel."""
