"""True pixel art from a picture that only looks like it: grid, colour per cell, palette, background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from pixels_mcp.pixelart.colors.color import float_oklab
from pixels_mcp.pixelart.colors.quantize import merge_points
from pixels_mcp.pixelart.pictures import to_rgba
from pixels_mcp.pixelart.pixels import Rgba, harden_alpha, require_rgba
from pixels_mcp.pixelart.recovery.cells import Cells, read_cells
from pixels_mcp.pixelart.recovery.cutout import remove_background
from pixels_mcp.pixelart.recovery.grid import Grid, find_grid, grid_of_cells, grid_of_size
from pixels_mcp.pixelart.recovery.illumination import tint_surface
from pixels_mcp.pixelart.recovery.native import exact_block_px, is_plain, looks_native

_MERGE_AT_NOISE = ((0.05, 0.25, 0.8, 2.0), (0.004, 0.016, 0.03, 0.032))
"""Noise inside cells (levels), and the OKLab distance under which colours merge at it."""

_SPREAD_PER_ERROR, _FINER, _FINEST_NOISY_MERGE = 2.0, 0.75, 0.018
"""How much more than a cell's error colours may differ inside a group, and how much finer is tried where they do."""

_FIELD_NOISE = 0.5
"""Noise in levels from which a tint over the picture is looked for; a clean picture has none."""

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


def joined_cells(pictures: list[Cells]) -> list[Rgba]:
    """Give the cells of one or several pictures one palette: colours that were meant to be one become one.

    How near colours must be to merge follows from the noise that was seen inside the cells: a clean picture keeps
    every colour to the bit.

    Returns:
        One (rows, columns, 4) uint8 array per picture, alpha 0 or 255.
    """
    noise = float(np.median([cells.noise for cells in pictures]))
    error = float(np.median([cells.error for cells in pictures]))
    tolerance = float(np.interp(noise, *_MERGE_AT_NOISE))
    colors = [cells.rgb.astype(np.float64) for cells in pictures]
    groups = _group(colors, pictures, tolerance)
    if noise >= _FIELD_NOISE:
        for _ in range(2):
            colors, groups = _without_tint(pictures, groups, tolerance)
    # Colours that differ more inside their group than a cell is wrong by were not one: a floor of close shades.
    while tolerance > _FINEST_NOISY_MERGE and _spread(pictures, colors, groups) > _SPREAD_PER_ERROR * error:
        tolerance *= _FINER
        groups = _group(colors, pictures, tolerance)
    flat = np.concatenate([group[group >= 0] for group in groups])
    every = np.concatenate([color[group >= 0] for color, group in zip(colors, groups, strict=True)])
    if flat.size == 0:
        return [np.zeros((*group.shape, 4), dtype=np.uint8) for group in groups]
    count = np.bincount(flat)
    mean = np.stack([np.bincount(flat, every[:, k]) / count for k in range(3)], axis=1)
    palette = np.clip(np.rint(mean), 0, 255).astype(np.uint8)
    joined = []
    for group in groups:
        picture = np.zeros((*group.shape, 4), dtype=np.uint8)
        picture[group >= 0, :3] = palette[group[group >= 0]]
        picture[group >= 0, 3] = 255
        joined.append(picture)
    return joined


def _without_tint(
    pictures: list[Cells], groups: list[np.ndarray], tolerance: float
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The colours less the tint that the groups show, and the groups of those."""
    tints = [tint_surface(cells.rgb, group) for cells, group in zip(pictures, groups, strict=True)]
    colors = [cells.rgb / tint for cells, tint in zip(pictures, tints, strict=True)]
    return colors, _group(colors, pictures, tolerance)


def _spread(pictures: list[Cells], colors: list[np.ndarray], groups: list[np.ndarray]) -> float:
    """Typical OKLab distance of a busy cell from the mean of its group, of groups of more than one."""
    group = np.concatenate([one[one >= 0] for one in groups])
    if group.size == 0:
        return 0.0
    lab = float_oklab(np.concatenate([color[one >= 0] for color, one in zip(colors, groups, strict=True)]))
    count = np.bincount(group)
    mean = np.stack([np.bincount(group, axis) / count for axis in lab.T], axis=1)
    busy = np.concatenate([cells.busy[one >= 0] for cells, one in zip(pictures, groups, strict=True)])
    distance = np.linalg.norm(lab - mean[group], axis=1)[busy & (count[group] > 1)]
    return float(np.median(distance)) if distance.size else 0.0


def _group(colors: list[np.ndarray], pictures: list[Cells], tolerance: float) -> list[np.ndarray]:
    """The colour group of every opaque cell, -1 elsewhere, numbered over all pictures."""
    points = np.concatenate([color[cells.opaque] for color, cells in zip(colors, pictures, strict=True)])
    found = np.zeros(0, dtype=int)
    if len(points):
        found = merge_points(float_oklab(points), np.ones(len(points)), tolerance=tolerance)
    groups, start = [], 0
    for cells in pictures:
        group = np.full(cells.opaque.shape, -1)
        count = int(cells.opaque.sum())
        group[cells.opaque] = found[start : start + count]
        start += count
        groups.append(group)
    return groups


def _finished(pixels: Rgba, kind: Kind, grid: Grid | None, confidence: float, keep_background: bool) -> Recovery:
    hard = harden_alpha(pixels)
    removed = False
    if not keep_background and kind != "none":
        hard, removed = remove_background(hard)
    return Recovery(hard, kind, grid, confidence, removed)


def recover_image(image: Image.Image) -> Image.Image:
    """Recover the pixel art of a Pillow picture: RGBA, one pixel per cell, a plain background removed."""
    return Image.fromarray(recover(to_rgba(image)).pixels)
