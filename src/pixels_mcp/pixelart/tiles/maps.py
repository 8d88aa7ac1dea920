"""Maps laid from the tiles of a set, and the same maps worked out whole: both must be equal to the pixel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.tiles.borders import paint
from pixels_mcp.pixelart.tiles.codes import EDGE_BITS, Codes, Terrain, blob_codes, corner_codes, edge_codes, reduce_blob
from pixels_mcp.pixelart.tiles.fields import Field
from pixels_mcp.pixelart.tiles.tileset import (
    OUTSIDE,
    TileKey,
    Tileset,
    TilesetDesign,
    paint_cells,
    textures_of,
    tile_field,
    with_band_repeated,
)
from pixels_mcp.set_words import TileKind

_FILL: Mapping[TileKind, float] = {"corner": 0.5, "edge": 0.0, "blob": 0.5, "wall": 0.45, "single": 1.0}
"""Share of a random map that is the upper terrain."""


@dataclass(frozen=True, eq=False)
class TileMap:
    """Which tile lies where, on a map that goes on at its other end.

    Attributes:
        terrain: (rows, columns) bool; for kind `corner` the terrain of the corner points, else of the cells.
        codes: (rows, columns) code of each tile.
        variants: (rows, columns) variant of each.
    """

    terrain: Terrain
    codes: Codes
    variants: NDArray[np.int64]


def random_terrain(kind: TileKind, columns: int, rows: int, seed: int) -> Terrain:
    """A terrain worth looking at: lakes and land, winding paths, rooms.

    Returns:
        (rows, columns) bool on a torus.
    """
    random = np.random.default_rng(seed)
    if kind == "edge":
        return _walks(columns, rows, random)
    rough = random.standard_normal((rows, columns))
    smooth = ndimage.gaussian_filter(rough, 1.1 if kind != "wall" else 0.7, mode="wrap")
    return smooth > np.quantile(smooth, 1 - _FILL[kind]) if _FILL[kind] < 1 else np.ones((rows, columns), np.bool_)


def lay(tileset: Tileset, terrain: Terrain, seed: int = 0) -> TileMap:
    """Choose a tile for every place of a terrain that goes on at its other end; variants by weight."""
    codes = _codes(tileset.kind, terrain)
    variants = np.zeros_like(codes)
    random = np.random.default_rng(seed)
    for code in np.unique(codes):
        choices = tileset.variants_of(int(code))
        weight = np.array([tileset.weight_of((int(code), variant)) for variant in choices], dtype=np.float64)
        there = codes == code
        variants[there] = random.choice(choices, size=int(there.sum()), p=weight / weight.sum())
    return TileMap(terrain, codes, variants)


def compose(tileset: Tileset, laid: TileMap) -> Rgba:
    """Put a map together from tiles: (rows * tile_px, columns * tile_px, 4)."""
    return _mosaic(laid, tileset.tile_px, lambda key: tileset.tiles[key])


def draw_whole(design: TilesetDesign, laid: TileMap, fields: dict[TileKey, Field] | None = None) -> Rgba:
    """Work out the same map at once, without tiles.

    Args:
        design: What the set is made from.
        laid: The map.
        fields: The field of each tile that was worked out for other maps of the set; gets those of this one.
    """
    upper = _mosaic(laid, design.tile_px, lambda key: textures_of(design, key)[0])
    lower = _mosaic(laid, design.tile_px, lambda key: textures_of(design, key)[1])
    if design.kind == "single":
        return upper
    if design.kind in ("blob", "wall"):
        return paint_cells(design, laid.terrain, upper, lower, wraps=True)
    side = design.tile_px
    field = np.zeros((laid.codes.shape[0] * side, laid.codes.shape[1] * side))
    parts = {} if fields is None else fields
    for (row, column), code in np.ndenumerate(laid.codes):
        key = (int(code), int(laid.variants[row, column]))
        if key not in parts:
            parts[key] = design.geometry.cut(tile_field(design, key))
        field[row * side : (row + 1) * side, column * side : (column + 1) * side] = parts[key]
    border = with_band_repeated(design.border, lambda band: np.tile(band, (*laid.codes.shape, 1)))
    return paint(field, upper, lower, border, "wrap")


def count_differences(design: TilesetDesign, tileset: Tileset, *, maps: int = 20, side: int = 10) -> int:
    """Lay random maps and count the pixels in which they differ from the same maps worked out whole; 0 is right.

    Args:
        design, tileset: The set and what it was made from.
        maps: How many.
        side: Columns and rows of each.
    """
    wrong = 0
    fields: dict[TileKey, Field] = {}
    for seed in range(maps):
        laid = lay(tileset, random_terrain(tileset.kind, side, side, seed), seed)
        wrong += int((compose(tileset, laid) != draw_whole(design, laid, fields)).any(axis=-1).sum())
    return wrong


def _codes(kind: TileKind, terrain: Terrain) -> Codes:
    if kind == "single":
        return np.zeros(terrain.shape, dtype=np.int64)
    if kind == "corner":
        return corner_codes(np.pad(terrain, ((0, 1), (0, 1)), mode="wrap"))
    if kind == "edge":
        return edge_codes(terrain, wraps=True)
    around = blob_codes(terrain, wraps=True)
    inside = np.vectorize(reduce_blob, otypes=[np.int64])(around)
    if kind == "blob":
        return np.where(terrain, inside, OUTSIDE)
    north, west = np.roll(terrain, 1, axis=0), np.roll(terrain, 1, axis=1)
    return np.where(terrain, inside, OUTSIDE - EDGE_BITS["N"] * north - EDGE_BITS["W"] * west)


def _mosaic(laid: TileMap, tile_px: int, tile_of: Callable[[TileKey], Rgba]) -> Rgba:
    rows, columns = laid.codes.shape
    picture = np.zeros((rows * tile_px, columns * tile_px, 4), dtype=np.uint8)
    for (row, column), code in np.ndenumerate(laid.codes):
        tile = tile_of((int(code), int(laid.variants[row, column])))
        picture[row * tile_px : (row + 1) * tile_px, column * tile_px : (column + 1) * tile_px] = tile
    return picture


def _walks(columns: int, rows: int, random: np.random.Generator) -> Terrain:
    """Paths of two walkers that mostly go straight on."""
    cells = np.zeros((rows, columns), dtype=np.bool_)
    for _ in range(2):
        row, column = int(random.integers(rows)), int(random.integers(columns))
        down, right = 0, 1
        for _ in range(columns * rows // 4):
            cells[row, column] = True
            if random.random() < 0.3:
                down, right = (right, down) if random.random() < 0.5 else (-right, -down)
            row, column = (row + down) % rows, (column + right) % columns
    return cells
