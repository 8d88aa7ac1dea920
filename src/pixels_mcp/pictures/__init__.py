"""Local picture work over files: no worker, no model, no face."""
