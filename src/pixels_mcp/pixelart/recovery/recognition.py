"""What a picture is: native pixel art, cells that need reading, or no pixel art. Decided in this one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.recovery.figures import figure_grids
from pixels_mcp.pixelart.recovery.grid import Grid, grid_of_size
from pixels_mcp.pixelart.recovery.native import (
    PLAIN_MOST_PX,
    exact_block_px,
    has_soft_rim,
    is_barely_native,
    is_plain,
    is_small_drawing,
    looks_native,
)
from pixels_mcp.pixelart.recovery.search import find_grid
from pixels_mcp.pixelart.recovery.steps import StepCandidate

Kind = Literal["grid", "native", "none"]

_PLAIN_CONFIDENCE, _SURELY_CELLS = 0.5, 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Recognition:
    """What a picture is.

    Attributes:
        kind: `grid`: its cells are several pixels large; `native`: it is pixel art at its own size; `none`: it shows
            no cells (a photo, a painting, a vector drawing).
        grid: The grid of its cells; None for the other kinds.
        block_px: Side of a cell where the picture is an enlargement to the bit, else 1.
        confidence: 0 to 1, how sure that is.
        candidates: Sizes that one cell may have, the likeliest first, where they had to be looked for.
        many_colors: Native in size, but smooth: colours and alpha need cleaning.
    """

    kind: Kind
    grid: Grid | None = None
    block_px: int = 1
    confidence: float = 1.0
    candidates: tuple[StepCandidate, ...] = ()
    many_colors: bool = False


def recognize(pixels: Rgba, *, near_px: float | None = None, may_be_native: bool = True) -> Recognition:
    """Find out what a picture is.

    Args:
        pixels: (H, W, 4) uint8.
        near_px: About how large a cell is expected to be; counts where the picture leaves it open.
        may_be_native: False where a painted checkerboard was cut away: the ragged edge looks like one-pixel details.
    """
    block_px = exact_block_px(pixels)
    if block_px > 1:
        height_px, width_px = pixels.shape[:2]
        grid = grid_of_size(pixels, (width_px // block_px, height_px // block_px))
        return Recognition("grid", grid, block_px)
    looks_so = may_be_native and looks_native(pixels)
    if looks_so and not is_barely_native(pixels):
        return Recognition("native", many_colors=has_soft_rim(pixels) and is_small_drawing(pixels))
    search = find_grid(pixels, near_px=near_px)
    if looks_so and (search.grid is None or search.grid.confidence < _SURELY_CELLS):
        return Recognition("native", many_colors=has_soft_rim(pixels) and is_small_drawing(pixels))
    small = may_be_native and max(pixels.shape[:2]) <= PLAIN_MOST_PX
    grid = figure_grids(pixels, search.grid)
    if grid is not None and not (small and grid.confidence < _PLAIN_CONFIDENCE and is_plain(pixels)):
        return Recognition("grid", grid, 1, grid.confidence, search.candidates)
    if not may_be_native:
        return Recognition("none", candidates=search.candidates)
    if is_plain(pixels):
        return Recognition("native", confidence=_PLAIN_CONFIDENCE)
    if is_small_drawing(pixels):
        return Recognition("native", confidence=_PLAIN_CONFIDENCE, candidates=search.candidates, many_colors=True)
    return Recognition("none", candidates=search.candidates)
