"""The canvas a drawing stands on: trimming, placing, growing; never scaling."""

from __future__ import annotations

import numpy as np

from pixels_mcp.errors import PictureSizeError
from pixels_mcp.pixelart.pixels import Rgba, require_rgba
from pixels_mcp.pixelart.quality import bounding_box
from pixels_mcp.set_words import Anchor


def trim(pixels: Rgba, margin_px: int = 0) -> Rgba:
    """Cut away transparent edges, leaving `margin_px`; an empty picture becomes one transparent pixel."""
    require_rgba(pixels)
    x, y, width, height = bounding_box(pixels[..., 3] > 0)
    if width == 0:
        return np.zeros((1, 1, 4), dtype=np.uint8)
    cut = pixels[y : y + height, x : x + width]
    return np.pad(cut, ((margin_px, margin_px), (margin_px, margin_px), (0, 0)))


def place(pixels: Rgba, size_px: tuple[int, int], anchor: Anchor = "center") -> Rgba:
    """Put a drawing on a canvas of another size.

    `center` and `bottom` move the drawing (what is not transparent); `keep` moves the whole picture, so that
    frames of one animation stay where they are to each other.

    Args:
        pixels: (H, W, 4) uint8.
        size_px: (width, height) of the new canvas.
        anchor: Where the drawing stands.

    Returns:
        A new (height, width, 4) uint8 array.

    Raises:
        PictureSizeError: The drawing is larger than the canvas.
    """
    require_rgba(pixels)
    width_px, height_px = size_px
    x, y, width, height = bounding_box(pixels[..., 3] > 0)
    if width > width_px or height > height_px or min(size_px) < 1:
        raise PictureSizeError(
            f"a drawing of {width} x {height} px does not fit on {width_px} x {height_px} px",
            hint="ask for a larger canvas",
        )
    canvas = np.zeros((height_px, width_px, 4), dtype=np.uint8)
    if width == 0:
        return canvas
    if anchor == "keep":
        left = x + (width_px - pixels.shape[1]) // 2
        top = y + (height_px - pixels.shape[0]) // 2
        left, top = np.clip((left, top), 0, (width_px - width, height_px - height))
    else:
        left = (width_px - width) // 2
        top = height_px - height if anchor == "bottom" else (height_px - height) // 2
    canvas[top : top + height, left : left + width] = pixels[y : y + height, x : x + width]
    return canvas


def power_of_two_size(size_px: tuple[int, int]) -> tuple[int, int]:
    """The smallest (width, height) of powers of two that holds `size_px`."""
    width_px, height_px = (1 << max(0, side - 1).bit_length() for side in size_px)
    return width_px, height_px
