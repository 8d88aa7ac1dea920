"""Workflow files: where they lie, what stands in them, whether it holds together. Running them is an operation."""
