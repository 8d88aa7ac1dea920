"""From fake pixel art to true: edges, steps, grids, cells, background, size."""

from pixels_mcp.pixelart.recovery.recover import recover_image as recover_image
