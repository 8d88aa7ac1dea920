"""The figures of a sheet: where they stand, and a grid for each where no one lattice fits them all.

Generators draw every figure of a sheet for itself: the cells are of one size, give or take a little, but each figure
begins at a place of its own. One lattice for the sheet cuts most of them beside their edges.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import ndimage

from pixels_mcp.pixelart.drawing.cleanup import islands_of
from pixels_mcp.pixelart.pixels import OPAQUE_FROM, Rgba
from pixels_mcp.pixelart.recovery.edges import EdgeProfile, edge_profiles
from pixels_mcp.pixelart.recovery.grid import Grid, Patch, concentration, grid_of_step, lay_grid
from pixels_mcp.pixelart.recovery.ground import border_of
from pixels_mcp.pixelart.recovery.search import UNSURE, find_grid_in
from pixels_mcp.pixelart.recovery.strokes import strokes_of

_BLOCKS_ACROSS = 160
"""The ground is looked at in so many blocks along the longer side."""

_GROUND_LEVELS = 48
"""Difference from the ground (sum over the channels) up to which a pixel is ground."""

_PLAIN_BORDER = 0.9
_LEAST_SHARE, _MOST_SHARE = 0.2, 0.7
"""Side of a figure against that of the largest, and the share of the picture that all figures fill at most."""

_MOST_FIGURES, _LEAST_CELLS = 64, 8
_OWN_STEP, _MOST_OF_THEM = 0.08, 0.5
"""How far the cells of one figure may be from those of the sheet, and the share of figures that must agree on them."""

_USUAL_CELL_PX = 12

_FITS, _FIGURES_ASKED = 0.9, 8
"""Confidence of the one lattice from which nothing else is looked for, and how many figures are asked at most."""

_BETTER = 0.08
"""How much more edge energy lies at the cuts when every figure has its own, so that they are worth it."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a picture in pixels, the ends not included."""

    left: int
    top: int
    right: int
    bottom: int

    def crop(self, pixels: Rgba) -> Rgba:
        """The pixels inside."""
        return pixels[self.top : self.bottom, self.left : self.right]

    def grown(self, by_px: int, within: Rgba) -> Box:
        """A box with a rim around it, as far as the picture reaches."""
        height_px, width_px = within.shape[:2]
        return Box(
            max(0, self.left - by_px),
            max(0, self.top - by_px),
            min(width_px, self.right + by_px),
            min(height_px, self.bottom + by_px),
        )


