"""Slow changes of brightness over a picture that was meant to be flat.

Diffusion models tint the same colour a little differently from corner to corner. Cells of one colour that lie far
apart show it: within each colour, the logarithm of the level is fitted by one smooth surface per channel. A ground that
fades behind a figure shows the like, so the figure itself must show the tint too.
"""

from __future__ import annotations

from typing import cast

import numpy as np

_STRONGEST = 0.08
"""The surface is held within this share of the level; more is drawn shading, not a tint."""

_LEAST_EXPLAINED = 0.2
"""Share of the differences within colours that the surface must explain, or it is left out."""

_MOST_HARM = 0.05
"""Share by which it may raise those of the figure alone; a fade of the ground doubles them."""

_FEWEST_CELLS, _MOST_CELLS = 64, 32_768
"""Fewer cells say nothing of a tint; of more, so many are enough for a surface of nine terms."""


def tint_surface(rgb: np.ndarray, groups: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """Estimate the factor by which each cell is too bright, per channel.

    Args:
        rgb: (rows, columns, 3) float, 0 to 255.
        groups: (rows, columns) int, the colour group of each cell; -1 for cells to leave out.
        ground: (rows, columns) bool: cells of the ground that a figure stands on; its fade alone is no tint.

    Returns:
        (rows, columns, 3) float, about 1; exactly 1 where nothing was found.
    """
    rows, columns = groups.shape
    surface = np.ones((rows, columns, 3))
    used = np.flatnonzero(groups.ravel() >= 0)
    if used.size < _FEWEST_CELLS or min(rows, columns) < 2:
        return surface
    used = used[:: -(-used.size // _MOST_CELLS)]
    y, x = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    x, y = x.ravel(), y.ravel()
    basis = np.stack([x, y, x * x, x * y, y * y, x**3, x * x * y, x * y * y, y**3], axis=1)
    group = groups.ravel()[used]
    figure = ~ground.ravel()[used]
    if figure.sum() < _FEWEST_CELLS:
        figure[:] = True
    before = after = 0.0
    for channel in range(3):
        level = np.clip(rgb[..., channel].ravel()[used], 1, 255)
        log_level, weight = np.log(level), np.where(level > 30, level, 0.0) ** 2
        terms = _within(basis[used], group, weight)
        target = _within(log_level[:, None], group, weight)[:, 0]
        # A little ridge keeps the surface flat where few cells say anything.
        ridge = np.eye(basis.shape[1]) * (weight.sum() * 0.05**2 + 1e-9)
        weighted = terms * weight[:, None]
        shape = cast("np.ndarray", np.linalg.solve(weighted.T @ terms + ridge, weighted.T @ target))
        rest = log_level - basis[used] @ shape
        whole = _differences(log_level, group, weight)
        if whole == 0 or 1 - _differences(rest, group, weight) / whole < _LEAST_EXPLAINED:
            continue
        before += _differences(log_level[figure], group[figure], weight[figure])
        after += _differences(rest[figure], group[figure], weight[figure])
        tint = basis @ shape
        tint -= tint.mean()
        surface[..., channel] = np.exp(np.clip(tint, -_STRONGEST, _STRONGEST)).reshape(rows, columns)
    return surface if after <= (1 + _MOST_HARM) * before else np.ones_like(surface)


def _differences(log_level: np.ndarray, group: np.ndarray, weight: np.ndarray) -> float:
    """The weighted sum of squared differences within groups."""
    return float((weight * _within(log_level[:, None], group, weight)[:, 0] ** 2).sum())


def _within(values: np.ndarray, group: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(N, K) values less the weighted mean of their group."""
    total = np.bincount(group, weight) + 1e-9
    means = np.stack([np.bincount(group, weight * one) / total for one in values.T], axis=1)
    return values - means[group]
