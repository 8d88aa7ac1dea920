"""The desk: what answers every call, and what it tells."""