def find_figures(pixels: Rgba) -> list[Box]:
    """The figures of a sheet: what stands free on a plain or transparent ground, two or more of a size.

    Args:
        pixels: (H, W, 4) uint8.

    Returns:
        A box for each, a block of ground around it included; empty where the picture is no sheet.
    """
    block_px = max(2, max(pixels.shape[:2]) // _BLOCKS_ACROSS // 4 * 4)
    taken = _blocks_taken(pixels, block_px)
    if taken is None:
        return []
    # A block of ground between two parts does not part a figure.
    labels = islands_of(ndimage.binary_dilation(taken, np.ones((3, 3), dtype=bool)))
    if not labels.any():
        return []
    height_px, width_px = pixels.shape[:2]
    parts = ndimage.find_objects(labels)
    boxes = [Box(x.start * block_px, y.start * block_px, x.stop * block_px, y.stop * block_px) for y, x in parts]
    boxes = [box.grown(0, pixels) for box in boxes]
    sides = np.array([[box.right - box.left, box.bottom - box.top] for box in boxes])
    large = sides.max(axis=1) >= _LEAST_SHARE * sides.max()
    boxes = [box for box, one in zip(boxes, large, strict=True) if one]
    filled = sum((box.right - box.left) * (box.bottom - box.top) for box in boxes)
    if not 2 <= len(boxes) <= _MOST_FIGURES or filled > _MOST_SHARE * height_px * width_px or _overlap(boxes):
        return []
    return boxes


def figure_grids(pixels: Rgba, whole: Grid | None, *, cell_px: float | None = None) -> Grid | None:
    """Give every figure of a sheet cuts of its own, where that fits their edges clearly better.

    Args:
        pixels: (H, W, 4) uint8.
        whole: The one lattice that was laid over all of it, if any.
        cell_px: Side of a cell, where it is known.

    Returns:
        A grid with a patch for each figure, all of nearly one cell size; `whole` itself where the picture is no
        sheet or one lattice fits.
    """
    if whole is not None and cell_px is None and whole.confidence >= _FITS:
        return whole
    # About a cell of ground around a figure, so that its outermost cells are whole.
    rim_px = math.ceil(_USUAL_CELL_PX if whole is None else whole.cell_width_px)
    boxes = [box.grown(rim_px, pixels) for box in find_figures(pixels)]
    if not boxes or _overlap(boxes):
        return whole
    figures = [_Figure(box, edge_profiles(box.crop(pixels))) for box in boxes]
    agreed = None if cell_px is not None else _agreed(pixels, figures)
    if agreed is not None and (whole is None or (not _is_near(whole, agreed) and whole.confidence < agreed.confidence)):
        return _patched(pixels, figures, agreed) or whole
    if whole is None or whole.is_oblong:
        return whole
    cells = _Cells(whole.cell_width_px, whole.confidence, given=cell_px is not None)
    return _patched(pixels, figures, cells, whole) or whole


def figures_note(grid: Grid) -> str:
    """What a person should know of a sheet whose figures have cuts of their own."""
    cells_px = sorted(float(np.diff(patch.x_cuts)[1:-1].mean()) for patch in grid.patches)
    return (
        f"No one grid fits the whole picture: its {len(grid.patches)} figures were cut each by itself "
        f"(cells of {cells_px[0]:.3g} to {cells_px[-1]:.3g} px)."
    )


def _blocks_taken(pixels: Rgba, block_px: int) -> np.ndarray | None:
    """(rows, columns) bool: blocks that hold more than ground; None where the border is not plain."""
    border = border_of(pixels)
    few_px = max(1, block_px // 4)
    pixels = pixels[::few_px, ::few_px]
    opaque = pixels[..., 3] >= OPAQUE_FROM
    solid = border[..., 3] >= OPAQUE_FROM
    if solid.mean() <= 1 - _PLAIN_BORDER:
        drawn = opaque
    else:
        color = np.median(border[solid, :3], axis=0).astype(np.int16)
        plain = np.abs(border[..., :3].astype(np.int16) - color).sum(axis=1) <= _GROUND_LEVELS
        if (plain & solid).mean() < _PLAIN_BORDER:
            return None
        drawn = opaque & (np.abs(pixels[..., :3].astype(np.int16) - color).sum(axis=2) > _GROUND_LEVELS)
    rows, columns = (np.arange(0, int(side), block_px // few_px) for side in drawn.shape)
    return np.maximum.reduceat(np.maximum.reduceat(drawn, rows, axis=0), columns, axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class _Figure:
    """A figure: where it stands, and its changes along x and y."""

    box: Box
    profiles: tuple[EdgeProfile, EdgeProfile]

    @property
    def energy(self) -> float:
        return float(sum(profile.energy.sum() for profile in self.profiles))


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of all figures: their side, how sure it is, and whether a person gave it."""

    side_px: float
    confidence: float
    given: bool = False


def _agreed(pixels: Rgba, figures: Sequence[_Figure]) -> _Cells | None:
    """The cells that most figures show plainly, each looked at by itself; None where they do not agree."""
    figures = figures[:: -(-len(figures) // _FIGURES_ASKED)]
    seen = [find_grid_in(one.profiles, partial(strokes_of, one.box.crop(pixels))).grid for one in figures]
    sure = [grid for grid in seen if grid is not None and grid.confidence >= UNSURE and not grid.is_oblong]
    fewest = max(2, _MOST_OF_THEM * len(figures))
    if len(sure) < fewest:
        return None
    side_px = float(np.median([grid.cell_width_px for grid in sure]))
    near = [grid.confidence for grid in sure if abs(grid.cell_width_px / side_px - 1) <= _OWN_STEP]
    return _Cells(side_px, float(np.mean(near))) if len(near) >= fewest else None


def _is_near(grid: Grid, cells: _Cells) -> bool:
    return not grid.is_oblong and abs(grid.cell_width_px / cells.side_px - 1) <= _OWN_STEP


def _patched(pixels: Rgba, figures: Sequence[_Figure], cells: _Cells, whole: Grid | None = None) -> Grid | None:
    """A grid with a patch for each figure; None where they find no room or are not better than the whole lattice."""
    if cells.given:
        grids = [grid_of_step(one.profiles, cells.side_px) for one in figures]
    else:
        grids = [_own_grid(one.profiles, cells.side_px) for one in figures]
    if whole is not None and not _are_better(grids, figures, whole):
        return None
    side_px = cells.side_px if cells.given else float(np.median([grid.cell_width_px for grid in grids]))
    base = grid_of_step(edge_profiles(pixels), side_px)
    patches = [_placed(grid, one.box, base) for grid, one in zip(grids, figures, strict=True)]
    if _collide(patches, base):
        return None
    return Grid(base.x_cuts, base.y_cuts, side_px, side_px, cells.confidence, tuple(patches))


def _are_better(grids: Sequence[Grid], figures: Sequence[_Figure], whole: Grid) -> bool:
    """Whether the edges of the figures lie clearly better at their own cuts than at those of the whole."""
    apart = [
        _at_cuts(one.profiles, (grid.x_cuts, grid.y_cuts), whole.cell_width_px)
        for one, grid in zip(figures, grids, strict=True)
    ]
    shared = [_at_cuts(one.profiles, _inside(whole, one.box), whole.cell_width_px) for one in figures]
    weights = [one.energy for one in figures]
    return bool(np.average(apart, weights=weights) >= np.average(shared, weights=weights) + _BETTER)


def _own_grid(profiles: tuple[EdgeProfile, EdgeProfile], cell_px: float) -> Grid:
    """A figure's grid, in cells of its own size where those are near enough."""
    own = lay_grid(profiles, (cell_px, cell_px), 1.0)
    near = max(own.cell_width_px, own.cell_height_px) <= cell_px * (1 + _OWN_STEP)
    near &= min(own.cell_width_px, own.cell_height_px) >= cell_px * (1 - _OWN_STEP)
    return own if near and min(own.size_cells) >= _LEAST_CELLS else grid_of_step(profiles, cell_px)


def _at_cuts(profiles: tuple[EdgeProfile, EdgeProfile], cuts: tuple[np.ndarray, np.ndarray], cell_px: float) -> float:
    return float(np.mean([concentration(one, at, cell_px) for one, at in zip(profiles, cuts, strict=True)]))


def _inside(grid: Grid, box: Box) -> tuple[np.ndarray, np.ndarray]:
    """The cuts of a grid that cross a box, from the box's corner."""
    x_cuts = grid.x_cuts[(grid.x_cuts >= box.left) & (grid.x_cuts <= box.right)] - box.left
    y_cuts = grid.y_cuts[(grid.y_cuts >= box.top) & (grid.y_cuts <= box.bottom)] - box.top
    return x_cuts, y_cuts


def _placed(grid: Grid, box: Box, base: Grid) -> Patch:
    """A figure's grid as a patch of the sheet's cells, its middle where it was."""
    x_cuts, y_cuts = grid.x_cuts + box.left, grid.y_cuts + box.top
    column, row = (
        round(float(np.interp(float(cuts[0] + cuts[-1]) / 2, of, np.arange(len(of)))) - (len(cuts) - 1) / 2)
        for cuts, of in ((x_cuts, base.x_cuts), (y_cuts, base.y_cuts))
    )
    columns, rows = base.size_cells
    column = max(0, min(column, columns - grid.size_cells[0]))
    row = max(0, min(row, rows - grid.size_cells[1]))
    return Patch(column, row, x_cuts, y_cuts)


def _overlap(boxes: Sequence[Box]) -> bool:
    return any(
        one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom
        for at, one in enumerate(boxes)
        for other in boxes[:at]
    )


def _collide(patches: Sequence[Patch], base: Grid) -> bool:
    """Whether two patches overlap or one is larger than the sheet."""
    columns, rows = base.size_cells
    boxes = [
        Box(one.column, one.row, one.column + len(one.x_cuts) - 1, one.row + len(one.y_cuts) - 1) for one in patches
    ]
    return _overlap(boxes) or any(box.right > columns or box.bottom > rows for box in boxes)
