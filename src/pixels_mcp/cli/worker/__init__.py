"""Commands that run, ask and stop the worker."""
