"""From a request to a plan: read, checked, settled, and how it is recorded and followed again."""
