"""Let a ground meet itself: cut it along joints of its own, or patch its seam with its own pixels along the best cut.

Source of the cut: A. Efros and W. Freeman, 2001, "Image quilting for texture synthesis and transfer", closed to a ring.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.quality import seam_errors
from pixels_mcp.set_words import SEAM_ERROR_MAX

Axis = Literal[0, 1]
"""0: top meets bottom; 1: left meets right."""

_OWN_JOINT_QUANTILE = 0.9
"""A step across the edge that a tenth of the lines inside have too is a joint of its own: of bricks, of planks."""


def joined(texture: Rgba, along: tuple[Axis, ...] = (0, 1)) -> Rgba:
    """A ground without the seam that one sees: no new color, and nothing where it joins already.

    Along an axis whose edge is no harder than the texture's own joints it is only turned on its torus, so that the
    edges lie off a joint. A true seam is covered by the texture moved by half its side, cut in along the line where
    both differ least; its edges are then neighbours from its middle.

    Args:
        texture: (H, W, 4), opaque.
        along: The axes along which it shall go on.
    """
    # What is cut in along one axis may step over the edge of the other: a second look finds that.
    for axis in (*along, *along):
        texture = _joined_along(texture, axis)
    return texture


def _joined_along(texture: Rgba, axis: Axis) -> Rgba:
    if _seam(texture, axis) <= SEAM_ERROR_MAX:
        return texture
    lines = _lines(texture, axis)
    steps = np.linalg.norm(lines - np.roll(lines, 1, axis=0), axis=-1).mean(axis=1)
    if steps[0] > np.quantile(steps[1:], _OWN_JOINT_QUANTILE):
        texture = _patched(texture, axis)
    return _turned_off_joints(texture, axis)


def _turned_off_joints(texture: Rgba, axis: Axis) -> Rgba:
    """Turn the torus as little as brings the edge to a calm place."""
    side = texture.shape[axis]
    shifts = sorted(range(side), key=lambda shift: min(shift, side - shift))
    turned = (np.roll(texture, shift, axis=axis) for shift in shifts)
    return next((one for one in turned if _seam(one, axis) <= SEAM_ERROR_MAX / 2), texture)


def _patched(texture: Rgba, axis: Axis) -> Rgba:
    """Cover both edges with the texture's middle, cut in where that differs least."""
    upright = texture.swapaxes(0, axis)
    side = len(upright)
    middle = np.roll(upright, side // 2, axis=0)
    cost = np.linalg.norm(oklab(upright[..., :3]) - oklab(middle[..., :3]), axis=-1)
    first, last = max(1, side // 16), side // 2 - max(1, side // 16)
    above = first + _ring(cost[first:last])
    below = side - 1 - first - _ring(cost[::-1][first:last])
    rows = np.arange(side)[:, None]
    keeps = (rows > above[None]) & (rows < below[None])
    return np.where(keeps[..., None], upright, middle).swapaxes(0, axis)


def _ring(cost: NDArray[np.float64]) -> NDArray[np.int64]:
    """The row of the cheapest cut in every column of (rows, columns); it steps by at most one row and closes."""
    best: tuple[float, NDArray[np.int64]] | None = None
    for start in range(len(cost)):
        total, path = _cut_from(cost, start)
        if best is None or total < best[0]:
            best = total, path
    assert best is not None
    return best[1]


def _cut_from(cost: NDArray[np.float64], start: int) -> tuple[float, NDArray[np.int64]]:
    rows, columns = cost.shape
    total = np.full(rows, np.inf)
    total[start] = cost[start, 0]
    came = np.zeros((columns, rows), dtype=np.int64)
    for column in range(1, columns):
        around = np.pad(total, 1, constant_values=np.inf)
        options = np.stack([around[:-2], around[1:-1], around[2:]])
        came[column] = np.arange(rows) + options.argmin(axis=0) - 1
        total = cost[:, column] + options.min(axis=0)
    near_start = np.arange(max(0, start - 1), min(rows, start + 2))
    row = int(near_start[total[near_start].argmin()])
    path = np.zeros(columns, dtype=np.int64)
    for column in range(columns - 1, -1, -1):
        path[column] = row
        row = int(came[column, row])
    return float(total[path[-1]]), path


def _seam(texture: Rgba, axis: Axis) -> float:
    left_to_right, top_to_bottom = seam_errors(texture)
    return top_to_bottom if axis == 0 else left_to_right


def _lines(texture: Rgba, axis: Axis) -> NDArray[np.float64]:
    return np.asarray(oklab(texture[..., :3]).swapaxes(0, axis), dtype=np.float64)
