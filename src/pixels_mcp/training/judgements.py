"""Plain measures of drawn sprites: which colour they have, and how far they are from one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pixels_mcp.exemplars.ramps import RAMPS, Rgba
from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.training.split import shrink

ASKED_COLORS = ("red", "orange", "yellow", "green", "blue", "purple", "white", "black")
ASKED_OBJECTS = ("sword", "potion", "shield", "robe", "helmet", "ring", "book", "dragon", "slime", "gem")
"""Ten objects in eight colours: what colour obedience is measured on."""

LOOKS_DIFFERENT = 5.0
"""Distance of two colours, 100 times Euclidean OKLab, above which they look different."""
NEAR_COPY_SHARE = 0.2
DULL_CHROMA = 0.045
_HUES = ASKED_COLORS[:6]
_MIDDLES = oklab(np.array([RAMPS[name][2] for name in _HUES], dtype=np.uint8))
_HUE_ANGLES = np.arctan2(_MIDDLES[:, 2], _MIDDLES[:, 1])


def nearest_asked_color(pixels: Rgba) -> str:
    """Which of the eight asked colours a sprite is nearest to.

    A colourful pixel votes for the hue nearest to its own (OKLab), the more colourful the more; a dull one for white
    when light and for black when dark. The dark outline has no vote, unless it is all there is.
    """
    opaque = pixels[..., 3] > 127
    if not opaque.any():
        return ""
    inside = np.asarray(ndimage.binary_erosion(opaque, border_value=0), dtype=bool)
    lab = oklab(pixels[..., :3])
    outline = opaque & ~inside & (lab[..., 0] < 0.3)
    voting = opaque & ~outline if (opaque & ~outline).any() else opaque
    light, chroma = lab[voting][:, 0], np.hypot(lab[voting][:, 1], lab[voting][:, 2])
    angle = np.arctan2(lab[voting][:, 2], lab[voting][:, 1])
    turn = np.abs((angle[:, None] - _HUE_ANGLES[None] + np.pi) % (2 * np.pi) - np.pi)
    colorful = chroma > DULL_CHROMA
    votes = np.bincount(turn.argmin(axis=1), weights=np.where(colorful, 0.05 + chroma, 0.0), minlength=len(_HUES))
    white = 0.1 * (~colorful & (light > 0.62)).sum()
    black = 0.1 * (~colorful & (light < 0.45)).sum()
    return max(zip([*votes, white, black], [*_HUES, "white", "black"], strict=True))[1]


def share_different(one: Rgba, other: Rgba) -> float:
    """Share of the pixels that either sprite shows which look different in the other (`LOOKS_DIFFERENT`)."""
    shown, shown_other = one[..., 3] > 127, other[..., 3] > 127
    either = shown | shown_other
    if not either.any():
        return 0.0
    apart = 100.0 * np.linalg.norm(oklab(one[..., :3]) - oklab(other[..., :3]), axis=2) > LOOKS_DIFFERENT
    return float((apart | (shown != shown_other))[either].mean())


def nearest_tile_shares(sprites: Sequence[Rgba], tiles: Sequence[Rgba], *, looked_at: int = 12) -> list[float]:
    """For each sprite the share of pixels that look different in the tile (or its mirror) most like it.

    Args:
        sprites: (32, 32, 4) each.
        tiles: Training tiles.
        looked_at: So many tiles nearest as 8x8 pictures are compared pixel by pixel.
    """
    both_ways = [*tiles, *(tile[:, ::-1] for tile in tiles)]
    small = shrink(np.stack(both_ways))
    norms = (small**2).sum(axis=1)
    shares = []
    for sprite, picture in zip(sprites, shrink(np.stack(sprites)), strict=True):
        nearest = np.argsort(norms - 2.0 * small @ picture)[:looked_at]
        shares.append(min(share_different(sprite, np.ascontiguousarray(both_ways[int(n)])) for n in nearest))
    return shares


def mean_pairwise_difference(sprites: Sequence[Rgba]) -> float:
    """Mean of `share_different` over all pairs."""
    pairs = [(a, b) for a in range(len(sprites)) for b in range(a)]
    return float(np.mean([share_different(sprites[a], sprites[b]) for a, b in pairs]))


def mean_and_share_under(values: Sequence[float] | NDArray[np.float64], limit: float) -> tuple[float, float]:
    """Mean of some shares, and how many of them lie under a limit, both rounded to a thousandth."""
    array = np.asarray(values)
    return round(float(array.mean()), 3), round(float((array < limit).mean()), 3)
