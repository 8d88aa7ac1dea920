"""Telling native pixel art, and exact enlargements of it, from pictures that need recovering."""

from __future__ import annotations

import numpy as np

from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.quality import is_on_grid

MOST_COLORS = 1024
"""Native pixel art has at most so many colours; noise and compression make thousands."""

PLAIN_COLORS = 256
"""A picture with at most so many colours, no soft alpha and no grid is taken for pixel art."""

_FEWEST_CELLS = 8
_LEAST_DETAIL = 0.05
"""Share of one-pixel details among all changes from which a picture is drawn pixel by pixel."""

_VISIBLE_STEP = 24
"""Difference of lightness (of 2,040) that counts."""


def exact_block_px(pixels: Rgba) -> int:
    """The largest whole enlargement that the picture is to the bit, or 1.

    Args:
        pixels: (H, W, 4) uint8; colour under alpha 0 counts as well.

    Returns:
        1 for a plain picture, and where fewer than 8 cells a side would be left.
    """
    height_px, width_px = pixels.shape[:2]
    packed = _packed(pixels)
    if (packed == packed[0, 0]).all():
        return 1
    shared = int(np.gcd(height_px, width_px))
    for block_px in range(min(height_px, width_px) // _FEWEST_CELLS, 1, -1):
        if shared % block_px == 0 and _rows_repeat(packed, block_px) and is_on_grid(pixels, block_px):
            return block_px
    return 1


def _rows_repeat(packed: np.ndarray, block_px: int) -> bool:
    """Whether a few rows have runs of this length: a quick look before every pixel is compared."""
    few = packed[:: max(1, len(packed) // 8)]
    runs = few.reshape(len(few), -1, block_px)
    return bool((runs == runs[..., :1]).all())


def looks_native(pixels: Rgba) -> bool:
    """Whether a picture is pixel art at its own size: few colours, and details that are one pixel wide.

    A detail is a pixel that is lighter or darker than both of its neighbours in the row (and in the column). An
    enlarged picture has none of them, also when it is smoothed; a native one is full of them.

    Args:
        pixels: (H, W, 4) uint8.
    """
    if min(pixels.shape[:2]) < 3 or not _few_colors(_packed(pixels)):
        return False
    opacity = pixels[..., 3].astype(np.int32)
    light = (pixels[..., :3].astype(np.int32) @ np.array([2, 5, 1])) * opacity // 255 + 2 * opacity
    return min(_detail_share(light), _detail_share(light.T)) >= _LEAST_DETAIL


def is_plain(pixels: Rgba) -> bool:
    """Whether a picture without a grid has so few flat colours that it can only be drawn pixel by pixel."""
    packed = _packed(pixels)
    return len(np.unique(pixels[..., 3])) <= 2 and len(np.unique(packed)) <= PLAIN_COLORS


def _packed(pixels: Rgba) -> np.ndarray:
    return np.ascontiguousarray(pixels).view(np.uint32)[..., 0]


def _few_colors(packed: np.ndarray) -> bool:
    # A sample shows most pictures with too many colours without sorting a million pixels.
    if len(np.unique(packed[::7, ::7])) > MOST_COLORS:
        return False
    return len(np.unique(packed)) <= MOST_COLORS


def _detail_share(light: np.ndarray) -> float:
    """Share of one-pixel ridges and valleys along rows, among all changes."""
    step = np.diff(light, axis=1)
    clear = np.abs(step) > _VISIBLE_STEP
    turns = clear[:, 1:] & clear[:, :-1] & ((step[:, 1:] > 0) != (step[:, :-1] > 0))
    changes = int((step != 0).sum())
    return int(turns.sum()) / changes if changes else 0.0
