"""The grid that a picture was drawn on: cell size, cuts along both axes, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixels_mcp.errors import PictureSizeError
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.recovery.edges import EdgeProfile, edge_profiles
from pixels_mcp.pixelart.recovery.lines import complete_cuts, measured_step, seen_cuts, track_cuts

_LEAST_OBLONG = 1.25
"""Generators draw square cells: two steps closer than this to each other are one step, measured badly."""

_ENOUGH_CELLS = 10
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
    own, cell = _measured_steps(profiles, tracked, steps)
    x_cuts, y_cuts = (
        _cuts(profile, own_px if plain else cell_px, cell_px)
        for profile, own_px, cell_px in zip(profiles, own, cell, strict=True)
    )
    return Grid(x_cuts, y_cuts, *cell, confidence)


def is_oblong(steps: tuple[float, float]) -> bool:
    """Whether cells of this width and height really are no squares."""
    return max(steps) >= _LEAST_OBLONG * min(steps)


def _measured_steps(
    profiles: tuple[EdgeProfile, EdgeProfile], tracked: list[np.ndarray], steps: tuple[float, float]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The steps that the seen cuts show along each axis, and the sides of a cell: one, unless they clearly differ."""
    if steps[0] != steps[1]:
        return steps, steps
    seen = [seen_cuts(profile, step, cuts) for profile, step, cuts in zip(profiles, steps, tracked, strict=True)]
    joint, count = measured_step(seen)
    if count < 4:
        return steps, steps
    (x_step, x_count), (y_step, y_count) = (measured_step([one]) for one in seen)
    if min(x_count, y_count) < _ENOUGH_CELLS:
        return (joint, joint), (joint, joint)
    own = (x_step, y_step)
    return own, own if is_oblong(own) else (joint, joint)


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
