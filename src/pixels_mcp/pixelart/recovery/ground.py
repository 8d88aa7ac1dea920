"""Which cells of a picture are ground: the plain or fading surface that a figure stands on, free of the border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from pixels_mcp.pixelart.colors.color import float_oklab, oklab
from pixels_mcp.pixelart.drawing.cleanup import islands_of
from pixels_mcp.pixelart.pixels import Rgba, color_keys, from_keys

SAME_COLOR, NEAR_COLOR = 0.012, 0.03
"""OKLab distance within which a colour is the ground's: anywhere, and if the border shows that colour too."""

KEY_CHROMA, _PURE_KEY_CHROMA = 0.18, 0.25
"""OKLab chroma from which a ground is a key colour (magenta, green), and from which no scene has such a ground."""

_LEAST_OF_BORDER, _CORNERS_NEEDED = 0.5, 3
_SURE_OF_BORDER = 0.9
_ROUGH_TEXTURE, _ROUGH_EDGE = 0.5, 12.0
"""Length of the outline per ground cell, and per its root, from which it is a texture's ground instead."""

_SPECK_CELLS, _LEAST_RUN = 2, 2
"""Islands up to this size, and fewer cells than this on a side, say nothing of a scene."""

FADE_STEPS = (0.018, 0.028, 0.04)
"""OKLab distances of neighbours up to which a ground may fade; the first that leaves a clear edge is taken."""

_PLAIN_STEP, _PLAIN_PER_FADE = 0.05, 1.7
"""OKLab distance from which a drawing stands off its ground, and how much more than the fade it must be."""

_FADE_HUE = 0.03
"""How far (OKLab) a shade of a fading ground may lie from the line between black and its colour."""

_CLEAR_EDGE, _LEAST_FADE_CELLS = 0.92, 6
"""Share of a fading ground's edge that must be plain, or nobody can say where it ends; and what a fade begins with."""


NEIGHBORS = ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:]))
"""Slices of an array that put every cell beside its right and its lower neighbour."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What was seen of a ground.

    Attributes:
        color: (3,) uint8, the commonest colour of the border.
        alike: (H, W) bool: cells of the ground's colour or its shades, wherever they are.
        outside: (H, W) bool: those that join the border.
        reason: Why it shall stay: `scene` (the drawing reaches several sides), `fades` (nobody can say where it ends),
            `none` (the border has no plain colour); empty where it may go.
    """

    color: np.ndarray
    alike: np.ndarray
    outside: np.ndarray
    reason: str

    @property
    def chroma(self) -> float:
        """OKLab chroma of the colour."""
        return _chroma(self.color)


def find_ground(pixels: Rgba, shades: np.ndarray) -> Ground:
    """Find the ground of a picture that has no transparency.

    Args:
        pixels: (H, W, 4) uint8, native pixel art.
        shades: (H, W, 3) float, 0 to 255: the colours before they were merged; a fading ground shows in them.
    """
    color = _border_color(pixels)
    alike = _alike(pixels, np.linalg.norm(oklab(pixels[..., :3]) - oklab(color), axis=-1))
    outside = joined_to_border(alike)
    lab = float_oklab(shades)
    if _chroma(color) >= KEY_CHROMA:
        return _judged(Ground(color, alike, outside, ""))
    flat = Ground(color, alike, outside, "")
    lab = float_oklab(shades)
    grown = outside
    for fade_step in FADE_STEPS:
        grown = outside | fading_ground(lab, fade_step, outside if border_of(outside).any() else None)
        if int((grown & ~outside).sum()) < _LEAST_FADE_CELLS:
            return _judged(flat)
        if _is_plain(grown, grown) and _edge_is_clear(lab, grown, fade_step):
            return _judged(Ground(color, alike | grown | _like_nearest(lab, grown), grown, ""))
    if _edge_is_clear(lab, outside, FADE_STEPS[0]):
        return _judged(flat)
    return Ground(color, alike | grown, grown, "fades" if _is_plain(grown, grown) else "none")


def _chroma(color: np.ndarray) -> float:
    lab = oklab(color)
    return float(np.hypot(lab[1], lab[2]))


def _judged(ground: Ground) -> Ground:
    if not _is_plain(ground.alike, ground.outside):
        return Ground(ground.color, ground.alike, ground.outside, "none")
    if ground.chroma < _PURE_KEY_CHROMA and not _stands_free(~ground.outside):
        return Ground(ground.color, ground.alike, ground.outside, "scene")
    return ground


def joined_to_border(cells: np.ndarray) -> np.ndarray:
    """(H, W) bool: the part of an (H, W) bool array that hangs together with its border (not over corners)."""
    patches = islands_of(cells, corners=False)
    outside = np.unique(border_of(patches))
    return np.isin(patches, outside[outside > 0])


