"""Bring a picture to the size that a model is shown."""

from __future__ import annotations

import numpy as np
from PIL import Image

from pixels_mcp.pixelart.pixels import Rgba


def fit(pixels: Rgba, canvas_px: tuple[int, int], *, joins: bool = False) -> Rgba:
    """Bring a picture to a canvas: enlarged by whole pixels, reduced where it is too large, centred.

    Args:
        pixels: (H, W, 4) uint8.
        canvas_px: (width, height).
        joins: It is a ground that joins itself: laid side by side where it goes into the canvas in whole numbers.

    Returns:
        (height, width, 4) uint8; what the picture does not cover is transparent.
    """
    width_px, height_px = canvas_px
    height, width = pixels.shape[:2]
    if joins and width_px % width == 0 and height_px % height == 0:
        return np.tile(pixels, (height_px // height, width_px // width, 1))
    factor = min(width_px // width, height_px // height)
    if factor >= 1:
        fitted = pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    else:
        scale = min(width_px / width, height_px / height)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        # Pre-multiplied, so that the colour under transparency does not bleed in.
        premultiplied = Image.fromarray(pixels, "RGBA").convert("RGBa").resize(size, Image.Resampling.BOX)
        fitted = np.asarray(premultiplied.convert("RGBA"))
    canvas = np.zeros((height_px, width_px, 4), np.uint8)
    top, left = (height_px - fitted.shape[0]) // 2, (width_px - fitted.shape[1]) // 2
    canvas[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted
    return canvas
