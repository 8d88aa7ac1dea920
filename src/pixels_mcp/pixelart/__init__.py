"""True pixel art: pure functions on (H, W, 4) uint8 arrays."""
