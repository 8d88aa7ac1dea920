"""True pixel art from a picture that only looks like it: grid, colour per cell, palette, background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from pixels_mcp.pixelart.pictures import to_rgba
from pixels_mcp.pixelart.pixels import Rgba, harden_alpha, require_rgba
from pixels_mcp.pixelart.recovery.cells import read_cells
from pixels_mcp.pixelart.recovery.cutout import CutChoice, remove_background
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
        notes: What a person should know of it, a sentence each.
    """

    pixels: Rgba
    kind: Kind
    grid: Grid | None
    confidence: float
    background_removed: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """What was read before the background was looked at; `shades` are (rows, columns, 3) colours before merging."""

    pixels: Rgba
    kind: Kind
    grid: Grid | None
    confidence: float
    shades: np.ndarray | None = None


def recover(
    pixels: Rgba,
    *,
    cell_px: float | None = None,
    size_px: tuple[int, int] | None = None,
    choice: CutChoice | None = None,
) -> Recovery:
    """Recover the pixel art that a picture shows.

    Args:
        pixels: (H, W, 4) uint8.
        cell_px: Side of a cell, where it is known; the cuts are still laid where the edges are.
        size_px: (columns, rows), where they are known; an even grid.
        choice: What shall become of the background; by default the picture decides.

    Raises:
        PixelShapeError: `pixels` is not (H, W, 4) uint8.
        PictureSizeError: `cell_px` or `size_px` does not fit the picture.
    """
    require_rgba(pixels)
    if size_px is not None:
        read = _read(pixels, grid_of_size(pixels, size_px), 1.0)
    elif cell_px is not None:
        read = _read(pixels, grid_of_cells(pixels, cell_px), 1.0)
    else:
        read = _read_unknown(pixels)
    return _cut(read, choice)


def _read_unknown(pixels: Rgba) -> _Read:
    block_px = exact_block_px(pixels)
    if block_px > 1:
        native = pixels[::block_px, ::block_px]
        return _Read(native, "grid", grid_of_size(pixels, native.shape[1::-1]), 1.0)
    if looks_native(pixels):
        return _Read(pixels, "native", None, 1.0)
    grid = find_grid(pixels)
    if grid is None:
        plain = is_plain(pixels)
        return _Read(pixels, "native" if plain else "none", None, 0.5 if plain else 1.0)
    return _read(pixels, grid, grid.confidence)


def _read(pixels: Rgba, grid: Grid, confidence: float) -> _Read:
    cells = read_cells(pixels, grid)
    return _Read(joined_cells([cells])[0], "grid", grid, confidence, cells.rgb)


def _cut(read: _Read, choice: CutChoice | None) -> Recovery:
    hard = harden_alpha(read.pixels)
    if read.kind == "none":
        return Recovery(hard, read.kind, read.grid, read.confidence, False)
    cut = remove_background(hard, choice, shades=read.shades)
    return Recovery(cut.pixels, read.kind, read.grid, read.confidence, cut.removed, cut.notes)


def recover_image(image: Image.Image) -> Image.Image:
    """Recover the pixel art of a Pillow picture: RGBA, one pixel per cell, a plain background removed."""
    return Image.fromarray(recover(to_rgba(image)).pixels)
