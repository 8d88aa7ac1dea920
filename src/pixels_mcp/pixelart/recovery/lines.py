"""Where the cuts between cells lie along one axis, also when the grid drifts.

Cuts are found for the whole axis at once: of all ways to place them, the one with the most edge strength under
the cuts and the least change of their distances (Viterbi, 1967).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from pixels_mcp.pixelart.recovery.edges import EdgeProfile
from pixels_mcp.pixelart.recovery.steps import standardized

_STIFFNESS = 80.0
"""Cost of a cell that deviates by its whole size, in standard deviations of edge strength."""

_COUNT_TRIES, _COUNT_OFF, _WHOLE_CELL = 6, 0.01, 0.75
"""Tries at a number of cells, and how far it may be off: a share of it, or less than a cell."""

_SEEN = 0.6
"""Edge strength (in standard deviations) from which a cut counts as seen rather than assumed."""


_LEAST_ENERGY = 0.02
"""Energy that a seen cut has at least, as a share of that of strong cuts."""


def track_cuts(profile: EdgeProfile, step_px: float) -> np.ndarray:
    """Place cuts about one step apart along the whole axis, to the whole pixel.

    Args:
        profile: Edge strengths along the axis.
        step_px: Side of a cell.

    Returns:
        (C,) int, ascending, each 0 to n; the first within one step of 0, the last within one step of n.
    """
    length_px = profile.length_px
    reward = standard_strength(profile, step_px)
    shortest = max(1, int(0.6 * step_px))
    gaps = np.arange(shortest, int(np.ceil(1.4 * step_px)) + 2)
    costs = _STIFFNESS * ((gaps - step_px) / step_px) ** 2
    value = np.full(length_px + 1, -np.inf)
    before = np.full(length_px + 1, -1)
    for at in range(length_px + 1):
        best = 0.0 if at < step_px else -np.inf
        reach = min(at - shortest + 1, len(gaps))
        if reach > 0:
            ways = value[at - gaps[:reach]] - costs[:reach]
            way = int(ways.argmax())
            if ways[way] > best:
                best, before[at] = ways[way], at - gaps[way]
        value[at] = best + reward[at]
    tail = max(0, int(length_px - step_px) + 1)
    at = tail + int(value[tail:].argmax())
    cuts: list[int] = []
    while at >= 0:
        cuts.append(at)
        at = before[at]
    return np.array(cuts[::-1])


def mean_cuts(profile: EdgeProfile, cell_px: float) -> np.ndarray:
    """The cuts of cells whose mean side is known, where no one lattice fits: as many cells as that side says.

    The parts of such a picture draw the cuts to lattices of their own, each a little, so that over the whole axis cells
    are won or lost, and more along one axis than along the other. A step is looked for that wins none.

    Returns:
        As `complete_cuts`.
    """
    wanted = profile.length_px / cell_px
    step_px, tries = cell_px, list[np.ndarray]()
    for _ in range(_COUNT_TRIES):
        positions, _ = seen_cuts(profile, step_px, track_cuts(profile, step_px))
        tries.append(complete_cuts(positions, cell_px, profile.length_px))
        count = len(tries[-1]) - 1
        if abs(count - wanted) <= max(_WHOLE_CELL, _COUNT_OFF * wanted):
            break
        step_px *= (count / wanted) ** 0.5
    return min(tries, key=lambda cuts: abs(len(cuts) - 1 - wanted))


def standard_strength(profile: EdgeProfile, step_px: float) -> np.ndarray:
    """(n + 1,) edge strengths in standard deviations about their surroundings of three cells."""
    reward = np.zeros(profile.length_px + 1)
    reward[1:-1] = standardized(profile.strength[1:-1], max(3.0, 1.5 * step_px))
    return reward


def seen_cuts(profile: EdgeProfile, step_px: float, cuts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keep the cuts that an edge shows, moved to the middle of that edge.

    Returns:
        Their positions, (A,) float, and which of the cuts they were, (A,) int.
    """
    reach = max(1, round(0.3 * step_px))
    energy = maximum_filter1d(profile.energy, 2 * reach + 1)[cuts]
    seen = standard_strength(profile, step_px)[cuts] >= _SEEN
    # What compression leaves in flat places repeats every 8 px, but has next to no energy.
    seen &= energy >= _LEAST_ENERGY * np.percentile(energy, 75)
    index = np.flatnonzero(seen)
    padded = np.pad(profile.strength, reach)
    offsets = np.arange(-reach, reach + 1)
    windows = padded[cuts[index][:, None] + offsets + reach]
    windows = np.maximum(windows - np.minimum(windows[:, :1], windows[:, -1:]), 0)
    weight = windows.sum(axis=1)
    shift = np.where(weight > 0, (windows * offsets).sum(axis=1) / np.maximum(weight, 1e-9), 0)
    return cuts[index] + shift, index


@dataclass(frozen=True, slots=True)
class MeasuredStep:
    """The mean distance of seen cuts that follow each other directly.

    Attributes:
        px: The mean; 0.0 where no two do.
        cells: How many cells it was measured on.
        error_px: Its standard error.
    """

    px: float
    cells: int
    error_px: float


def measured_step(seen: list[tuple[np.ndarray, np.ndarray]]) -> MeasuredStep:
    """Measure the step on seen cuts, over one or both axes.

    Args:
        seen: What `seen_cuts` gave, per axis.
    """
    steps_px = np.concatenate([np.diff(positions)[np.diff(index) == 1] for positions, index in seen])
    cells = len(steps_px)
    if not cells:
        return MeasuredStep(0.0, 0, 0.0)
    return MeasuredStep(float(steps_px.mean()), cells, float(steps_px.std() / np.sqrt(cells)))


def complete_cuts(positions: np.ndarray, step_px: float, length_px: int) -> np.ndarray:
    """Fill in the cuts that no edge shows, evenly between seen ones and by whole steps outside.

    A cell that the picture's edge cuts off stays if at least half of it is there.

    Returns:
        (C,) float, ascending, within 0 to `length_px`; C - 1 cells.
    """
    if positions.size == 0:
        count = max(1, round(length_px / step_px))
        return np.linspace(0.0, length_px, count + 1)
    cuts = [float(positions[0])]
    for left, right in itertools.pairwise(positions):
        cells = max(1, round((right - left) / step_px))
        cuts.extend(left + (right - left) * np.arange(1, cells + 1) / cells)
    before = int(positions[0] / step_px + 0.5)
    after = int((length_px - positions[-1]) / step_px + 0.5)
    cuts = [positions[0] - step_px * k for k in range(before, 0, -1)] + cuts
    cuts += [positions[-1] + step_px * k for k in range(1, after + 1)]
    inside = np.clip(cuts, 0, length_px)
    return np.maximum.accumulate(inside) if len(inside) > 1 else np.array([0.0, float(length_px)])
