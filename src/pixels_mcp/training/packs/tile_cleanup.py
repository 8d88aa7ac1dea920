"""Make a tile a clean sprite: hard alpha, no drop shadow baked in, in the middle of its square."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from pixels_mcp.exemplars.ramps import Rgba
from pixels_mcp.exemplars.words import word_set

SHADOWED_KINDS = word_set(
    "weapon shield helmet boots gloves cloak armour potion scroll book wand staff ring amulet rune food coin item "
    "monster person plant tree statue trap"
)
"""Kinds whose black parts at the edge are shadows; in a door or a portal black is the opening."""

LARGEST_SHADOW_SHARE = 0.4
_BLACK = 12


def clean_tile(pixels: Rgba, kind: str) -> Rgba:
    """Give a tile alpha of 0 or 255 only, and take off its drop shadow but for the outline; centre it.

    A shadow is black, reaches the outside, and lies more than a pixel from anything coloured. A tile of which that
    would take more than two fifths is black by nature and stays as it is.

    Args:
        pixels: (32, 32, 4) uint8.
        kind: See `captions.KIND_WEIGHTS`.
    """
    opaque = pixels[..., 3] > 127
    cleaned = np.where(opaque[..., None], pixels, 0).astype(np.uint8)
    cleaned[..., 3] = np.where(opaque, 255, 0)
    if kind not in SHADOWED_KINDS:
        return cleaned
    black = opaque & (pixels[..., :3].max(axis=-1) < _BLACK)
    near_color = np.asarray(ndimage.binary_dilation(opaque & ~black, np.ones((3, 3), dtype=bool)), dtype=bool)
    candidates = black & ~near_color
    outside = np.asarray(ndimage.binary_dilation(np.pad(~opaque, 1, constant_values=True), np.ones((3, 3), dtype=bool)))
    labels = np.zeros(black.shape, dtype=np.int32)
    ndimage.label(black, np.ones((3, 3), dtype=bool), output=labels)
    reaching = np.unique(labels[outside[1:-1, 1:-1] & black])
    shadow = candidates & np.isin(labels, reaching[reaching > 0])
    if shadow.sum() > LARGEST_SHADOW_SHARE * opaque.sum():
        return centered(cleaned)
    cleaned[shadow] = 0
    return centered(cleaned)


def centered(pixels: Rgba) -> Rgba:
    """Move what is drawn to the middle of its square."""
    rows, columns = np.nonzero(pixels[..., 3])
    if len(rows) == 0:
        return pixels
    height, width = pixels.shape[:2]
    down = (height - 1 - int(rows.min()) - int(rows.max())) // 2
    right = (width - 1 - int(columns.min()) - int(columns.max())) // 2
    return np.roll(pixels, (down, right), axis=(0, 1))
