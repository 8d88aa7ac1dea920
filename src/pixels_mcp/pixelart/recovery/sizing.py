"""From a recovered picture to the size that was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from pixels_mcp.pixelart.drawing.canvas import place, trim
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.quality import bounding_box
from pixels_mcp.pixelart.recovery.cutout import CutChoice
from pixels_mcp.pixelart.recovery.recover import Recovery, recover
from pixels_mcp.pixelart.recovery.resample import fit_cells, fitting_size
from pixels_mcp.set_words import Anchor


@dataclass(frozen=True, slots=True, eq=False)
class Sized:
    """A picture at its final size.

    Attributes:
        pixels: (H, W, 4) uint8.
        padded: It stands on a larger canvas, cell by cell.
        resampled: Its cells were brought to another size.
        background_removed: A background was taken away.
    """

    pixels: Rgba
    padded: bool
    resampled: bool
    background_removed: bool


def expected_cell_px(source: Rgba, size_px: tuple[int, int]) -> float:
    """About how large a cell is if a picture holds a drawing of this (width, height)."""
    height_px, width_px = source.shape[:2]
    return max(width_px / size_px[0], height_px / size_px[1])


def bring_to_size(
    source: Rgba, recovery: Recovery, size_px: tuple[int, int], *, choice: CutChoice, anchor: Anchor
) -> Sized:
    """Bring a recovered picture to a size, by moving it where that is enough and by resampling it once otherwise.

    Args:
        source: (H, W, 4) uint8, the picture that was recovered.
        found: What was recovered from it.
        size_px: (width, height) of the result.
        choice: What became of the background. Where it may go, the drawing alone counts (a sprite); where it is kept,
            the whole picture fills the size (a tile).
        anchor: Where the drawing stands on the canvas.

    Raises:
        PictureSizeError: A picture without a grid is smaller than `size_px`.
    """
    cells, removed = recovery.pixels, recovery.background_removed
    cut_out = choice.ground != "keep"
    if recovery.kind == "none":
        return _from_render(source, size_px, choice=choice, anchor=anchor)
    if cells.shape[1::-1] == size_px and (anchor == "keep" or not cut_out):
        return Sized(cells, False, False, removed)
    if not cut_out:
        return Sized(fit_cells(cells, size_px, keep_shape=False), False, True, removed)
    _, _, width, height = bounding_box(cells[..., 3] > 0)
    if width <= size_px[0] and height <= size_px[1]:
        padded = size_px[0] > cells.shape[1] or size_px[1] > cells.shape[0]
        return Sized(place(cells, size_px, anchor), padded, False, removed)
    fitted = fit_cells(trim(cells), size_px, keep_shape=True)
    return Sized(place(fitted, size_px, anchor), False, True, removed)


def _from_render(source: Rgba, size_px: tuple[int, int], *, choice: CutChoice, anchor: Anchor) -> Sized:
    """A picture without a grid, read with an even one of the asked size."""
    cut_out = choice.ground != "keep"
    inner = fitting_size(source.shape[1::-1], size_px) if cut_out else size_px
    read = recover(source, size_px=inner, choice=choice)
    pixels = place(read.pixels, size_px, anchor) if cut_out else read.pixels
    return Sized(pixels, inner != size_px, True, read.background_removed)
