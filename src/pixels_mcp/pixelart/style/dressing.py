"""Dress a drawing in the style of a set: its lightness, its colors and its outline over the drawing's own shape."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.pixels import OPAQUE_FROM, Rgba, require_rgba
from pixels_mcp.pixelart.style.outlining import bring_outline
from pixels_mcp.pixelart.style.silhouette import border_of
from pixels_mcp.pixelart.style.style_of_set import StyleOfSet
from pixels_mcp.pixelart.style.two_tones import inked_parts

_REACH = 2.0
"""A drawing is moved no further than to so many of the set's own spreads: its pictures differ, and so may this one."""
_HUE_WEIGHT = 2.0
"""Hue counts so much more than lightness where a color of the set is chosen: a red thing stays red."""
_ONE_HUE_FROM = 0.9
"""The colors of a set are of one hue where their mean is so near to their mean chroma: lightness alone chooses."""
_OUTLINED_FROM, _PLAIN_TO = 0.6, 0.1
"""Share of the border that is darker, or lighter, from which a set is outlined, and up to which it is not."""
_LEAST_CHROMA = 0.02
_CHROMA_CHANGES = (0.3, 2.5)
_TONES = ("lightness_p10", "lightness_median", "lightness_p90")


def dress(pixels: Rgba, style: StyleOfSet) -> Rgba:
    """Give a drawing the look of a set and leave its shape as it is.

    Its tones move to where the set's are, each pixel takes the set's color that is nearest then, no more colors than
    the set's pictures have, and a border as theirs. In a set of
    pictures of one color it is inked, with its outline and inner lines left empty.

    Args:
        pixels: (H, W, 4) uint8, native pixels.
        style: Of the set.

    Returns:
        A new (H, W, 4) uint8 array; what has no opaque pixel is as it was.

    Raises:
        PixelShapeError: `pixels` is not (H, W, 4) uint8.
    """
    require_rgba(pixels)
    opaque = pixels[..., 3] >= OPAQUE_FROM
    if not opaque.any():
        return pixels.copy()
    looks = _toned(oklab(pixels[..., :3])[opaque].astype(np.float64), style)
    if _usual(style, "colors") < 1.5:
        return _inked(pixels, opaque, looks, style)
    chosen = _chosen(looks, style, most=round(_usual(style, "colors") + _REACH * _spread(style, "colors")))
    dressed = pixels.copy()
    dressed[opaque, :3] = style.colors[chosen]
    return _bordered(dressed, style)


def _toned(looks: np.ndarray, style: StyleOfSet) -> np.ndarray:
    """(N, 3) OKLab with lightness and chroma moved to where the set's pictures have them."""
    own = np.percentile(looks[:, 0], (10, 50, 90)) + np.arange(3) * 1e-6
    moved = np.array([_within(style, name, value) for name, value in zip(_TONES, own, strict=True)])
    lightness = looks[:, 0] + np.interp(looks[:, 0], own, moved - own)
    strongest = max(float(np.percentile(np.hypot(looks[:, 1], looks[:, 2]), 90)), _LEAST_CHROMA)
    change = np.clip(_within(style, "chroma_p90", strongest) / strongest, *_CHROMA_CHANGES)
    return np.column_stack([lightness, looks[:, 1:] * change])


def _chosen(looks: np.ndarray, style: StyleOfSet, *, most: int) -> np.ndarray:
    """(N,) places of the set's colors, of which the drawing takes the `most` frequent ones."""
    given = oklab(style.colors[None])[0].astype(np.float64)
    weights = np.array([1.0, 0.0, 0.0] if _of_one_hue(given) else [1.0, _HUE_WEIGHT, _HUE_WEIGHT])
    chosen = np.asarray(KDTree(given * weights).query(looks * weights)[1])
    used, counts = np.unique(chosen, return_counts=True)
    if len(used) <= most:
        return chosen
    kept = used[np.argsort(-counts, kind="stable")[:most]]
    return kept[np.asarray(KDTree((given * weights)[kept]).query(looks * weights)[1])]


def _of_one_hue(given: np.ndarray) -> bool:
    chroma = np.hypot(given[:, 1], given[:, 2])
    return float(np.hypot(*given[:, 1:].mean(axis=0))) >= _ONE_HUE_FROM * float(chroma.mean())


def _inked(pixels: Rgba, opaque: np.ndarray, looks: np.ndarray, style: StyleOfSet) -> Rgba:
    """Its body in the one color of the set that is most like it, its outline and inner lines left empty."""
    where = inked_parts(np.asarray(oklab(pixels[..., :3]), dtype=np.float64), opaque)
    ink = where[opaque]
    strength = np.hypot(looks[ink, 1], looks[ink, 2]) + _LEAST_CHROMA
    color = style.colors[_chosen(np.average(looks[ink], axis=0, weights=strength)[None], style, most=1)[0]]
    inked = np.zeros_like(pixels)
    inked[where, :3], inked[where, 3] = color, 255
    return inked


def _bordered(pixels: Rgba, style: StyleOfSet) -> Rgba:
    lightness = oklab(style.colors[None])[0][:, 0]
    dark, light = _usual(style, "dark_border"), _usual(style, "light_border")
    if dark >= _OUTLINED_FROM:
        return bring_outline(pixels, "inner", style.colors[lightness.argmin()])
    if light >= _OUTLINED_FROM:
        plain = bring_outline(pixels, "none")
        plain[border_of(plain[..., 3] > 0), :3] = style.colors[lightness.argmax()]
        return plain
    return bring_outline(pixels, "none") if dark <= _PLAIN_TO else pixels


def _within(style: StyleOfSet, name: str, value: float) -> float:
    reach = _REACH * _spread(style, name)
    return float(np.clip(value, _usual(style, name) - reach, _usual(style, name) + reach))


def _usual(style: StyleOfSet, name: str) -> float:
    """The set's median of a feature; 0 where its pictures have no such thing."""
    return float(np.nan_to_num(style.medians[style.feature_names.index(name)]))


def _spread(style: StyleOfSet, name: str) -> float:
    return float(np.nan_to_num(style.spreads[style.feature_names.index(name)]))
