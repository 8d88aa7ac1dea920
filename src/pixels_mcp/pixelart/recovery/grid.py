"""The grid that a picture was drawn on: cell size, cuts along both axes, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixels_mcp.errors import PictureSizeError
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.recovery.edges import EdgeProfile, edge_profiles
from pixels_mcp.pixelart.recovery.lines import (
    complete_cuts,
    mean_cuts,
    measured_step,
    seen_cuts,
    track_cuts,
)

_LEAST_OBLONG = 1.25
"""Generators draw square cells: two steps closer than this to each other are one step, measured badly."""

_FEWEST_MEASURED, _ENOUGH_CELLS, _MANY_CELLS = 4, 10, 24
_SURELY_APART = 3.0
"""Standard errors between the steps of both axes from which each keeps its own."""

_PLAIN_CONCENTRATION = 0.85


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A part of a picture with cuts of its own: a figure of a sheet.

    Attributes:
        column: Where its first column stands among the cells of the picture.
        row: Where its first row stands.
        x_cuts: (columns + 1,) float, pixel positions in the picture.
        y_cuts: (rows + 1,) float.
    """

    column: int
    row: int
    x_cuts: np.ndarray
    y_cuts: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Cells of a picture.

    Attributes:
        x_cuts: (columns + 1,) float, pixel positions of the cuts between columns.
        y_cuts: (rows + 1,) float, those between rows.
        cell_width_px: Typical width of a cell.
        cell_height_px: Typical height of a cell.
        confidence: 0 to 1; from the contrast of the steps and the concentration of edges at the cuts. 1 for a
            grid that was given.
        patches: Parts that have cuts of their own, none over another.
    """

    x_cuts: np.ndarray
    y_cuts: np.ndarray
    cell_width_px: float
    cell_height_px: float
    confidence: float
    patches: tuple[Patch, ...] = ()

    @property
    def size_cells(self) -> tuple[int, int]:
        """(columns, rows)."""
        return len(self.x_cuts) - 1, len(self.y_cuts) - 1

    @property
    def is_oblong(self) -> bool:
        """Whether its cells are no squares."""
        return self.cell_width_px != self.cell_height_px


def grid_of_cells(pixels: Rgba, cell_px: float) -> Grid:
    """The grid of a given cell size, laid where the edges are.

    Raises:
        PictureSizeError: The picture has less than one cell, or the cell is below one pixel.
    """
    height_px, width_px = pixels.shape[:2]
    if not 1 <= cell_px <= min(width_px, height_px):
        raise PictureSizeError(
            f"a cell of {cell_px:g} px does not fit a picture of {width_px} x {height_px} px",
            hint=f"give 1 to {min(width_px, height_px)}",
        )
    if cell_px == 1:
        return grid_of_size(pixels, (width_px, height_px))
    return grid_of_step(edge_profiles(pixels), cell_px)


def grid_of_step(profiles: tuple[EdgeProfile, EdgeProfile], cell_px: float) -> Grid:
    """`grid_of_cells` from edge profiles, which may be sums over several pictures."""
    x_cuts, y_cuts = (_cuts(profile, cell_px, cell_px) for profile in profiles)
    return Grid(x_cuts, y_cuts, cell_px, cell_px, 1.0)


def grid_of_mean(profiles: tuple[EdgeProfile, EdgeProfile], cell_px: float, confidence: float) -> Grid:
    """The grid of a picture whose parts have cells of their own, from their mean side: square cells, as many as fit."""
    x_cuts, y_cuts = (mean_cuts(profile, cell_px) for profile in profiles)
    return Grid(x_cuts, y_cuts, cell_px, cell_px, confidence)


def grid_of_size(pixels: Rgba, size_px: tuple[int, int]) -> Grid:
    """The even grid of a given number of columns and rows.

    Raises:
        PictureSizeError: More cells than pixels.
    """
    height_px, width_px = pixels.shape[:2]
    columns, rows = size_px
    if not (1 <= columns <= width_px and 1 <= rows <= height_px):
        raise PictureSizeError(
            f"{columns} x {rows} px asked of a picture of {width_px} x {height_px} px",
            hint="pixel art is never scaled up; ask for a size within the picture",
        )
    x_cuts = np.linspace(0, int(width_px), columns + 1)
    y_cuts = np.linspace(0, int(height_px), rows + 1)
    return Grid(x_cuts, y_cuts, width_px / columns, height_px / rows, 1.0)


def lay_grid(profiles: tuple[EdgeProfile, EdgeProfile], steps: tuple[float, float], confidence: float) -> Grid:
    """Lay the cuts of known steps where the edges are, after measuring the steps on the cuts that are seen.

    Cells are square unless two different steps are given or those that are measured clearly differ. Where nearly all
    edges lie at the cuts, each axis is tracked with its own step, which follows drifting cells better.
    """
    tracked = [track_cuts(profile, step) for profile, step in zip(profiles, steps, strict=True)]
    plain = min(map(concentration, profiles, tracked, steps)) >= _PLAIN_CONCENTRATION
    measured = _measured_steps(profiles, tracked, steps)
    x_cuts, y_cuts = (
        _cuts(profile, own_px if plain or measured.apart else cell_px, own_px if measured.apart else cell_px)
        for profile, own_px, cell_px in zip(profiles, measured.own, measured.cell, strict=True)
    )
    return Grid(x_cuts, y_cuts, *measured.cell, confidence)


def is_oblong(steps: tuple[float, float]) -> bool:
    """Whether cells of this width and height really are no squares."""
    return max(steps) >= _LEAST_OBLONG * min(steps)


@dataclass(frozen=True, slots=True)
class _Steps:
    """The steps that the seen cuts show.

    Attributes:
        own: Along each axis by itself.
        cell: The sides of a cell: one, unless they clearly differ.
        apart: The own steps differ by more than they can be wrong by.
    """

    own: tuple[float, float]
    cell: tuple[float, float]
    apart: bool = False


def _measured_steps(
    profiles: tuple[EdgeProfile, EdgeProfile], tracked: list[np.ndarray], steps: tuple[float, float]
) -> _Steps:
    if steps[0] != steps[1]:
        return _Steps(steps, steps)
    seen = [seen_cuts(profile, step, cuts) for profile, step, cuts in zip(profiles, steps, tracked, strict=True)]
    joint = measured_step(seen)
    if joint.cells < _FEWEST_MEASURED:
        return _Steps(steps, steps)
    x, y = (measured_step([one]) for one in seen)
    square = (joint.px, joint.px)
    if min(x.cells, y.cells) < _ENOUGH_CELLS:
        return _Steps(square, square)
    own = (x.px, y.px)
    if is_oblong(own):
        return _Steps(own, own)
    apart = abs(x.px - y.px) > _SURELY_APART * float(np.hypot(x.error_px, y.error_px))
    return _Steps(own, square, apart and min(x.cells, y.cells) >= _MANY_CELLS)


def _cuts(profile: EdgeProfile, step_px: float, cell_px: float) -> np.ndarray:
    positions, _ = seen_cuts(profile, step_px, track_cuts(profile, step_px))
    return complete_cuts(positions, cell_px, profile.length_px)


def concentration(profile: EdgeProfile, cuts: np.ndarray, step_px: float) -> float:
    """1 less the ratio of mean edge energy inside cells to that at the cuts."""
    lines = np.arange(1, profile.length_px)
    after = np.clip(np.searchsorted(cuts, lines), 1, len(cuts) - 1) if len(cuts) > 1 else np.zeros_like(lines)
    distance = np.minimum(np.abs(lines - cuts[after]), np.abs(lines - cuts[after - 1])) / step_px
    # The nearest pixel to a cut counts as at the cut, however small the cells.
    at_cut = distance <= max(0.2, 0.5 / step_px)
    inside = ~at_cut & (distance > 0.3)
    energy = profile.energy[1:-1]
    if not inside.any() or not at_cut.any():
        return 0.0
    return 1.0 - float(energy[inside].mean() / (energy[at_cut].mean() + 1e-9))
