"""Tools over the library: finding, choosing, bringing one's own art in."""
