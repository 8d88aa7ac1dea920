"""One palette for the cells of one or several pictures: colours that were meant to be one become one."""

from __future__ import annotations

import numpy as np

from pixels_mcp.pixelart.colors.areas import areas_apart
from pixels_mcp.pixelart.colors.color import float_oklab
from pixels_mcp.pixelart.colors.quantize import merge_points
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.recovery.cells import Cells
from pixels_mcp.pixelart.recovery.ground import FADE_STEPS, NEIGHBORS, fading_ground
from pixels_mcp.pixelart.recovery.illumination import tint_surface

_MERGE_AT_NOISE = ((0.05, 0.25, 0.8, 2.0), (0.004, 0.016, 0.03, 0.032))
"""Noise inside cells (levels), and the OKLab distance under which colours merge at it."""

_SPREAD_PER_ERROR, _FINER, _FINEST_NOISY_MERGE = 2.0, 0.75, 0.018
"""How much more than a cell's error colours may differ inside a group, and how much finer is tried where they do."""

_STEP_PER_ERROR, _STEPS_INSIDE = 8.0, 0.09
"""How many errors make a plain step, and the share of neighbours in one group that may differ by one."""

_LEAST_ERROR, _FINEST_PER_ERROR = 0.0008, 3.0
"""OKLab error that every cell has from its rounding, and how many errors apart colours are always told apart."""

_FIELD_NOISE = 0.5
"""Noise in levels from which a tint over the picture is looked for; a clean picture has none."""


def joined_cells(pictures: list[Cells]) -> list[Rgba]:
    """Give the cells of one or several pictures one palette: colours that were meant to be one become one.

    How near colours must be to merge follows from the noise that was seen inside the cells: a clean picture keeps
    every colour to the bit.

    Returns:
        One (rows, columns, 4) uint8 array per picture, alpha 0 or 255.
    """
    noise = float(np.median([cells.noise for cells in pictures]))
    error = float(np.median([cells.error for cells in pictures]))
    tolerance = float(np.interp(noise, *_MERGE_AT_NOISE))
    colors = [cells.rgb.astype(np.float64) for cells in pictures]
    groups = _group(colors, pictures, tolerance)
    # A cell's mean is known much better than a pixel: where neighbours in one group differ by plain steps, shading
    # was merged. A tint moves neighbours alike and makes no steps.
    least = max(error, _LEAST_ERROR)
    while tolerance > _FINEST_PER_ERROR * least and _steps_inside(pictures, groups, least) > _STEPS_INSIDE:
        tolerance *= _FINER
        groups = _group(colors, pictures, tolerance)
    if noise >= _FIELD_NOISE:
        for _ in range(2):
            colors, groups = _without_tint(pictures, groups, tolerance)
    # Colours that differ more inside their group than a cell is wrong by were not one: a floor of close shades.
    while tolerance > _FINEST_NOISY_MERGE and _spread(pictures, colors, groups) > _SPREAD_PER_ERROR * error:
        tolerance *= _FINER
        groups = _group(colors, pictures, tolerance)
    if noise > 0:
        # As one group they passed for a tint, which took some of their difference: what was read counts.
        groups, split = areas_apart([cells.rgb for cells in pictures], groups)
        colors = [
            np.where(np.isin(group, split)[..., None], cells.rgb, color)
            for cells, color, group in zip(pictures, colors, groups, strict=True)
        ]
    flat = np.concatenate([group[group >= 0] for group in groups])
    every = np.concatenate([color[group >= 0] for color, group in zip(colors, groups, strict=True)])
    if flat.size == 0:
        return [np.zeros((*group.shape, 4), dtype=np.uint8) for group in groups]
    count = np.bincount(flat)
    mean = np.stack([np.bincount(flat, every[:, k]) / count for k in range(3)], axis=1)
    palette = np.clip(np.rint(mean), 0, 255).astype(np.uint8)
    joined: list[Rgba] = []
    for group in groups:
        picture = np.zeros((*group.shape, 4), dtype=np.uint8)
        picture[group >= 0, :3] = palette[group[group >= 0]]
        picture[group >= 0, 3] = 255
        joined.append(picture)
    return joined


def _steps_inside(pictures: list[Cells], groups: list[np.ndarray], error: float) -> float:
    """The share of neighbouring cells of one group, at least one of them busy, that differ by a plain step."""
    steps: list[np.ndarray] = []
    for cells, group in zip(pictures, groups, strict=True):
        lab = float_oklab(cells.rgb)
        for first, second in NEIGHBORS:
            same = (group[first] == group[second]) & (group[first] >= 0) & (cells.busy[first] | cells.busy[second])
            steps.append(np.linalg.norm(lab[first] - lab[second], axis=-1)[same])
    every = np.concatenate(steps)
    return float((every > _STEP_PER_ERROR * error).mean()) if every.size else 0.0


def _without_tint(
    pictures: list[Cells], groups: list[np.ndarray], tolerance: float
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The colours less the tint that the groups show, and the groups of those."""
    grounds = [fading_ground(float_oklab(cells.rgb), FADE_STEPS[-1]) for cells in pictures]
    tints = [tint_surface(cells.rgb, *pair) for cells, *pair in zip(pictures, groups, grounds, strict=True)]
    colors = [cells.rgb / tint for cells, tint in zip(pictures, tints, strict=True)]
    return colors, _group(colors, pictures, tolerance)


def _spread(pictures: list[Cells], colors: list[np.ndarray], groups: list[np.ndarray]) -> float:
    """Typical OKLab distance of a busy cell from the mean of its group, of groups of more than one."""
    group = np.concatenate([one[one >= 0] for one in groups])
    if group.size == 0:
        return 0.0
    lab = float_oklab(np.concatenate([color[one >= 0] for color, one in zip(colors, groups, strict=True)]))
    count = np.bincount(group)
    mean = np.stack([np.bincount(group, axis) / count for axis in lab.T], axis=1)
    busy = np.concatenate([cells.busy[one >= 0] for cells, one in zip(pictures, groups, strict=True)])
    distance = np.linalg.norm(lab - mean[group], axis=1)[busy & (count[group] > 1)]
    return float(np.median(distance)) if distance.size else 0.0


def _group(colors: list[np.ndarray], pictures: list[Cells], tolerance: float) -> list[np.ndarray]:
    """The colour group of every opaque cell, -1 elsewhere, numbered over all pictures."""
    points = np.concatenate([color[cells.opaque] for color, cells in zip(colors, pictures, strict=True)])
    group_of_point = np.zeros(0, dtype=int)
    if len(points):
        group_of_point = merge_points(float_oklab(points), np.ones(len(points)), tolerance=tolerance)
    groups: list[np.ndarray] = []
    start = 0
    for cells in pictures:
        group = np.full(cells.opaque.shape, -1)
        count = int(cells.opaque.sum())
        group[cells.opaque] = group_of_point[start : start + count]
        start += count
        groups.append(group)
    return groups
