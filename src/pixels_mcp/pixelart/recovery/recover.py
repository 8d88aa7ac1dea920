"""True pixel art from a picture that only looks like it: grid, colour per cell, palette, background."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from pixels_mcp.pixelart.colors.quantize import merge_colors
from pixels_mcp.pixelart.pictures import to_rgba
from pixels_mcp.pixelart.pixels import Rgba, harden_alpha, require_rgba
from pixels_mcp.pixelart.recovery.cells import read_cells
from pixels_mcp.pixelart.recovery.checkerboard import find_checkerboard
from pixels_mcp.pixelart.recovery.cutout import CutChoice, remove_background
from pixels_mcp.pixelart.recovery.figures import figure_grids, figures_note
from pixels_mcp.pixelart.recovery.grid import Grid, grid_of_cells, grid_of_size
from pixels_mcp.pixelart.recovery.merging import joined_cells
from pixels_mcp.pixelart.recovery.native import CLEANED_MOST_COLORS, looks_native
from pixels_mcp.pixelart.recovery.recognition import Kind, Recognition, recognize
from pixels_mcp.pixelart.recovery.steps import StepCandidate, other_sizes


@dataclass(frozen=True, slots=True, eq=False)
class Recovery:
    """What became of a picture.

    Attributes:
        pixels: (rows, columns, 4) uint8, one pixel per cell, alpha 0 or 255.
        kind: `grid`: a grid was found (or given) and read; `native`: the picture already was native pixel art and
            kept its pixels; `none`: the picture shows no grid (a photo, a painting) and kept its pixels.
        grid: The grid that was read, if any.
        confidence: 0 to 1, how sure the kind is.
        background_removed: A background was taken away.
        candidates: Other sizes that one cell may have, the likeliest first; empty where the size was given.
        cleaned: A small picture of many colours and soft alpha was brought to a small palette at its own size.
        notes: What a person should know of the background and of a sheet's figures, a sentence each.
    """

    pixels: Rgba
    kind: Kind
    grid: Grid | None
    confidence: float
    background_removed: bool
    candidates: tuple[StepCandidate, ...] = ()
    cleaned: bool = False
    notes: tuple[str, ...] = ()


def recover(
    pixels: Rgba,
    *,
    cell_px: float | None = None,
    size_px: tuple[int, int] | None = None,
    near_px: float | None = None,
    choice: CutChoice | None = None,
) -> Recovery:
    """Recover the pixel art that a picture shows.

    Args:
        pixels: (H, W, 4) uint8.
        cell_px: Side of a cell, where it is known; the cuts are still laid where the edges are.
        size_px: (columns, rows), where they are known; an even grid.
        near_px: About how large a cell should be; counts only where the picture leaves it open.
        choice: What shall become of the background; by default the picture decides.

    Raises:
        PixelShapeError: `pixels` is not (H, W, 4) uint8.
        PictureSizeError: `cell_px` or `size_px` does not fit the picture.
    """
    require_rgba(pixels)
    choice = choice or CutChoice()
    board = find_checkerboard(pixels)
    searched = pixels if board is None else board.cleared(pixels)
    if size_px is not None:
        known = Recognition("grid", grid_of_size(searched, size_px))
    elif cell_px is not None:
        known = Recognition("grid", figure_grids(searched, grid_of_cells(searched, cell_px), cell_px=cell_px))
    else:
        known = recognize(searched, near_px=near_px, may_be_native=board is None or looks_native(pixels))
    kept_board = board is not None and choice.ground == "keep"
    art, shades = _art(pixels if kept_board else searched, known)
    removed, notes = board is not None and not kept_board, () if board is None else (board.note(kept=kept_board),)
    if board is None and known.kind != "none":
        cut = remove_background(art, choice, shades=shades)
        art, removed, notes = cut.pixels, cut.removed, cut.notes
    if known.grid is not None and known.grid.patches:
        notes = (figures_note(known.grid), *notes)
    others = known.candidates if known.grid is None else other_sizes(known.candidates, known.grid.cell_width_px)
    return Recovery(art, known.kind, known.grid, known.confidence, removed, others, known.many_colors, notes)


def _art(pixels: Rgba, known: Recognition) -> tuple[Rgba, np.ndarray | None]:
    """One pixel per cell, alpha 0 or 255; and the colours before they were merged, where they were."""
    if known.grid is not None and known.block_px == 1:
        cells = read_cells(pixels, known.grid)
        return joined_cells([cells])[0], cells.rgb
    hard = harden_alpha(pixels[:: known.block_px, :: known.block_px])
    return merge_colors(hard, max_colors=CLEANED_MOST_COLORS) if known.many_colors else hard, None


def recover_image(image: Image.Image) -> Image.Image:
    """Recover the pixel art of a Pillow picture: RGBA, one pixel per cell, a plain background removed."""
    return Image.fromarray(recover(to_rgba(image)).pixels)
