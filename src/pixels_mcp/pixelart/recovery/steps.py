"""How large one cell is: candidates for the step of the grid, from the self-similarity of the edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from pixels_mcp.pixelart.recovery.edges import EdgeProfile

FEWEST_CELLS = 4
"""Fewer cells than this along an axis are not told from a drawing of a few boxes."""

STEPS_PX = np.exp(np.arange(np.log(1.9), np.log(160.0), 0.008))
"""(S,) the sizes of a cell that are tried."""

_PERIODS = 6
_NEARLY_BEST = 0.8
_SMOOTH_PX = 24
_SAME_STEP = 0.05


@dataclass(frozen=True, slots=True)
class StepCandidate:
    """A possible size of one cell.

    Attributes:
        step_px: Side of a cell.
        contrast: How much better edges repeat at whole steps than at half ones; about 0 for no grid, 0.5 to 1.5
            for a real one.
    """

    step_px: float
    contrast: float


def standardized(strength: np.ndarray, smooth_px: float) -> np.ndarray:
    """An edge profile less its own blur, in standard deviations, clipped to -2 to 4."""
    sharp = strength - gaussian_filter1d(strength, smooth_px)
    return np.clip(sharp / (sharp.std() + 1e-9), -2, 4)


def step_contrasts(profile: EdgeProfile) -> np.ndarray:
    """(S,) contrast of every step that is tried, from the autocorrelation of the edge strengths.

    Lags of one to six steps are looked at (the near ones count more), so that slow drift of the grid does no harm.
    """
    length_px = profile.length_px
    contrasts, weights = np.zeros(len(STEPS_PX)), np.zeros(len(STEPS_PX))
    if length_px < 2 * FEWEST_CELLS or not profile.strength.any():
        return contrasts
    signal = standardized(profile.strength[1:-1], _SMOOTH_PX)
    size = len(signal)
    spectrum = np.abs(np.fft.rfft(signal, 2 * size)) ** 2
    similarity = np.fft.irfft(spectrum, 2 * size)[:size] / np.arange(size, 0, -1)
    similarity /= similarity[0]
    lags = np.arange(size)
    for period in range(1, _PERIODS + 1):
        gain = cast("np.ndarray", np.interp(period * STEPS_PX, lags, similarity))
        gain = gain - cast("np.ndarray", np.interp((period - 0.5) * STEPS_PX, lags, similarity))
        seen = (period * STEPS_PX < 0.7 * size) & (length_px >= STEPS_PX * FEWEST_CELLS)
        contrasts += np.where(seen, gain / period, 0)
        weights += np.where(seen, 1 / period, 0)
    return contrasts / np.maximum(weights, 1e-9)


def step_candidates(contrasts: np.ndarray, most: int = 6) -> list[StepCandidate]:
    """The steps worth trying, the likeliest first.

    Odd multiples of the true step look as good as itself, so among the nearly best the smallest goes first; the
    others follow by their contrast.

    Args:
        contrasts: (S,) from `step_contrasts`, or the mean of both axes.
        most: At most so many.
    """
    peak = (contrasts == maximum_filter1d(contrasts, 7)) & (contrasts > 0.05)
    where = np.flatnonzero(peak)
    if where.size == 0:
        return []
    best = contrasts[where].max()
    order = sorted(where, key=lambda at: (contrasts[at] < _NEARLY_BEST * best, -contrasts[at]))
    nearly = sorted(at for at in order if contrasts[at] >= _NEARLY_BEST * best)
    order = nearly + [at for at in order if at not in nearly]
    return [StepCandidate(float(STEPS_PX[at]), float(contrasts[at])) for at in order[:most]]


def other_sizes(candidates: Sequence[StepCandidate], step_px: float) -> tuple[StepCandidate, ...]:
    """The candidates but for those that are this very step."""
    return tuple(one for one in candidates if abs(one.step_px / step_px - 1) > _SAME_STEP)


def contrast_at(contrasts: np.ndarray, step_px: float) -> float:
    """The best contrast within 4 % of a step."""
    near = np.abs(np.log(STEPS_PX / step_px)) < 0.04
    return float(contrasts[near].max()) if near.any() else 0.0
