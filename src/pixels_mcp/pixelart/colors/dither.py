"""Colours of a palette with a pattern that mixes them for the eye."""

from __future__ import annotations

from typing import get_args

import numpy as np
from scipy.spatial import KDTree

from pixels_mcp.errors import PaletteError
from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.colors.palettes import Palette
from pixels_mcp.pixelart.colors.quantize import snap_to_palette
from pixels_mcp.pixelart.pixels import Rgba, require_rgba
from pixels_mcp.set_words import Dither

DITHERS: tuple[Dither, ...] = get_args(Dither)


def dither_to_palette(pixels: Rgba, palette: Palette, dither: Dither = "none") -> Rgba:
    """Give every pixel a palette colour, mixing two where one alone is off (in OKLab).

    Args:
        pixels: (H, W, 4) uint8; pixels with alpha 0 are not looked at.
        palette: 2 to 256 colours.
        dither: `none` (the nearest), an ordered pattern (`bayer2`, `bayer4`, `bayer8`), or `floyd-steinberg`.

    Returns:
        A new (H, W, 4) uint8 array; alpha is unchanged.

    Raises:
        PaletteError: `dither` is none of these.
        PixelShapeError: `pixels` is not (H, W, 4) uint8.

    Source: B. Bayer, 1973; R. Floyd and L. Steinberg, 1976.
    """
    require_rgba(pixels)
    if dither == "none":
        return snap_to_palette(pixels, palette)
    if dither not in DITHERS:
        raise PaletteError(f"no dithering is called '{dither}'", hint=f"use one of {', '.join(DITHERS)}")
    if dither == "floyd-steinberg":
        return _diffuse(pixels, palette)
    return _ordered(pixels, palette, int(dither.removeprefix("bayer")))


def bayer_matrix(size: int) -> np.ndarray:
    """(size, size) float thresholds, each of 0 to 1 (exclusive) once; size 2, 4 or 8."""
    matrix = np.zeros((1, 1))
    while len(matrix) < size:
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    return (matrix + 0.5) / size**2


def _ordered(pixels: Rgba, palette: Palette, size: int) -> Rgba:
    """Mix the nearest colour with the one on the other side of the wished colour, as much as it takes."""
    lab = oklab(palette.colors).astype(np.float64)
    tree = KDTree(lab)
    wished = oklab(pixels[..., :3]).astype(np.float64)
    nearest = np.asarray(tree.query(wished)[1])
    beyond = np.asarray(tree.query(2 * wished - lab[nearest])[1])
    way = lab[beyond] - lab[nearest]
    length = (way**2).sum(axis=-1)
    share = ((wished - lab[nearest]) * way).sum(axis=-1) / np.maximum(length, 1e-9)
    height_px, width_px = pixels.shape[:2]
    thresholds = np.tile(bayer_matrix(size), (-(-height_px // size), -(-width_px // size)))
    mixed = share > thresholds[:height_px, :width_px]
    return _with_palette(pixels, palette, np.where(mixed, beyond, nearest))


def _diffuse(pixels: Rgba, palette: Palette) -> Rgba:
    lab = oklab(palette.colors).astype(np.float64)
    wished = oklab(pixels[..., :3]).astype(np.float64)
    visible = pixels[..., 3] > 0
    height_px, width_px = visible.shape
    chosen = np.zeros((height_px, width_px), dtype=np.int64)
    for y in range(height_px):
        for x in np.flatnonzero(visible[y]):
            distance = ((lab - wished[y, x]) ** 2).sum(axis=1)
            best = int(distance.argmin())
            chosen[y, x] = best
            left_over = wished[y, x] - lab[best]
            for dx, dy, share in ((1, 0, 7 / 16), (-1, 1, 3 / 16), (0, 1, 5 / 16), (1, 1, 1 / 16)):
                if 0 <= x + dx < width_px and y + dy < height_px:
                    wished[y + dy, x + dx] += left_over * share
    return _with_palette(pixels, palette, chosen)


def _with_palette(pixels: Rgba, palette: Palette, index: np.ndarray) -> Rgba:
    dithered = pixels.copy()
    visible = pixels[..., 3] > 0
    dithered[visible, :3] = palette.colors[index][visible]
    return dithered
