"""The line around a drawing and the drawing's shape, as numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

PLAINLY_DARKER = 0.15
"""OKLab lightness by which a pixel of the border must be darker than what lies inside it to count as outline."""

CLOSED_FROM = 0.85
"""Share of the border that is dark from which an outline counts as closed."""

_CROSS = ndimage.generate_binary_structure(2, 1)


@dataclass(frozen=True, slots=True)
class OutlineFeatures:
    """The outermost pixels of a drawing; all nan where nothing is transparent or nothing lies inside.

    Attributes:
        dark_border: Share of the border's pixels darker than their inner neighbors by 0.15 of OKLab lightness.
        light_border: Share lighter by as much: the rim of a sticker.
        border_color_spread: Mean OKLab distance of the border's colors from their mean.
        border_breaks: Share of neighboring pixels along the border of which one is dark and the other is not.
    """

    dark_border: float
    light_border: float
    border_color_spread: float
    border_breaks: float


@dataclass(frozen=True, slots=True)
class ShapeFeatures:
    """The silhouette on its canvas.

    Attributes:
        filled: Share of the bounding box that is opaque.
        symmetry: Share of the silhouette that its mirror covers, 0 to 1.
        figure: Longer side of the bounding box over that side of the canvas.
        jaggedness: Length of the contour over that of the bounding box; 1 is a rectangle.
    """

    filled: float
    symmetry: float
    figure: float
    jaggedness: float


def measure_outline(lab: np.ndarray, opaque: np.ndarray) -> OutlineFeatures:
    """Measure the border of a drawing.

    Args:
        lab: (H, W, 3) OKLab.
        opaque: (H, W) bool.
    """
    border = border_of(opaque)
    inside = opaque & ~border
    beside = ndimage.convolve(inside.astype(np.float32), _CROSS.astype(np.float32), mode="constant")
    judged = border & (beside > 0)
    if not judged.any():
        return OutlineFeatures(*(float("nan"),) * 4)
    lightness = np.where(inside, lab[..., 0], 0.0)
    inner = ndimage.convolve(lightness, _CROSS.astype(np.float32), mode="constant")[judged] / beside[judged]
    step = inner - lab[..., 0][judged]
    dark = np.zeros_like(opaque)
    dark[judged] = step >= PLAINLY_DARKER
    colors = lab[border]
    return OutlineFeatures(
        dark_border=float((step >= PLAINLY_DARKER).mean()),
        light_border=float((step <= -PLAINLY_DARKER).mean()),
        border_color_spread=float(np.linalg.norm(colors - colors.mean(axis=0), axis=-1).mean()),
        border_breaks=_breaks(dark, judged),
    )


def border_of(opaque: np.ndarray) -> np.ndarray:
    """(H, W) bool: opaque pixels beside a transparent one; the canvas's edge is no border."""
    return opaque & ndimage.binary_dilation(~opaque, _CROSS)


def _breaks(dark: np.ndarray, judged: np.ndarray) -> float:
    pairs = changes = 0
    for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
        here = (slice(0, judged.shape[0] - dy), slice(max(0, -dx), judged.shape[1] - max(0, dx)))
        there = (slice(dy, None), slice(max(0, dx), judged.shape[1] - max(0, -dx)))
        both = judged[here] & judged[there]
        pairs += int(both.sum())
        changes += int((both & (dark[here] != dark[there])).sum())
    return changes / pairs if pairs else 0.0


def measure_shape(opaque: np.ndarray) -> ShapeFeatures:
    """Measure a silhouette: (H, W) bool with at least one pixel."""
    rows, columns = np.flatnonzero(opaque.any(axis=1)), np.flatnonzero(opaque.any(axis=0))
    figure = opaque[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height_px, width_px = figure.shape
    ringed = np.pad(figure, 1).astype(np.int8)
    contour_px = int(np.abs(np.diff(ringed, axis=0)).sum() + np.abs(np.diff(ringed, axis=1)).sum())
    mirrored = figure[:, ::-1]
    return ShapeFeatures(
        filled=float(figure.mean()),
        symmetry=float((figure & mirrored).sum() / (figure | mirrored).sum()),
        figure=max(height_px / opaque.shape[0], width_px / opaque.shape[1]),
        jaggedness=contour_px / (2 * (height_px + width_px)),
    )


def light_direction(lightness: np.ndarray, opaque: np.ndarray) -> tuple[float, float]:
    """Where the light comes from: (dx, dy), each -1 to 1; (-, -) is the top left.

    Correlation of lightness with the place inside the drawing, its outline left out.

    Args:
        lightness: (H, W) OKLab lightness.
        opaque: (H, W) bool.
    """
    inside = opaque & ~border_of(opaque)
    inside = inside if inside.sum() >= 4 else opaque
    y, x = np.nonzero(inside)
    values = lightness[inside]
    return _correlation(values, x), _correlation(values, y)


def _correlation(values: np.ndarray, places: np.ndarray) -> float:
    a, b = values - values.mean(), places - places.mean()
    size = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum() / size) if size > 1e-9 else 0.0
