"""A drawing in two tones: its lighter and darker part, and what of it is inked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from pixels_mcp.pixelart.style.silhouette import border_of

_CROSS = ndimage.generate_binary_structure(2, 1)
_OUTLINED_FROM = 0.6
"""Share of the border that is of the darker part from which it is an outline."""
_BODY_MIN = 0.25
"""An outline that leaves less of a drawing than this is its body as well: only its outermost line is taken."""
_LIGHTER_BY = 0.1
"""OKLab lightness by which a pixel is plainly lighter than another."""
_CARVED_MAX = 0.4
"""Share of the body that lines may leave empty."""
_EDGES = (0.08, 0.12, 0.16, 0.22, 0.3)
"""OKLab distances from which two neighbors belong to different parts, the finest first."""


def lighter_from(lightness: npt.NDArray[np.float64]) -> float:
    """The lightness from which a pixel is of the lighter part, so that both parts are most like themselves.

    Source: N. Otsu, A threshold selection method from gray-level histograms, 1979.

    Args:
        lightness: (N,) of the pixels, at least one.
    """
    ordered = np.sort(lightness)
    if len(ordered) == 1:
        return float(ordered[0])
    darker = np.arange(1, len(ordered))
    sums = np.cumsum(ordered)
    gap = (sums[-1] - sums[:-1]) / (len(ordered) - darker) - sums[:-1] / darker
    return float(ordered[1:][np.argmax(darker * (len(ordered) - darker) * gap**2)])


def inked_parts(lab: npt.NDArray[np.float64], opaque: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """What of a drawing is inked where one ink is all there is: its body, with its inner lines left empty.

    A dark outline is empty, as the ground around it. Of the body, dark marks are empty, and where two parts meet, the
    darker one's pixels along the edge: only the plainest of these edges, so that most of the body stays inked, and none
    in its rim, so that thin parts and its silhouette stay whole.

    Args:
        lab: (H, W, 3) OKLab.
        opaque: (H, W) bool, some of it true.

    Returns:
        (H, W) bool, a part of `opaque`, never empty.
    """
    body = _without_outline(lab[..., 0], opaque)
    marked = _marks(lab[..., 0], body)
    most = body & ~marked if marked.sum() <= _CARVED_MAX * body.sum() else body
    deep = ndimage.binary_erosion(body, _CROSS)
    for plain in _EDGES:
        inked = most & ~(_darker_along_edges(lab, most, plain) & deep)
        if inked.sum() >= (1 - _CARVED_MAX) * body.sum():
            return inked
    return most


def _without_outline(lightness: npt.NDArray[np.float64], opaque: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The drawing without the dark line around it, however thick that is."""
    border = border_of(opaque)
    dark = opaque & (lightness < lighter_from(lightness[opaque]))
    if not border.any() or dark[border].mean() < _OUTLINED_FROM:
        return opaque
    line = ndimage.binary_propagation(border & dark, mask=dark)
    if (opaque & ~line).sum() >= _BODY_MIN * opaque.sum():
        return opaque & ~line
    inside = opaque & ~border
    beside = ndimage.maximum_filter(np.where(inside, lightness, 0.0), size=3)
    line = border & (lightness <= beside - _LIGHTER_BY)
    return opaque & ~line if inside.any() else opaque


def _marks(lightness: npt.NDArray[np.float64], body: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Pixels plainly darker than most of the body: eyes, mouths, seams."""
    return body & (lightness <= np.median(lightness[body]) - 2 * _LIGHTER_BY)


def _darker_along_edges(
    lab: npt.NDArray[np.float64], body: npt.NDArray[np.bool_], plain: float
) -> npt.NDArray[np.bool_]:
    """Pixels beside a lighter one of the body that looks different by more than `plain` of OKLab."""
    darker = np.zeros_like(body)
    for axis in (0, 1):
        here, there = np.moveaxis(lab, axis, 0)[:-1], np.moveaxis(lab, axis, 0)[1:]
        both = np.moveaxis(body, axis, 0)[:-1] & np.moveaxis(body, axis, 0)[1:]
        differ = both & (np.linalg.norm(here - there, axis=-1) > plain)
        along = np.moveaxis(darker, axis, 0)
        along[:-1] |= differ & (here[..., 0] < there[..., 0])
        along[1:] |= differ & (here[..., 0] >= there[..., 0])
    return darker
