"""Commands that run, ask and stop the worker, and the server for assistants."""
