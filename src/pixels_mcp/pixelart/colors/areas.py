"""Two large areas that meet along a sharp edge have two colours, however noisy the rest of a picture is."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from pixels_mcp.pixelart.colors.color import float_oklab
from pixels_mcp.pixelart.colors.quantize import merge_points

_BESIDE = ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:]))

_LARGE_CELLS, _LARGE_SHARE = 48, 0.02
"""Cells, and share of all, that each of the two areas has at least."""

_LEAST_APART, _SAME_APART, _APART_PER_SPREAD = 0.016, 0.012, 1.6
"""OKLab distance of the two colours: at least so much, and so many times the spread inside the areas; and under which
areas that do not meet have one colour."""

_INNER_SHARE = 0.6
"""Share of an area's cells that have only cells of it around them: areas, not crumbs or a dither."""

_FAR_APART, _FAR_PER_SPREAD, _FAR_INNER_SHARE = 0.024, 4.5, 0.4
"""The same for two areas that need not meet: two heaps of colours with nothing between them. A fade has 3.5."""

_SHARP_SHARE, _LEAST_SHARP = 0.3, 24
"""Share of the border between two areas where one step makes at least half the difference, and how many such steps."""


def areas_apart(colors: list[np.ndarray], groups: list[np.ndarray]) -> tuple[list[np.ndarray], list[int]]:
    """Split the colour groups in which two large areas meet along a sharp edge, or are two heaps far apart.

    The mean of a large area is known far better than the colour of one cell, so it tells shades apart that the
    noise of cells would let merge. A slow fade has no sharp edge, and noise makes no areas.

    Args:
        colors: (rows, columns, 3) float, 0 to 255, per picture.
        groups: (rows, columns) int per picture: the group of every cell, -1 for none; numbered over all pictures.

    Returns:
        The groups, with further numbers where one was split; and the numbers of all that come from a split.
    """
    labs = [float_oklab(color) for color in colors]
    groups = [group.copy() for group in groups]
    least = max(_LARGE_CELLS, _LARGE_SHARE * sum(int((group >= 0).sum()) for group in groups))
    count = np.bincount(np.concatenate([group[group >= 0] for group in groups]), minlength=1)
    waiting, used = [int(number) for number in np.flatnonzero(count >= 2 * least)], len(count)
    split: set[int] = set()
    while waiting:
        number = waiting.pop()
        inside = [group == number for group in groups]
        second = _second_area(labs, inside, least)
        if second is None:
            continue
        areas = _areas(labs, inside, second, least)
        many = max(int(area.max()) for area in areas)
        if many == 0:
            continue
        for group, cells, area in zip(groups, inside, areas, strict=True):
            group[cells] = np.where(area[cells] > 0, used + area[cells] - 1, number)
        split |= {number, *range(used, used + many)}
        waiting += [number, *range(used, used + many)]
        used += many
    return groups, sorted(split)


def _areas(
    labs: list[np.ndarray], inside: list[np.ndarray], second: list[np.ndarray], least: float
) -> list[np.ndarray]:
    """(rows, columns) int per picture, from 0: the cells of a group by the colours of its large areas.

    Each area counts for itself: what lies on the same side of an edge need not have the same colour everywhere.
    A small patch goes to the nearest of its side.
    """
    sides = [(cells & ~high, cells & high) for cells, high in zip(inside, second, strict=True)]
    patches = [[ndimage.label(part)[0] for part in pair] for pair in sides]
    means: list[np.ndarray] = []
    side_of: list[int] = []
    for lab, pair in zip(labs, patches, strict=True):
        for side, number in enumerate(pair):
            large = np.flatnonzero(np.bincount(number.ravel()) >= least)
            means += [lab[number == patch].mean(axis=0) for patch in large[large > 0]]
            side_of += [side] * int((large > 0).sum())
    if len(set(side_of)) < len(patches[0]):
        return [high.astype(int) for high in second]
    of, on = merge_points(np.array(means), np.ones(len(means)), tolerance=_SAME_APART), np.array(side_of)
    areas = [np.zeros(cells.shape, dtype=int) for cells in inside]
    for area, lab, pair in zip(areas, labs, patches, strict=True):
        for side, number in enumerate(pair):
            every = np.arange(1, int(number.max()) + 1)
            own = np.stack([ndimage.mean(lab[..., k], number, every) for k in range(3)], axis=1)
            away = np.linalg.norm(own[:, None] - np.array(means), axis=-1)
            away[:, on != side] = np.inf
            area[number > 0] = of[away.argmin(axis=1)][number[number > 0] - 1]
    return areas


