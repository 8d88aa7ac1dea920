"""Looks that are asked for by name, as operations on pixels: what a look is by definition, a sprite of it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from pixels_mcp.pixelart.colors.color import oklab, srgb
from pixels_mcp.pixelart.colors.quantize import merge_colors
from pixels_mcp.pixelart.drawing.cleanup import remove_orphans
from pixels_mcp.pixelart.drawing.outline import darkest_color
from pixels_mcp.pixelart.pixels import Rgba, require_rgba
from pixels_mcp.pixelart.style.outlining import bring_outline
from pixels_mcp.pixelart.style.two_tones import lighter_from
from pixels_mcp.set_words import LookName

_INK, _PAPER = np.array([207, 198, 184], np.uint8), np.array([34, 32, 44], np.uint8)
"""Of one-bit sprites for which no color is asked, and behind those that fill their square."""
_BLACK, _DARK_ENOUGH = np.array([24, 20, 37], np.uint8), 0.3
"""The outline of a drawing whose own darkest color has more OKLab lightness than this."""
_OF_TWO_TONES = 0.08
"""Standard deviation of lightness from which a drawing has a lighter and a darker part."""
_LEAST_INK = 0.06
"""Share of a drawing that must be inked; less is a speck."""


@dataclass(frozen=True, slots=True)
class _Traits:
    """What every sprite of a look has.

    Attributes:
        max_colors: At most so many.
        outlined: A closed dark line runs around it.
        contrast: Lightness differs from its median by this share of what was drawn.
        darkest: A tenth of its pixels may be darker than this OKLab lightness.
    """

    max_colors: int
    outlined: bool = False
    contrast: float = 1.0
    darkest: float = 0.0


_TRAITS: Mapping[LookName, _Traits] = {
    "bold": _Traits(max_colors=7, outlined=True),
    "flat": _Traits(max_colors=6, contrast=0.7, darkest=0.5),
    "tiny": _Traits(max_colors=8),
}


@dataclass(frozen=True, slots=True)
class LookWish:
    """A look that is asked for.

    Attributes:
        look: `detailed` keeps every shade; `bold`, `flat` and `tiny` have few colors, `bold` a dark outline, `flat`
            neither deep shadows nor strong contrast; `one-bit` is one ink on nothing.
        keeps_color: A color is asked as well: a one-bit sprite has that of its drawing.
    """

    look: LookName
    keeps_color: bool = False


def in_look(pixels: Rgba, wish: LookWish, *, transparent: bool = True) -> Rgba:
    """Bring a finished sprite to a look.

    Args:
        pixels: (H, W, 4) uint8, alpha 0 or 255.
        wish: The look.
        transparent: False where it fills its square on purpose: a one-bit ground then has paper under its ink.

    Returns:
        A new array of the same shape.

    Raises:
        PixelShapeError: `pixels` is not (H, W, 4) uint8.
    """
    require_rgba(pixels)
    if not (pixels[..., 3] > 0).any():
        return pixels.copy()
    if wish.look == "one-bit":
        return _in_one_ink(pixels, keeps_color=wish.keeps_color, transparent=transparent)
    traits = _TRAITS.get(wish.look)
    if traits is None:
        return pixels.copy()
    few = merge_colors(pixels, max_colors=traits.max_colors - traits.outlined)
    if wish.look != "tiny":  # of whose few pixels every one is meant
        few = remove_orphans(few)
    if traits.outlined:
        own = darkest_color(few)
        return bring_outline(few, "outer", own if oklab(own[None])[0, 0] <= _DARK_ENOUGH else _BLACK)
    return few if traits.contrast == 1.0 else _softened(few, traits)


def _softened(pixels: Rgba, traits: _Traits) -> Rgba:
    """The same hues with less between the darkest and the lightest."""
    opaque = pixels[..., 3] > 0
    lab = np.asarray(oklab(pixels[..., :3]), dtype=np.float64)
    median = float(np.median(lab[opaque][:, 0]))
    lightness = median + traits.contrast * (lab[..., 0] - median)
    lifted = max(0.0, traits.darkest - float(np.percentile(lightness[opaque], 10)))
    lab[..., 0] = np.clip(lightness + lifted, 0.0, 1.0)
    soft = pixels.copy()
    soft[opaque, :3] = srgb(lab[opaque])
    return soft


def _in_one_ink(pixels: Rgba, *, keeps_color: bool, transparent: bool) -> Rgba:
    """One ink on nothing, or on paper.

    Of a drawing of two tones the ink is the one that its border is not: what lies inside a dark outline, lines on a
    light plate.
    """
    opaque = pixels[..., 3] > 0
    lightness = np.asarray(oklab(pixels[..., :3]), dtype=np.float64)[..., 0]
    inked = opaque
    if lightness[opaque].std() >= _OF_TWO_TONES:
        lighter = opaque & (lightness >= lighter_from(lightness[opaque]))
        border = opaque & ~ndimage.binary_erosion(opaque)  # the canvas's edge is a border here
        inside = opaque & ~lighter if lighter[border].mean() > 0.5 else lighter
        inked = inside if inside.sum() >= _LEAST_INK * opaque.sum() else opaque
    drawn = np.zeros_like(pixels)
    drawn[inked, :3] = _mean_color(pixels[inked]) if keeps_color else _INK
    drawn[inked, 3] = 255
    if not transparent:
        drawn[~inked, :3], drawn[~inked, 3] = _PAPER, 255
    return drawn


def _mean_color(pixels: np.ndarray) -> np.ndarray:
    return srgb(np.asarray(oklab(pixels[:, :3]), dtype=np.float64).mean(axis=0)[None])[0]
