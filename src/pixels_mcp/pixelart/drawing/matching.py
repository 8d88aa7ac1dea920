"""Make one drawing look as if it belonged to another's set: its colors, its range of light, its outline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixels_mcp.pixelart.colors.color import oklab, srgb
from pixels_mcp.pixelart.colors.palettes import Palette
from pixels_mcp.pixelart.colors.quantize import snap_to_palette
from pixels_mcp.pixelart.drawing.outline import add_outline, outline_color, remove_outline
from pixels_mcp.pixelart.pixels import Rgba, require_rgba

_QUIET_PERCENT = 2
"""So many percent of the darkest and lightest pixels do not decide the range of light."""


@dataclass(frozen=True, eq=False)
class SpriteLook:
    """What a drawing is matched to.

    Attributes:
        palette: The colors to use.
        lightness: Darkest and lightest of it in OKLab (0 to 1); None keeps the drawing's own.
        outline: Color of the line around it, None where it has none.
        has_silhouette: It stands free; one that fills its square says nothing about outlines.
    """

    palette: Palette
    lightness: tuple[float, float] | None
    outline: np.ndarray | None
    has_silhouette: bool


def look_of(pixels: Rgba, palette: Palette) -> SpriteLook:
    """Measure what others are matched to.

    Args:
        pixels: (H, W, 4) uint8.
        palette: Its colors.
    """
    opaque = pixels[..., 3] > 0
    return SpriteLook(palette, _range_of(pixels), outline_color(pixels), bool((~opaque).any()))


def match_look(pixels: Rgba, look: SpriteLook) -> Rgba:
    """Give a drawing the range of light, the palette and the kind of outline of a look.

    Returns:
        A new array; a pixel larger on each side where an outline was added and had no room.
    """
    require_rgba(pixels)
    own_line = outline_color(pixels)
    line = (pixels[..., 3] > 0) & (pixels[..., :3] == own_line).all(axis=-1) if own_line is not None else None
    matched = snap_to_palette(_stretched(pixels, look.lightness), look.palette)
    if not look.has_silhouette or (pixels[..., 3] > 0).all():
        return matched
    if look.outline is None:
        return matched if line is None else remove_outline(matched, line)
    if line is None:
        return add_outline(matched, "outer", look.outline)
    matched[line, :3] = look.outline
    return matched


def _range_of(pixels: Rgba) -> tuple[float, float] | None:
    opaque = pixels[pixels[..., 3] > 0][:, :3]
    if len(opaque) == 0:
        return None
    low, high = np.percentile(oklab(opaque)[:, 0], (_QUIET_PERCENT, 100 - _QUIET_PERCENT))
    return float(low), float(high)


def _stretched(pixels: Rgba, wanted: tuple[float, float] | None) -> Rgba:
    own = _range_of(pixels)
    if wanted is None or own is None or own[1] - own[0] < 1e-3:
        return pixels
    visible = pixels[..., 3] > 0
    lab = oklab(pixels[visible][:, :3])
    lab[:, 0] = wanted[0] + (lab[:, 0] - own[0]) * (wanted[1] - wanted[0]) / (own[1] - own[0])
    stretched = pixels.copy()
    stretched[visible, :3] = srgb(np.clip(lab, (0.0, -1.0, -1.0), (1.0, 1.0, 1.0)))
    return stretched