def border_of(values: np.ndarray) -> np.ndarray:
    """The outermost values, once each: top, bottom, left, right."""
    return np.concatenate([values[0], values[-1], values[1:-1, 0], values[1:-1, -1]])


def _alike(pixels: Rgba, distance: np.ndarray) -> np.ndarray:
    """(H, W) bool: cells of the ground's colour or of one of its shades."""
    keys = color_keys(pixels[..., :3])
    shades = np.unique(border_of(keys)[border_of(distance) <= NEAR_COLOR])
    return (distance <= SAME_COLOR) | ((distance <= NEAR_COLOR) & np.isin(keys, shades))


def _is_plain(alike: np.ndarray, outside: np.ndarray) -> bool:
    """Whether what joins the border is a plain ground: nearly all of the border, or much of it and compact.

    The ground colour of a floor reaches the border in many small patches, which is no background.
    """
    share = float(border_of(alike).mean())
    corners = int(alike[[0, 0, -1, -1], [0, -1, 0, -1]].sum())
    area = int(outside.sum())
    outline = int((outside[:, 1:] != outside[:, :-1]).sum() + (outside[1:] != outside[:-1]).sum())
    if share >= _SURE_OF_BORDER and corners == 4:
        return True
    compact = outline <= _ROUGH_TEXTURE * area or outline <= _ROUGH_EDGE * np.sqrt(area)
    return share >= _LEAST_OF_BORDER and corners >= _CORNERS_NEEDED and compact


def _stands_free(drawing: np.ndarray) -> bool:
    """Whether a drawing keeps off the border, or is cut off by one side of it or by two that meet (a portrait).

    Paths, trees and walls of a scene reach the border on opposite sides.
    """
    parts = islands_of(drawing)
    large = np.bincount(parts.ravel()) > _SPECK_CELLS
    large[0] = False
    top, bottom, left, right = (
        np.count_nonzero(large[side]) >= _LEAST_RUN for side in (parts[0], parts[-1], parts[:, 0], parts[:, -1])
    )
    return not (top and bottom) and not (left and right)


def fading_ground(lab: np.ndarray, fade_step: float, seed: np.ndarray | None = None) -> np.ndarray:
    """What can be reached from the border by small steps along the ground's line of colours.

    Args:
        lab: (H, W, 3) float, OKLab.
        fade_step: Distance of neighbours up to which a step is small.
        seed: (H, W) bool: where the ground's colour is seen, and from where to start; None takes the border.

    Returns:
        (H, W) bool.
    """
    height, width = lab.shape[:2]
    base = np.median(border_of(lab) if seed is None else lab[seed], axis=0)
    along = lab[..., 1:] @ base[1:] / max(1e-9, float(base[1:] @ base[1:]))
    off = np.linalg.norm(lab[..., 1:] - np.clip(along, 0, 1.5)[..., None] * base[1:], axis=-1)
    likely = off <= _FADE_HUE
    number = np.arange(int(height * width)).reshape(height, width)
    rows: list[np.ndarray] = []
    columns: list[np.ndarray] = []
    for first, second in NEIGHBORS:
        near = np.linalg.norm(lab[first] - lab[second], axis=-1) <= fade_step
        near &= likely[first] & likely[second]
        rows.append(number[first][near])
        columns.append(number[second][near])
    pairs = (np.concatenate(rows), np.concatenate(columns))
    links = coo_matrix((np.ones(len(pairs[0]), dtype=bool), pairs), shape=(number.size, number.size))
    patch = connected_components(links, directed=False)[1].reshape(height, width)
    roots = np.unique(border_of(patch)[border_of(likely)])
    if seed is not None:
        roots = np.intersect1d(roots, np.unique(patch[seed]))
    return np.isin(patch, roots) & likely


def _like_nearest(lab: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """(H, W) bool: cells with the colour that a fading ground has nearest to them."""
    nearest = ndimage.distance_transform_edt(~outside, return_distances=False, return_indices=True)
    return np.linalg.norm(lab - lab[nearest[0], nearest[1]], axis=-1) <= 2 * NEAR_COLOR


def _edge_is_clear(lab: np.ndarray, outside: np.ndarray, fade_step: float) -> bool:
    """Whether the drawing stands off the ground by a plain step nearly everywhere."""
    steps: list[np.ndarray] = []
    for first, second in NEIGHBORS:
        edge = outside[first] != outside[second]
        steps.append(np.linalg.norm(lab[first] - lab[second], axis=-1)[edge])
    step = np.concatenate(steps)
    plain = max(_PLAIN_STEP, _PLAIN_PER_FADE * fade_step)
    return step.size == 0 or float((step >= plain).mean()) >= _CLEAR_EDGE


def _border_color(pixels: Rgba) -> np.ndarray:
    """(3,) uint8, the commonest colour of the outermost cells."""
    keys, counts = np.unique(border_of(color_keys(pixels[..., :3])), return_counts=True)
    return from_keys(keys[counts.argmax()])
