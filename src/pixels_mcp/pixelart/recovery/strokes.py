"""How long the straight strokes of a picture's outlines are: evidence of cells where no one lattice fits all of it.

Outlines of pixel art run along x or y only and turn at whole cells. So the lengths of their strokes, and the distances
from one edge to the next, are multiples of the cell, wherever a part of the picture stands and however the grid
drifts. Photographs, paintings and curves have edges in all directions, and strokes of no length in particular.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
from scipy.ndimage import correlate1d, label

from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.recovery.edges import visible_colors

_LONGEST_PX = 720
_BAND_LINES = 512
_MOST_PIXELS = 4_000_000
"""Of larger pictures, bands spread over them are looked at."""

_SMOOTH, _CENTRAL = np.array([3.0, 10.0, 3.0]) / 16, np.array([-0.5, 0.0, 0.5])
_FAINTEST, _STRONGEST, _OVER_NOISE = 30.0, 150.0, 3.0
_STRAIGHT = 2.4
"""How many times stronger a change is across a stroke than along it."""

_SHORT_CELLS = 5.5
"""Longer strokes are frames, beams of a house, lines of a table: they say nothing of cells."""

_ROUNDED_PX = (0.7, 1.0, 1.3, 1.6)
"""What blur may take off a stroke at its two corners."""

_SHORTEST_PX, _LEAST_OUTLINE = 3, 0.25
_USUAL_MOST_PX, _USUALLY_ROUNDED_PX, _MOST_STROKES = 24, 1.2, 0.3
_BLEND = np.array([1.0, 4.0, 1.0]) / 6
_HALF_CELL, _FEW_CELLS, _MOST_CELLS = 0.5, 4.5, 16.0


@dataclass(frozen=True, slots=True, eq=False)
class Strokes:
    """Lengths of strokes and distances of edges, over both axes.

    Attributes:
        lengths: (L,) float; entry n: pixels of edges that lie in straight strokes of n px.
        gaps: (L,) float; entry n: how often two edges follow each other at n px, times the root of n.
        weight: (L,) float; entry n: strength of the edges in strokes of n px; 0: of those in no straight stroke.
        along_axes: (L,) float; the same times how far the edges run along an axis: 1 if so, -1 for diagonals.
    """

    lengths: np.ndarray
    gaps: np.ndarray
    weight: np.ndarray
    along_axes: np.ndarray

    def __add__(self, other: Strokes) -> Strokes:
        return Strokes(
            self.lengths + other.lengths,
            self.gaps + other.gaps,
            self.weight + other.weight,
            self.along_axes + other.along_axes,
        )

    def regularity(self, steps_px: np.ndarray) -> np.ndarray:
        """(S,) how well lengths and distances are multiples of each step: 0 for not at all, 2 for all of them.

        Half a step fits as many lengths but fits them less well, and of twice the step they are odd multiples.
        """
        reach_px = np.arange(_LONGEST_PX)
        rounded = [_comb(self.lengths, reach_px + lost_px, steps_px) for lost_px in _ROUNDED_PX]
        return max(rounded, key=np.max) + _comb(self.gaps, reach_px, steps_px)

    def gap_regularity(self, steps_px: np.ndarray) -> np.ndarray:
        """(S,) the half of `regularity` that blur does not shorten: 0 to 1."""
        return _comb(self.gaps, np.arange(_LONGEST_PX), steps_px)

    def is_drawn(self, picture_px: float) -> bool:
        """Whether there are strokes enough to speak of an outline, in a picture of this width and height together.

        Noise has strokes of a pixel or two, here and there.
        """
        return float(self.lengths[_SHORTEST_PX:].sum()) >= _LEAST_OUTLINE * picture_px

    def usual_px(self) -> float:
        """The length at which strokes end most readily, as the side of a cell; 0.0 where there are no strokes.

        Of what chance draws, one pixel of a stroke is as likely to be the last as any other; the outlines of cells end
        at one cell more often than before it.
        """
        longer = np.cumsum(self.lengths[::-1])[::-1]
        ends = np.where(longer > _MOST_STROKES * longer[0], self.lengths / np.maximum(longer, 1e-9), 0)[:_USUAL_MOST_PX]
        ends = correlate1d(ends, _BLEND, mode="nearest")
        top = int(ends.argmax())
        if ends[top] == 0:
            return 0.0
        around = slice(max(0, top - 1), top + 2)
        middle_px = np.average(np.arange(_USUAL_MOST_PX)[around], weights=ends[around] ** 4)
        return float(middle_px) + _USUALLY_ROUNDED_PX

    def thickness_px(self) -> float:
        """How thick the thin lines of a drawing are: the commonest distance of two edges, to a part of a pixel; 0.0
        where there are none."""
        count = self.gaps[:_USUAL_MOST_PX] / np.sqrt(np.maximum(np.arange(_USUAL_MOST_PX), 1))
        top = int(count[:-1].argmax())
        if top < 1:
            return 0.0
        before, here, after = count[top - 1 : top + 2]
        return float(top + 0.5 * (after - before) / (2 * here - before - after + 1e-9))

    def alignment(self, step_px: float) -> float:
        """How far the edges run along the axes, long strokes left out: 1 all of them, about 0 for curves."""
        short = np.arange(_LONGEST_PX) <= _SHORT_CELLS * step_px
        return float(self.along_axes[short].sum() / (self.weight[short].sum() + 1e-9))


def strokes_of(pixels: Rgba) -> Strokes:
    """Measure the strokes of a picture.

    Args:
        pixels: (H, W, 4) uint8.
    """
    height_px, width_px = pixels.shape[:2]
    starts = np.arange(0, int(height_px), _BAND_LINES)
    most = max(1, int(_MOST_PIXELS // (_BAND_LINES * width_px)))
    if len(starts) > most:
        starts = starts[np.linspace(0, len(starts) - 1, most).astype(int)]
    return reduce(add, (_band(pixels[start : start + _BAND_LINES]) for start in starts))


def _band(pixels: Rgba) -> Strokes:
    colors = visible_colors(pixels)
    light = colors[..., :3] @ np.array([0.75, 1.875, 0.375], dtype=np.float32)
    if colors.shape[2] == 4:
        light += colors[..., 3]
    if min(light.shape) < 3:
        return Strokes(*(np.zeros(_LONGEST_PX) for _ in range(4)))
    across_x = correlate1d(correlate1d(light, _CENTRAL, axis=1), _SMOOTH, axis=0)
    across_y = correlate1d(correlate1d(light, _CENTRAL, axis=0), _SMOOTH, axis=1)
    square = across_x**2 + across_y**2
    least = max(_FAINTEST, _OVER_NOISE * float(np.sqrt(np.median(square[::3, ::3]))))
    del colors, light
    np.abs(across_x, out=across_x)
    np.abs(across_y, out=across_y)
    along = _one_axis(across_x, across_y, square, least)
    return along + _one_axis(across_y.T, across_x.T, square.T, least)


def _one_axis(across: np.ndarray, other: np.ndarray, square: np.ndarray, least: float) -> Strokes:
    """Strokes along the first axis: what changes along the second one."""
    crest = (across > least) & (across >= other)
    crest[:, 1:] &= across[:, 1:] >= across[:, :-1]
    crest[:, :-1] &= across[:, :-1] > across[:, 1:]
    straight = crest & (across > _STRAIGHT * other)
    strokes = np.empty(straight.shape, dtype=np.int32)
    label(straight, np.ones((3, 3)), output=strokes)
    pixels_in = np.bincount(strokes.ravel())
    pixels_in[0] = 0
    pixels_in = np.minimum(pixels_in, _LONGEST_PX - 1)
    length_px = pixels_in[strokes[crest]]
    strength = np.minimum(np.sqrt(square[crest]), _STRONGEST)
    # cos of four times the angle of the edge, from the squares of its sides
    x, y = across[crest] ** 2, other[crest] ** 2
    direction = (x * x - 6 * x * y + y * y) / (x + y) ** 2
    lines, places = np.nonzero(straight)
    gap_px = np.minimum(np.diff(places)[np.diff(lines) == 0], _LONGEST_PX - 1)
    return Strokes(
        np.bincount(pixels_in, minlength=_LONGEST_PX) * np.arange(_LONGEST_PX, dtype=float),
        np.bincount(gap_px, minlength=_LONGEST_PX) * np.sqrt(np.arange(_LONGEST_PX)),
        np.bincount(length_px, strength, _LONGEST_PX),
        np.bincount(length_px, strength * direction, _LONGEST_PX),
    )


def _comb(weights: np.ndarray, lengths_px: np.ndarray, steps_px: np.ndarray) -> np.ndarray:
    """(S,) mean over all lengths of the cosine whose period is the step; lengths of few cells count most."""
    used = np.flatnonzero(weights[:-1])
    lengths_px, kept = lengths_px[used], weights[used]
    cells = lengths_px[None] / steps_px[:, None]
    telling = np.minimum(1, _FEW_CELLS / cells) * (cells > _HALF_CELL) * (cells < _MOST_CELLS)
    return (np.cos(2 * np.pi * cells) * telling) @ kept / (kept.sum() + 1e-9)
