"""The grid that a picture was drawn on: cell size, cuts along both axes, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixels_mcp.errors import PictureSizeError
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.recovery.edges import EdgeProfile, edge_profiles
from pixels_mcp.pixelart.recovery.lines import complete_cuts, measured_step, seen_cuts, track_cuts
from pixels_mcp.pixelart.recovery.steps import StepCandidate, contrast_at, step_candidates, step_contrasts

CELL_TESTS = ((0.35, 0.7),)
"""Contrast, and concentration of edge energy at the cuts, that both axes need.

Measured: native art stays below a contrast of 0.25, photos and sheets of native art below a concentration of 0.5;
pictures with a grid are above 0.5 and 0.85.
"""

SMALL_CELL_PX, SMALL_CELL_TESTS = 6.0, ((0.45, 0.42), (0.3, 0.85))
"""Blur spreads the edges of small cells over them; what else repeats (8 px blocks, tiles) is larger."""

_SQUARE_TOLERANCE = 0.03
_ENOUGH_CELLS = 10


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
    """

    x_cuts: np.ndarray
    y_cuts: np.ndarray
    cell_width_px: float
    cell_height_px: float
    confidence: float

    @property
    def size_cells(self) -> tuple[int, int]:
        """(columns, rows)."""
        return len(self.x_cuts) - 1, len(self.y_cuts) - 1


def find_grid(pixels: Rgba) -> Grid | None:
    """Find the grid that a picture shows, or None if it shows none (native pixel art, a photo).

    Args:
        pixels: (H, W, 4) uint8.
    """
    return find_grid_in(edge_profiles(pixels))


def find_grid_in(profiles: tuple[EdgeProfile, EdgeProfile]) -> Grid | None:
    """Find the grid in edge profiles along x and y, which may be sums over several pictures."""
    contrasts = [step_contrasts(profile) for profile in profiles]
    for candidate in step_candidates((contrasts[0] + contrasts[1]) / 2):
        steps = (candidate.step_px, candidate.step_px)
        if grid := _checked(profiles, contrasts, steps, square=True):
            return grid
    # Cells that are not square: each axis for itself.
    own = [step_candidates(one, most=1) for one in contrasts]
    if own[0] and own[1]:
        return _checked(profiles, contrasts, (own[0][0].step_px, own[1][0].step_px), square=False)
    return None


def cell_candidates(pixels: Rgba) -> list[StepCandidate]:
    """Sizes that one cell may have, the likeliest first, whether or not the picture passes as pixel art.

    Args:
        pixels: (H, W, 4) uint8.
    """
    x, y = (step_contrasts(profile) for profile in edge_profiles(pixels))
    return step_candidates((x + y) / 2)


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
    return grid_of_step(edge_profiles(pixels), cell_px)


def grid_of_step(profiles: tuple[EdgeProfile, EdgeProfile], cell_px: float) -> Grid:
    """`grid_of_cells` from edge profiles, which may be sums over several pictures."""
    x_cuts, y_cuts = (_cuts(profile, cell_px)[0] for profile in profiles)
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
    x_cuts, y_cuts = np.linspace(0, width_px, columns + 1), np.linspace(0, height_px, rows + 1)
    return Grid(x_cuts, y_cuts, width_px / columns, height_px / rows, 1.0)


def _checked(
    profiles: tuple[EdgeProfile, EdgeProfile],
    contrasts: list[np.ndarray],
    steps: tuple[float, float],
    *,
    square: bool,
) -> Grid | None:
    """The grid of these steps, unless an axis does not show it."""
    contrast = min(contrast_at(one, step) for one, step in zip(contrasts, steps, strict=True))
    tests = SMALL_CELL_TESTS if max(steps) < SMALL_CELL_PX else CELL_TESTS
    if contrast < min(least for least, _ in tests):
        return None
    tracked = [track_cuts(profile, step) for profile, step in zip(profiles, steps, strict=True)]
    concentration = min(
        _concentration(profile, cuts, step) for profile, cuts, step in zip(profiles, tracked, steps, strict=True)
    )
    if not any(contrast >= least and concentration >= enough for least, enough in tests):
        return None
    confidence = float(np.clip((contrast - 0.2) / 0.6, 0, 1) * np.clip((concentration - 0.5) / 0.4, 0, 1))
    exact = _joint_steps(profiles, tracked, steps) if square else steps
    placed = [_cuts(profile, step) for profile, step in zip(profiles, exact, strict=True)]
    return Grid(placed[0][0], placed[1][0], placed[0][1], placed[1][1], confidence)


def _joint_steps(
    profiles: tuple[EdgeProfile, EdgeProfile], tracked: list[np.ndarray], steps: tuple[float, float]
) -> tuple[float, float]:
    """Measure the step on the cuts that are seen: over both axes, unless they clearly differ."""
    seen = [seen_cuts(profile, step, cuts) for profile, step, cuts in zip(profiles, steps, tracked, strict=True)]
    joint, count = measured_step(seen)
    if count < 4:
        return steps
    own = [measured_step([one]) for one in seen]
    enough = min(cells for _, cells in own) >= _ENOUGH_CELLS
    if enough and abs(own[0][0] / own[1][0] - 1) > _SQUARE_TOLERANCE:
        return own[0][0], own[1][0]
    return joint, joint


def _cuts(profile: EdgeProfile, step_px: float) -> tuple[np.ndarray, float]:
    positions, _ = seen_cuts(profile, step_px, track_cuts(profile, step_px))
    return complete_cuts(positions, step_px, profile.length_px), step_px


def _concentration(profile: EdgeProfile, cuts: np.ndarray, step_px: float) -> float:
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
