"""A line around a drawing."""

from __future__ import annotations

from typing import get_args

import numpy as np

from pixels_mcp.errors import PixelArtError
from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.drawing.regions import rim_of
from pixels_mcp.pixelart.pixels import Rgba, require_rgba
from pixels_mcp.set_words import Outline

OUTLINES: tuple[Outline, ...] = get_args(Outline)

_LINE_SHARE = 0.7
"""So much of the rim has one color where it is an outline."""


def add_outline(pixels: Rgba, outline: Outline, color: np.ndarray | None = None) -> Rgba:
    """Draw a line of one pixel around what is opaque.

    Args:
        pixels: (H, W, 4) uint8 with alpha 0 or 255.
        outline: `outer` colours the transparent pixels beside the drawing (the canvas grows by one pixel on each
            side where the drawing touches its edge), `inner` the drawing's own outermost pixels, `none` nothing.
        color: (3,) uint8; by default the drawing's darkest colour.

    Returns:
        A new (H, W, 4) uint8 array.

    Raises:
        PixelArtError: `outline` is none of these.
    """
    require_rgba(pixels)
    if outline not in OUTLINES:
        raise PixelArtError(f"no outline is called '{outline}'", hint=f"use one of {', '.join(OUTLINES)}")
    opaque = pixels[..., 3] > 0
    if outline == "none" or not opaque.any():
        return pixels.copy()
    ink = darkest_color(pixels) if color is None else np.asarray(color, dtype=np.uint8)
    if outline == "outer":
        edge = bool(opaque[[0, -1]].any() or opaque[:, [0, -1]].any())
        lined = np.pad(pixels, ((1, 1), (1, 1), (0, 0))) if edge else pixels.copy()
        opaque = lined[..., 3] > 0
        line = _beside(opaque) & ~opaque
    else:
        lined = pixels.copy()
        line = rim_of(opaque)
    lined[line, :3], lined[line, 3] = ink, 255
    return lined


def outline_color(pixels: Rgba) -> np.ndarray | None:
    """Find the color of the line around a drawing.

    Returns:
        (3,) uint8: the color that most of the outermost pixels have, where it is darker than what it encloses; None
        where there is no such line.
    """
    require_rgba(pixels)
    opaque = pixels[..., 3] > 0
    rim = rim_of(opaque)
    inside = opaque & ~rim
    if not inside.any():
        return None
    colors, counts = np.unique(pixels[rim][:, :3], axis=0, return_counts=True)
    commonest = colors[counts.argmax()]
    if counts.max() < _LINE_SHARE * counts.sum():
        return None
    is_darker = oklab(commonest[None])[0, 0] < oklab(pixels[inside][:, :3])[:, 0].mean()
    return commonest if is_darker else None


def remove_outline(pixels: Rgba, line: np.ndarray | None = None) -> Rgba:
    """Make the line around a drawing transparent, where it is part of the drawing's rim.

    Args:
        pixels: (H, W, 4) uint8.
        line: (H, W) bool, which pixels are line; by default those of `outline_color`.

    Raises:
        PixelArtError: There is no line.
    """
    require_rgba(pixels)
    where = line
    if where is None:
        color = outline_color(pixels)
        if color is None:
            raise PixelArtError(
                "the drawing has no outline: no one dark color stands all around it",
                hint="leave it as it is, or edit the rim with region=outline",
            )
        where = (pixels[..., :3] == color).all(axis=-1)
    bare = pixels.copy()
    bare[rim_of(pixels[..., 3] > 0) & where] = 0
    return bare


def _beside(filled: np.ndarray) -> np.ndarray:
    """(H, W) bool: where one of the four neighbours is filled."""
    around = np.pad(filled, 1)
    return around[:-2, 1:-1] | around[2:, 1:-1] | around[1:-1, :-2] | around[1:-1, 2:]


def darkest_color(pixels: Rgba) -> np.ndarray:
    """(3,) uint8, the darkest colour of the opaque pixels."""
    colors = np.unique(pixels[pixels[..., 3] > 0][:, :3], axis=0)
    return colors[oklab(colors)[:, 0].argmin()]
