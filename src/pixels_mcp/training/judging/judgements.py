"""Plain measures of drawn sprites: which colour they have, and how far they are from one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pixels_mcp.exemplars.ramps import RAMPS, Rgba
from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.near_copies import share_different

ASKED_COLORS = ("red", "orange", "yellow", "green", "blue", "purple", "white", "black")
ASKED_OBJECTS = ("sword", "potion", "shield", "robe", "helmet", "ring", "book", "dragon", "slime", "gem")
"""Ten objects in eight colours: what colour obedience is measured on."""

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


def mean_pairwise_difference(sprites: Sequence[Rgba]) -> float:
    """Mean of `share_different` over all pairs."""
    pairs = [(a, b) for a in range(len(sprites)) for b in range(a)]
    return float(np.mean([share_different(sprites[a], sprites[b]) for a, b in pairs]))


def mean_and_share_under(values: Sequence[float] | NDArray[np.float64], limit: float) -> tuple[float, float]:
    """Mean of some shares, and how many of them lie under a limit, both rounded to a thousandth."""
    array = np.asarray(values)
    return round(float(array.mean()), 3), round(float((array < limit).mean()), 3)
