"""Before and after, side by side."""

from __future__ import annotations

import numpy as np
from PIL import Image

from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.sheets.preview import enlarge, on_checkerboard

_GAP_PX = 8


def before_and_after(before: Rgba, after: Rgba, side_px: int = 512) -> Rgba:
    """Show a picture and the pixel art made of it beside each other, both about `side_px` high or wide.

    Args:
        before: (H, W, 4) uint8, shown smoothly scaled where it is larger.
        after: (H, W, 4) uint8, each pixel enlarged by a whole number.
        side_px: Longest side of either half.

    Returns:
        (H, W, 4) uint8, opaque.
    """
    left = Image.fromarray(before)
    left.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
    right = enlarge(after, max(1, side_px // max(after.shape[:2])))
    halves = [on_checkerboard(np.array(left)), on_checkerboard(right)]
    height_px = max(half.shape[0] for half in halves)
    sheet = np.zeros((height_px, sum(half.shape[1] for half in halves) + _GAP_PX, 4), dtype=np.uint8)
    sheet[...] = (32, 32, 36, 255)
    x = 0
    for half in halves:
        top = (height_px - half.shape[0]) // 2
        sheet[top : top + half.shape[0], x : x + half.shape[1]] = half
        x += half.shape[1] + _GAP_PX
    return sheet