def _second_area(labs: list[np.ndarray], inside: list[np.ndarray], least: float) -> list[np.ndarray] | None:
    """(rows, columns) bool per picture: one of the two areas of a group, if it has two."""
    points = np.concatenate([lab[cells] for lab, cells in zip(labs, inside, strict=True)])
    if len(points) < 2 * least:
        return None
    smooth = [_smoothed(lab, cells) for lab, cells in zip(labs, inside, strict=True)]
    middles = np.concatenate([lab[cells] for lab, cells in zip(smooth, inside, strict=True)])
    axis = np.linalg.eigh(np.cov(middles.T))[1][:, -1]
    if float(np.ptp(middles @ axis)) < _LEAST_APART:
        return None
    threshold = _valley(middles @ axis)
    along, calm = [lab @ axis for lab in labs], [lab @ axis for lab in smooth]
    high = points @ axis > threshold
    if not least <= int((middles @ axis > threshold).sum()) <= len(points) - least:
        return None
    sides = [points[of] @ axis for of in (high, ~high)]
    apart = float(sides[0].mean() - sides[1].mean())
    spread = float(np.mean([side.std() for side in sides]))
    if apart < max(_LEAST_APART, _APART_PER_SPREAD * spread):
        return None
    far = apart >= max(_FAR_APART, _FAR_PER_SPREAD * spread)
    # At an edge the cell itself decides where it plainly can; inside an area its neighbourhood does.
    upper = [
        cells & np.where(np.abs(raw - threshold) > apart / 4, raw > threshold, mean > threshold)
        for raw, mean, cells in zip(along, calm, inside, strict=True)
    ]
    parts = [[cells & ~of for cells, of in zip(inside, upper, strict=True)], upper]
    for part in parts:
        size = sum(int(cells.sum()) for cells in part)
        inner = sum(
            int(ndimage.binary_erosion(cells, np.ones((3, 3), dtype=bool), border_value=1).sum()) for cells in part
        )
        if size < least or inner < (_FAR_INNER_SHARE if far else _INNER_SHARE) * size:
            return None
    steps = np.concatenate(
        [
            np.abs(raw[first] - raw[second])[cells[first] & cells[second] & (of[first] != of[second])]
            for raw, cells, of in zip(along, inside, upper, strict=True)
            for first, second in _BESIDE
        ]
    )
    sharp = int((steps >= apart / 2).sum())
    return upper if far or sharp >= max(_LEAST_SHARP, _SHARP_SHARE * len(steps)) else None


def _smoothed(lab: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The mean colour of the cells of a group in the three by three around each."""
    count = ndimage.uniform_filter(inside.astype(np.float64), 3, mode="constant")
    total = ndimage.uniform_filter(lab * inside[..., None], (3, 3, 1), mode="constant")
    return total / np.maximum(count, 1e-9)[..., None]


def _valley(values: np.ndarray) -> float:
    """The threshold that parts values into two heaps best (Otsu)."""
    counts, edges = np.histogram(values, 64)
    middle = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)[:-1]
    sum_below = np.cumsum(counts * middle)[:-1]
    above, sum_above = len(values) - below, float((counts * middle).sum()) - sum_below
    between = below * above * (sum_below / np.maximum(below, 1) - sum_above / np.maximum(above, 1)) ** 2
    return float(edges[1:-1][between.argmax()])
