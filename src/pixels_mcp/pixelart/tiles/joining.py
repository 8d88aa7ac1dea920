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
    if seam_of(texture, axis) <= SEAM_ERROR_MAX:
        return texture
    if has_true_seam(texture, axis):
        texture = _patched(texture, axis)
    return _turned_off_joints(texture, axis)


def has_true_seam(texture: Rgba, axis: Axis) -> bool:
    """Whether its edges do not meet along an axis: one sees the step, and it is harder than the texture's own joints.

    Args:
        texture: (H, W, 4), opaque.
        axis: See `Axis`.
    """
    if seam_of(texture, axis) <= SEAM_ERROR_MAX:
        return False
    lines = _lines(texture, axis)
    steps = np.linalg.norm(lines - np.roll(lines, 1, axis=0), axis=-1).mean(axis=1)
    return bool(steps[0] > np.quantile(steps[1:], _OWN_JOINT_QUANTILE))


def seam_of(texture: Rgba, axis: Axis) -> float:
    """How visible its seam is along an axis; up to `SEAM_ERROR_MAX` it is not seen."""
    left_to_right, top_to_bottom = seam_errors(texture)
    return top_to_bottom if axis == 0 else left_to_right


def _turned_off_joints(texture: Rgba, axis: Axis) -> Rgba:
    """Turn the torus as little as brings the edge to a calm place."""
    side = texture.shape[axis]
    shifts = sorted(range(side), key=lambda shift: min(shift, side - shift))
    turned = (np.roll(texture, shift, axis=axis) for shift in shifts)
    return next((one for one in turned if seam_of(one, axis) <= SEAM_ERROR_MAX / 2), texture)


def _patched(texture: Rgba, axis: Axis) -> Rgba:
    """Cover both edges with the texture's middle, cut in where that differs least."""
    upright = texture.swapaxes(0, axis)
    side = len(upright)
    middle = np.roll(upright, side // 2, axis=0)
    cost = np.linalg.norm(oklab(upright[..., :3]) - oklab(middle[..., :3]), axis=-1)
    first, last = max(1, side // 16), side // 2 - max(1, side // 16)
    above = first + ring_of_least_cost(cost[first:last])
    below = side - 1 - first - ring_of_least_cost(cost[::-1][first:last])
    rows = np.arange(side)[:, None]
    keeps = (rows > above[None]) & (rows < below[None])
    return np.where(keeps[..., None], upright, middle).swapaxes(0, axis)


def ring_of_least_cost(cost: NDArray[np.float64]) -> NDArray[np.int64]:
    """The row of the cheapest cut in every column of (rows, columns); it steps by at most one row and closes.

    Args:
        cost: (rows, columns) of cutting there.
    """
    rows, columns = cost.shape
    # All rows that a cut may start in at once: (starts, rows), with a rim of infinity above and below.
    total = np.full((rows, rows + 2), np.inf)
    np.fill_diagonal(total[:, 1:-1], cost[:, 0])
    came = np.zeros((columns, rows, rows), dtype=np.int8)
    for column in range(1, columns):
        options = np.stack([total[:, :-2], total[:, 1:-1], total[:, 2:]])
        came[column] = options.argmin(axis=0) - 1
        total[:, 1:-1] = options.min(axis=0) + cost[:, column]
    numbers = np.arange(int(rows))
    apart = np.abs(numbers[:, None] - numbers)
    closed = np.where(apart <= 1, total[:, 1:-1], np.inf)
    start, row = np.unravel_index(int(closed.argmin()), closed.shape)
    path = np.zeros(columns, dtype=np.int64)
    for column in range(columns - 1, -1, -1):
        path[column] = row
        row = row + came[column, start, row]
    return path


def _lines(texture: Rgba, axis: Axis) -> NDArray[np.float64]:
    return np.asarray(oklab(texture[..., :3]).swapaxes(0, axis), dtype=np.float64)
