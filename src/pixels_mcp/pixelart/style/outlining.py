"""Bring a drawing to the outline of a style: none, one around it, or one of its own outermost pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import ndimage

from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.drawing.outline import add_outline, darkest_color
from pixels_mcp.pixelart.pixels import Rgba, require_rgba
from pixels_mcp.pixelart.style.silhouette import CLOSED_FROM, PLAINLY_DARKER, border_of, measure_outline
from pixels_mcp.set_words import Outline


@dataclass(frozen=True, slots=True, eq=False)
class OutlineWish:
    """An outline that is asked for.

    Attributes:
        outline: `none`, `outer` or `inner`, as `bring_outline` takes them.
        color: (3,) uint8 of the line, or None for the drawing's darkest.
    """

    outline: Outline
    color: np.ndarray | None = None


def bring_outline(pixels: Rgba, outline: Outline, color: np.ndarray | None = None) -> Rgba:
    """Give a drawing an outline where it has none, another color where it has one, or take it away.

    Args:
        pixels: (H, W, 4) uint8, alpha 0 or 255.
        outline: `outer` adds a line around the drawing (cut at the canvas's edge), `inner` inks its own outermost
            pixels, both leave a closed dark outline in its place; `none` gives a dark border the colors inside it.
        color: (3,) uint8 of the line; by default the drawing's darkest, and an outline that is there keeps its own.

    Returns:
        A new array of the same shape.

    Raises:
        PixelArtError: `outline` is none of these.
        PixelShapeError: `pixels` is not (H, W, 4) uint8.
    """
    require_rgba(pixels)
    opaque = pixels[..., 3] > 0
    if not opaque.any() or opaque.all():
        return pixels.copy()
    if outline == "none":
        return _without_outline(pixels, opaque)
    if measure_outline(oklab(pixels[..., :3]), opaque).dark_border >= CLOSED_FROM:
        inked = pixels.copy()
        if color is not None:
            inked[border_of(opaque), :3] = color
        return inked
    ink = darkest_color(pixels) if color is None else color
    lined = add_outline(pixels, outline, ink)
    return lined if lined.shape == pixels.shape else lined[1:-1, 1:-1].copy()


_USUAL_FROM, _RARE_TO = 0.6, 0.1
"""Share of drawings with an outline from which it is usual in a set, and up to which a set has none."""


def usual_outline(pictures: Sequence[Rgba]) -> Literal["outer", "none"] | None:
    """Whether drawings have a closed dark outline; None where they differ, or nothing has a border."""
    shares = [measure_outline(oklab(picture[..., :3]), picture[..., 3] > 0).dark_border for picture in pictures]
    known = [share for share in shares if not np.isnan(share)]
    if not known:
        return None
    closed = float(np.mean([share >= CLOSED_FROM for share in known]))
    return "outer" if closed >= _USUAL_FROM else "none" if closed <= _RARE_TO else None


def _without_outline(pixels: Rgba, opaque: np.ndarray) -> Rgba:
    border = border_of(opaque)
    inside = opaque & ~border
    if not inside.any():
        return pixels.copy()
    nearest = ndimage.distance_transform_edt(~inside, return_distances=False, return_indices=True)
    within = pixels[nearest[0], nearest[1]]
    darker = oklab(within[..., :3])[..., 0] - oklab(pixels[..., :3])[..., 0] >= PLAINLY_DARKER
    plain = pixels.copy()
    plain[border & darker, :3] = within[border & darker, :3]
    return plain
