"""Frames out of sprites: a sheet cut into its tiles, and a two-frame bob out of one sprite."""

from __future__ import annotations

import numpy as np

from pixels_mcp.errors import SheetFileError

BOB_CUT = 0.72
"""Share of the figure's height, from the top, that moves; what is below stands still."""


def cut_frames(pixels: np.ndarray, tile_px: tuple[int, int]) -> list[np.ndarray]:
    """Cut a sheet into its frames, row by row; empty tiles at its end are left out.

    Args:
        pixels: (H, W, 4) uint8.
        tile_px: Width and height of a frame.

    Returns:
        (tile height, tile width, 4) uint8 each.

    Raises:
        SheetFileError: The sheet is no whole number of frames, or all of them are empty.
    """
    height_px, width_px = pixels.shape[:2]
    tile_width_px, tile_height_px = tile_px
    if width_px % tile_width_px or height_px % tile_height_px:
        raise SheetFileError(
            f"{width_px} x {height_px} pixels are no whole number of frames of {tile_width_px} x {tile_height_px}",
            hint="name the size of one frame",
        )
    frames = [
        pixels[top : top + tile_height_px, left : left + tile_width_px]
        for top in range(0, height_px, tile_height_px)
        for left in range(0, width_px, tile_width_px)
    ]
    while frames and not frames[-1][..., 3].any():
        frames.pop()
    if not frames:
        raise SheetFileError("every frame of the sheet is empty", hint="use another sprite")
    return frames


def bob(pixels: np.ndarray) -> list[np.ndarray]:
    """Make two frames of a figure that stands: the sprite itself, and one in which its upper body is a pixel lower.

    Whole pixels only, no colour that the sprite does not have; the feet stay where they are, one row at the waist is
    hidden.

    Args:
        pixels: (H, W, 4) uint8 with a transparent background.

    Returns:
        The sprite unchanged and the lower frame, both (H, W, 4) uint8.

    Raises:
        SheetFileError: Fewer than three rows have an opaque pixel.
    """
    rows = np.flatnonzero(pixels[..., 3].any(axis=1))
    if rows.size < 3:
        raise SheetFileError(
            f"the figure is {rows.size} pixels high; a bob needs 3", hint="use a sprite with a transparent background"
        )
    top, bottom = int(rows[0]), int(rows[-1])
    cut = top + max(1, round((bottom - top) * BOB_CUT))
    lower = pixels.copy()
    lower[top + 1 : cut + 1] = pixels[top:cut]
    lower[top] = 0
    return [pixels.copy(), lower]
