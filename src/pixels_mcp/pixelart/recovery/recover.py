"""True pixel art from a picture that only looks like it: grid, colour per cell, palette, background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PIL import Image

from pixels_mcp.pixelart.pictures import to_rgba
from pixels_mcp.pixelart.pixels import Rgba, harden_alpha, require_rgba
from pixels_mcp.pixelart.recovery.cells import read_cells
from pixels_mcp.pixelart.recovery.cutout import remove_background
from pixels_mcp.pixelart.recovery.grid import Grid, find_grid, grid_of_cells, grid_of_size
from pixels_mcp.pixelart.recovery.merging import joined_cells
from pixels_mcp.pixelart.recovery.native import exact_block_px, is_plain, looks_native

Kind = Literal["grid", "native", "none"]


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
    """

    pixels: Rgba
    kind: Kind
    grid: Grid | None
    confidence: float
    background_removed: bool


def recover(
    pixels: Rgba,
    *,
    cell_px: float | None = None,
    size_px: tuple[int, int] | None = None,
    keep_background: bool = False,
) -> Recovery:
    """Recover the pixel art that a picture shows.

    Args:
        pixels: (H, W, 4) uint8.
        cell_px: Side of a cell, where it is known; the cuts are still laid where the edges are.
        size_px: (columns, rows), where they are known; an even grid.
        keep_background: Leave a plain background in.

    Raises:
        PixelShapeError: `pixels` is not (H, W, 4) uint8.
        PictureSizeError: `cell_px` or `size_px` does not fit the picture.
    """
    require_rgba(pixels)
    if size_px is not None:
        grid = grid_of_size(pixels, size_px)
    elif cell_px is not None:
        grid = grid_of_cells(pixels, cell_px)
    else:
        return _recover_unknown(pixels, keep_background)
    return _finished(joined_cells([read_cells(pixels, grid)])[0], "grid", grid, 1.0, keep_background)


def _recover_unknown(pixels: Rgba, keep_background: bool) -> Recovery:
    block_px = exact_block_px(pixels)
    if block_px > 1:
        native = pixels[::block_px, ::block_px]
        grid = grid_of_size(pixels, native.shape[1::-1])
        return _finished(native, "grid", grid, 1.0, keep_background)
    if looks_native(pixels):
        return _finished(pixels, "native", None, 1.0, keep_background)
    grid = find_grid(pixels)
    if grid is None:
        plain = is_plain(pixels)
        return _finished(pixels, "native" if plain else "none", None, 0.5 if plain else 1.0, keep_background)
    native = joined_cells([read_cells(pixels, grid)])[0]
    return _finished(native, "grid", grid, grid.confidence, keep_background)


def _finished(pixels: Rgba, kind: Kind, grid: Grid | None, confidence: float, keep_background: bool) -> Recovery:
    hard = harden_alpha(pixels)
    removed = False
    if not keep_background and kind != "none":
        hard, removed = remove_background(hard)
    return Recovery(hard, kind, grid, confidence, removed)


def recover_image(image: Image.Image) -> Image.Image:
    """Recover the pixel art of a Pillow picture: RGBA, one pixel per cell, a plain background removed."""
    return Image.fromarray(recover(to_rgba(image)).pixels)
