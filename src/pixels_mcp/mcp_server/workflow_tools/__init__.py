"""Workflows: the tool that runs them, and their list."""
