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
from scipy.spatial import cKDTree

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

_RUN_BINS_PER_PX, _RUN_BINS = 10, 1000
_CORNER_PX, _ROUNDED_END_PX = 3.0, 0.6
"""How near the ends of two strokes must be to meet in a corner, and how much of an end blur takes off."""

_SHORTEST_RUN_PX, _SAME_RUN, _ABOUT_ALIKE = 1.5, 0.08, 0.22
_RUN_SIDES_PX = np.exp(np.arange(np.log(_SHORTEST_RUN_PX), np.log(80.0), 0.01))
_RUNS_OF_CELLS, _OFF_WHOLE, _RATIO_ROUNDS = 3, 0.35, 6
"""Runs of up to so many cells measure the cell, if they are so near to a whole number of cells."""


@dataclass(frozen=True, slots=True)
class Stairs:
    """What the stairs of the outlines say of the cell.

    Attributes:
        cell_px: The mean side of a cell over all of them; 0.0 where there are none.
        agreeing: Share of the stairs whose shorter run is that one cell: 0.85 to 1 for cells of one size, about 0.5
            where they differ by a fifth, at most 0.4 in photographs, paintings and vector drawings.
        about_alike: Share of those within a quarter of it: at least 0.9 where parts of a picture disagree about one
            cell, at most 0.8 where details are in half cells.
        count: Stairs that were measured.
    """

    cell_px: float
    agreeing: float
    about_alike: float
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class Strokes:
    """Lengths of strokes and distances of edges, over both axes.

    Attributes:
        lengths: (L,) float; entry n: pixels of edges that lie in straight strokes of n px.
        gaps: (L,) float; entry n: how often two edges follow each other at n px, times the root of n.
        weight: (L,) float; entry n: strength of the edges in strokes of n px; 0: of those in no straight stroke.
        along_axes: (L,) float; the same times how far the edges run along an axis: 1 if so, -1 for diagonals.
        runs: (R,) float; entry n: runs of stairs, from corner to corner, of n tenths of a pixel.
        shorter_runs: (R,) float; the same of the shorter one of two runs that meet.
    """

    lengths: np.ndarray
    gaps: np.ndarray
    weight: np.ndarray
    along_axes: np.ndarray
    runs: np.ndarray
    shorter_runs: np.ndarray

    def __add__(self, other: Strokes) -> Strokes:
        return Strokes(
            self.lengths + other.lengths,
            self.gaps + other.gaps,
            self.weight + other.weight,
            self.along_axes + other.along_axes,
            self.runs + other.runs,
            self.shorter_runs + other.shorter_runs,
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

    def stairs(self) -> Stairs:
        """The cell that the stairs of the outlines are made of.

        A slanted outline of pixel art is a stair, and of two runs that meet in it the shorter one is nearly always one
        cell long, whatever the slope and wherever the grid has drifted to. Runs are measured from the middle of an edge
        to the middle of the next, so neither blur nor rounded corners shorten them.
        """
        sides_px = np.arange(_RUN_BINS) / _RUN_BINS_PER_PX
        counted = np.flatnonzero(self.shorter_runs * (sides_px >= _SHORTEST_RUN_PX))
        count = int(self.shorter_runs[counted].sum())
        if not count:
            return Stairs(0.0, 0.0, 0.0, 0)
        off = np.log(sides_px[counted] / _RUN_SIDES_PX[:, None]) / _SAME_RUN
        density = np.exp(-0.5 * off**2) @ self.shorter_runs[counted]
        usual = int(density.argmax())
        agreeing = float(self.shorter_runs[counted][np.abs(off[usual]) < 2].sum()) / count
        cell_px = float(_RUN_SIDES_PX[usual])
        for _ in range(_RATIO_ROUNDS):
            cells = np.maximum(1, np.rint(sides_px / cell_px))
            whole = (cells <= _RUNS_OF_CELLS) & (np.abs(sides_px / cell_px - cells) < _OFF_WHOLE)
            whole &= sides_px >= _SHORTEST_RUN_PX
            cell_px = float((self.runs * sides_px)[whole].sum() / max(1e-9, (self.runs * cells)[whole].sum()))
            if cell_px == 0:
                break
        near = np.abs(np.log(sides_px[counted] / max(cell_px, _SHORTEST_RUN_PX))) < _ABOUT_ALIKE
        return Stairs(cell_px, agreeing, float(self.shorter_runs[counted][near].sum()) / count, count)

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
        return _strokes(_LONGEST_PX)
    across_x = correlate1d(correlate1d(light, _CENTRAL, axis=1), _SMOOTH, axis=0)
    across_y = correlate1d(correlate1d(light, _CENTRAL, axis=0), _SMOOTH, axis=1)
    square = across_x**2 + across_y**2
    least = max(_FAINTEST, _OVER_NOISE * float(np.sqrt(np.median(square[::3, ::3]))))
    del colors, light
    np.abs(across_x, out=across_x)
    np.abs(across_y, out=across_y)
    upright, tall = _one_axis(across_x, across_y, square, least)
    level, wide = _one_axis(across_y.T, across_x.T, square.T, least)
    return upright + level + _stair_runs(tall, wide)


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """Straight strokes along one axis.

    Attributes:
        at_px: (N,) float, where they lie across the axis, to a part of a pixel.
        start_px: (N,) float, where they begin along the axis.
        end_px: (N,) float, where they end.
    """

    at_px: np.ndarray
    start_px: np.ndarray
    end_px: np.ndarray


def _strokes(longest_px: int, runs: np.ndarray | None = None, shorter: np.ndarray | None = None) -> Strokes:
    none = np.zeros(longest_px)
    empty = np.zeros(_RUN_BINS)
    return Strokes(none, none, none, none, empty if runs is None else runs, empty if shorter is None else shorter)


def _one_axis(across: np.ndarray, other: np.ndarray, square: np.ndarray, least: float) -> tuple[Strokes, _Lines]:
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
    measured = Strokes(
        np.bincount(pixels_in, minlength=_LONGEST_PX) * np.arange(_LONGEST_PX, dtype=float),
        np.bincount(gap_px, minlength=_LONGEST_PX) * np.sqrt(np.arange(_LONGEST_PX)),
        np.bincount(length_px, strength, _LONGEST_PX),
        np.bincount(length_px, strength * direction, _LONGEST_PX),
        np.zeros(_RUN_BINS),
        np.zeros(_RUN_BINS),
    )
    return measured, _lines(across, strokes[lines, places], lines, places)


def _lines(across: np.ndarray, stroke: np.ndarray, lines: np.ndarray, places: np.ndarray) -> _Lines:
    """The strokes of two pixels and more, from their pixels: which stroke, line and place each belongs to."""
    if not len(stroke):
        return _Lines(np.zeros(0), np.zeros(0), np.zeros(0))
    here = across[lines, places]
    before, after = (across[lines, np.clip(places + by, 0, across.shape[1] - 1)] for by in (-1, 1))
    exact_px = places + 0.5 * (after - before) / (2 * here - before - after + 1e-6)
    order = np.argsort(stroke, kind="stable")
    stroke, lines, places, exact_px = stroke[order], lines[order], places[order], exact_px[order]
    first = np.flatnonzero(np.diff(stroke, prepend=-1))
    last = np.append(first[1:], len(stroke)) - 1
    at_px = np.add.reduceat(exact_px, first) / (last - first + 1)
    spread = np.maximum.reduceat(places, first) - np.minimum.reduceat(places, first)
    kept = (lines[last] > lines[first]) & (spread <= 1)
    return _Lines(at_px[kept], lines[first][kept] - _ROUNDED_END_PX, lines[last][kept] + _ROUNDED_END_PX)


def _stair_runs(tall: _Lines, wide: _Lines) -> Strokes:
    """The runs of the stairs that upright and level strokes make where their ends meet."""
    if not len(tall.at_px) or not len(wide.at_px):
        return _strokes(_LONGEST_PX)
    treads_px, risers = _runs(wide, tall)
    risers_px, _ = _runs(tall, wide)
    runs = np.concatenate([treads_px, risers_px])
    beside = np.concatenate([np.fmin(treads_px, risers_px[one]) + 0 * treads_px * risers_px[one] for one in risers])
    return _strokes(_LONGEST_PX, _counted(runs), _counted(beside))


def _runs(one: _Lines, other: _Lines) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Lengths of strokes that go on at both ends in opposite directions (nan for the rest), and those they go on in."""
    count = len(other.at_px)
    ends = cKDTree(_points(other.at_px, other.start_px, other.end_px))
    away_px, nearest = ends.query(
        _points(one.at_px, one.start_px, one.end_px)[:, ::-1], distance_upper_bound=_CORNER_PX
    )
    away, nearest = np.asarray(away_px).reshape(2, -1), np.asarray(nearest).reshape(2, -1)
    met = np.isfinite(away).all(axis=0) & ((nearest[0] >= count) != (nearest[1] >= count))
    first, second = nearest[0] % count, nearest[1] % count
    return np.where(met, np.abs(other.at_px[second] - other.at_px[first]), np.nan), (first, second)


def _points(at_px: np.ndarray, *ends_px: np.ndarray) -> np.ndarray:
    """(N * ends, 2): across and along, all first ends, then all second ones."""
    return np.concatenate([np.stack([at_px, end_px], axis=1) for end_px in ends_px])


def _counted(runs_px: np.ndarray) -> np.ndarray:
    """(R,) float: how many runs have which length."""
    bins = np.rint(runs_px[np.isfinite(runs_px)] * _RUN_BINS_PER_PX).astype(int)
    return np.bincount(np.minimum(bins, _RUN_BINS - 1), minlength=_RUN_BINS).astype(float)


def _comb(weights: np.ndarray, lengths_px: np.ndarray, steps_px: np.ndarray) -> np.ndarray:
    """(S,) mean over all lengths of the cosine whose period is the step; lengths of few cells count most."""
    used = np.flatnonzero(weights[:-1])
    lengths_px, kept = lengths_px[used], weights[used]
    cells = lengths_px[None] / steps_px[:, None]
    telling = np.minimum(1, _FEW_CELLS / cells) * (cells > _HALF_CELL) * (cells < _MOST_CELLS)
    return (np.cos(2 * np.pi * cells) * telling) @ kept / (kept.sum() + 1e-9)
