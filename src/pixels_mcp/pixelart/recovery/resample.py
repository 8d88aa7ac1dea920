"""Bringing recovered pixel art to another size, where that was asked for."""

from __future__ import annotations

import numpy as np

from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.pixels import Rgba, color_keys, from_keys, require_rgba

_DARK_LINE = 1.35
"""How much more a dark pixel counts, so that outlines of one pixel survive."""


def fit_cells(pixels: Rgba, size_px: tuple[int, int], *, keep_shape: bool) -> Rgba:
    """Resample pixel art so that it fits a size, without mixing colours.

    Every new pixel takes the colour that covers most of it (dark ones count a little more, for the sake of outlines),
    and is opaque where at least half of it is covered. No new colour appears.

    Args:
        pixels: (H, W, 4) uint8 with alpha 0 or 255.
        size_px: (width, height) to fit.
        keep_shape: True keeps width to height and fits inside `size_px`; False fills it.

    Returns:
        A new array of at most `size_px`.
    """
    require_rgba(pixels)
    height_px, width_px = pixels.shape[:2]
    new_width, new_height = size_px
    if keep_shape:
        new_width, new_height = fitting_size((width_px, height_px), size_px)
    keys = np.where(pixels[..., 3] > 0, color_keys(pixels[..., :3]), np.uint32(1 << 24))
    colors, labels = np.unique(keys, return_inverse=True)
    labels = labels.reshape(keys.shape)
    light = oklab(from_keys(colors))[:, 0]
    boost = np.where(colors == 1 << 24, 1.0, np.where(light < 0.35, _DARK_LINE, 1.0))
    cover_x, cover_y = _coverage(width_px, new_width), _coverage(height_px, new_height)
    best = np.full((new_height, new_width), -1.0)
    winner = np.zeros((new_height, new_width), dtype=np.int64)
    empty = np.zeros((new_height, new_width))
    for label, key in enumerate(colors):
        share = cover_y @ (labels == label).astype(np.float64) @ cover_x.T
        if key == 1 << 24:
            empty = share
            continue
        better = share * boost[label] > best
        best = np.where(better, share * boost[label], best)
        winner = np.where(better, label, winner)
    fitted = np.zeros((new_height, new_width, 4), dtype=np.uint8)
    opaque = empty <= 0.5
    fitted[opaque, :3] = from_keys(colors[winner[opaque]])
    fitted[opaque, 3] = 255
    return fitted


def fitting_size(picture_px: tuple[int, int], size_px: tuple[int, int]) -> tuple[int, int]:
    """The largest (width, height) inside `size_px` with the shape of a picture; at least one pixel each."""
    scale = min(size_px[0] / picture_px[0], size_px[1] / picture_px[1])
    width_px, height_px = (
        max(1, min(most, round(side * scale))) for side, most in zip(picture_px, size_px, strict=True)
    )
    return width_px, height_px


def _coverage(old: int, new: int) -> np.ndarray:
    """(new, old) float: which share of each new line each old line covers; rows sum to 1."""
    edges = np.linspace(0, old, new + 1)
    lines = np.arange(old)
    overlap = np.minimum(edges[1:, None], lines + 1) - np.maximum(edges[:-1, None], lines)
    return np.maximum(overlap, 0) / np.diff(edges)[:, None]
