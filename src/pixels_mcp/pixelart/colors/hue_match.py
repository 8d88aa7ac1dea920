"""A palette's colors by hue: grass stays green and water blue where the palette has a green and a blue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.colors.palettes import Palette
from pixels_mcp.pixelart.colors.quantize import snap_by
from pixels_mcp.pixelart.pixels import Rgba

PaletteMatch: TypeAlias = Literal["nearest", "hue"]
"""nearest: each color becomes the one that looks likest; hue: the likest of its own hue, lighter or darker."""

CARRIED_TO = 0.1
"""Mean OKLab distance up to which a palette carries the colors of a picture; from there they plainly are others."""

_LIGHTNESS, _HUE, _CHROMA_LOST, _CHROMA_GAINED, _GRAY_TINTED = 0.6, 3.0, 1.6, 0.8, 2.0
"""Weights: a hue that turns costs most, then a color that turns gray or a gray that turns colored, then lightness."""

_GRAY_CHROMA = 0.03

_FLAT_FROM, _TEXTURED, _SEEN_STEP, _NEXT_STEP_MAX = 0.9, 0.18, 0.04, 0.25
"""A picture of which one color takes so much is flat; so much of it then takes another, where lightness differed
visibly before and that color is no further away in lightness."""


@dataclass(frozen=True, slots=True)
class PaletteChange:
    """What a palette did to a picture.

    Attributes:
        distance: Mean OKLab distance of its pixels from what they were; 0.02 is just seen, 0.1 is another color.
        hue_turned: Share of the colored pixels of which the hue turned by more than a sixth of the circle, or went.
    """

    distance: float
    hue_turned: float


def snap_by_hue(pixels: Rgba, palette: Palette) -> Rgba:
    """Give every pixel the palette's color that keeps its hue, or the nearest where the palette has none like it.

    Args:
        pixels: (H, W, 4) uint8, sRGB, straight alpha; pixels with alpha 0 are not looked at.
        palette: 2 to 256 colors.

    Returns:
        A new (H, W, 4) uint8 array; alpha is unchanged.

    Raises:
        PixelShapeError: `pixels` is not (H, W, 4) uint8.
    """
    return snap_by(pixels, palette, _of_own_hue)


def _of_own_hue(own: np.ndarray, given: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return _unflattened(_cost(own, given).argmin(axis=1), own[:, 0], counts, given)


def _unflattened(best: np.ndarray, lightness: np.ndarray, counts: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Keep a texture from becoming one flat color: its lightest or darkest pixels take the color most like that one."""
    taken = np.bincount(best, counts, minlength=len(given)) / counts.sum()
    main = int(taken.argmax())
    mine = np.flatnonzero(best == main)
    if taken[main] < _FLAT_FROM or np.ptp(lightness[mine]) < _SEEN_STEP:
        return best
    cost = _cost(given[main : main + 1], given)[0]
    cost[main] = np.inf
    cost[np.abs(given[:, 0] - given[main, 0]) > _NEXT_STEP_MAX] = np.inf
    beside = int(cost.argmin())
    if not np.isfinite(cost[beside]):
        return best
    order = mine[np.argsort(lightness[mine] * (-1 if given[beside, 0] > given[main, 0] else 1), kind="stable")]
    share = np.cumsum(counts[order]) / counts.sum()
    textured = best.copy()
    textured[order[share <= _TEXTURED]] = beside
    return textured


def _cost(own: np.ndarray, given: np.ndarray) -> np.ndarray:
    """(N, M) how much is lost when a color becomes another: OKLab split into lightness, chroma and hue."""
    own_chroma, given_chroma = (np.hypot(lab[:, 1], lab[:, 2]) for lab in (own, given))
    flat = np.linalg.norm(own[:, None, 1:] - given[None, :, 1:], axis=-1)
    gained = given_chroma[None] - own_chroma[:, None]
    hue = np.sqrt(np.maximum(flat**2 - gained**2, 0))  # what is left of the distance when the chroma is alike
    tinted = np.where(own_chroma < _GRAY_CHROMA, _GRAY_TINTED, _CHROMA_GAINED)[:, None]
    chroma = np.where(gained < 0, _CHROMA_LOST * -gained, tinted * gained)
    lightness = own[:, None, 0] - given[None, :, 0]
    return (_LIGHTNESS * lightness) ** 2 + (_HUE * hue) ** 2 + chroma**2


def measure_change(before: Rgba, after: Rgba) -> PaletteChange:
    """How far a picture went when it took a palette; both (H, W, 4), what is opaque in both counts."""
    both = (before[..., 3] > 0) & (after[..., 3] > 0)
    if not both.any():
        return PaletteChange(0.0, 0.0)
    own, given = oklab(before[both][:, :3]), oklab(after[both][:, :3])
    colored = np.hypot(own[:, 1], own[:, 2]) >= 2 * _GRAY_CHROMA
    turn = (own[:, 1:] * given[:, 1:]).sum(axis=1)  # the cosine of the turn times both chromas
    size = np.hypot(own[:, 1], own[:, 2]) * np.hypot(given[:, 1], given[:, 2])
    turned = (turn < 0.5 * size) | (np.hypot(given[:, 1], given[:, 2]) < _GRAY_CHROMA)
    return PaletteChange(
        distance=round(float(np.linalg.norm(own - given, axis=-1).mean()), 4),
        hue_turned=round(float(turned[colored].mean()), 4) if colored.any() else 0.0,
    )


def describe_change(change: PaletteChange, name: str) -> str | None:
    """What a person should know of it; None where the palette carries the picture's colors."""
    if change.hue_turned >= 0.25:
        return (
            f"the palette {name} lacks the hues of {change.hue_turned:.0%} of the colored pixels "
            f"(mean distance {change.distance:.2f} in OKLab); a palette with those hues would keep them"
        )
    if change.distance > CARRIED_TO:
        return (
            f"the palette {name} does not carry these colors: mean distance {change.distance:.2f} in OKLab, "
            f"up to {CARRIED_TO:g} they are the same colors"
        )
    return None
