"""A worker on another machine: pairing by one printed line, keys, the far worker's door and the way to it."""
