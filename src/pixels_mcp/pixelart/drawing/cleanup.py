"""Clean-up of single pixels; every step is a choice of the caller."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from pixels_mcp.pixelart.pixels import Rgba, color_keys, from_keys, require_rgba
from pixels_mcp.pixelart.quality import orphan_mask

_EIGHT = np.ones((3, 3), dtype=bool)


def islands_of(filled: np.ndarray, *, corners: bool = True) -> np.ndarray:
    """Number the connected parts of an (H, W) bool array.

    Args:
        filled: What belongs to parts.
        corners: Pixels that touch at a corner belong together.

    Returns:
        (H, W) int32: 0 where not filled, else 1 to the number of parts.
    """
    islands = np.zeros(filled.shape, dtype=np.int32)
    ndimage.label(filled, structure=_EIGHT if corners else None, output=islands)
    return islands


def remove_specks(pixels: Rgba, *, max_speck_px: int = 2, max_share: float = 0.02) -> Rgba:
    """Take away crumbs that float beside the drawing.

    A crumb is an island (eight neighbours) of at most `max_speck_px` pixels that is also at most `max_share` of
    the largest island, so that a picture of sparks or stars stays whole.

    Args:
        pixels: (H, W, 4) uint8 with alpha 0 or 255.
        max_speck_px: Largest crumb in pixels.
        max_share: Largest crumb as a share of the largest island.

    Returns:
        A new (H, W, 4) uint8 array.
    """
    require_rgba(pixels)
    islands = islands_of(pixels[..., 3] > 0)
    cleaned = pixels.copy()
    if islands.max() > 1:
        sizes = np.bincount(islands.ravel())
        sizes[0] = 0
        crumb = (sizes <= max_speck_px) & (sizes <= max_share * sizes.max()) & (sizes > 0)
        cleaned[crumb[islands]] = 0
    return cleaned


def fill_pinholes(pixels: Rgba) -> Rgba:
    """Fill every single transparent pixel whose eight neighbours are all opaque, with their commonest colour."""
    require_rgba(pixels)
    opaque = pixels[..., 3] > 0
    ringed = ndimage.correlate(opaque.astype(np.int8), _EIGHT.astype(np.int8), mode="constant") == 8
    return _with_commonest_neighbor(pixels, ringed & ~opaque)


def remove_orphans(pixels: Rgba) -> Rgba:
    """Give each orphan pixel (see `orphan_mask`) the commonest colour around it.

    Eyes and highlights are often single pixels too, so this is never done unasked.
    """
    require_rgba(pixels)
    return _with_commonest_neighbor(pixels, orphan_mask(pixels))


def _with_commonest_neighbor(pixels: Rgba, where: np.ndarray) -> Rgba:
    cleaned = pixels.copy()
    height_px, width_px = where.shape
    for y, x in np.argwhere(where):
        window = pixels[max(0, y - 1) : min(height_px, y + 2), max(0, x - 1) : min(width_px, x + 2)]
        around = window.reshape(-1, 4)
        around = around[(around[:, 3] > 0)]
        keys = color_keys(around[:, :3])
        if where[y, x] and pixels[y, x, 3] > 0:
            own = color_keys(pixels[y, x, :3])
            keys = keys[keys != own]
        if keys.size:
            keys_once, counts = np.unique(keys, return_counts=True)
            cleaned[y, x, :3], cleaned[y, x, 3] = from_keys(keys_once[counts.argmax()]), 255
    return cleaned
