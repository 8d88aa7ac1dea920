"""A whole set of tiles between two terrains: what it is made from, and the tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from pixels_mcp.errors import TilesetError
from pixels_mcp.pixelart.pixels import Rgba, require_rgba
from pixels_mcp.pixelart.tiles.borders import Border, paint
from pixels_mcp.pixelart.tiles.codes import BLOB_CODES, CORNER_CODES, EDGE_BITS, EDGE_CODES, Terrain, neighbourhood
from pixels_mcp.pixelart.tiles.fields import (
    Field,
    TileGeometry,
    cells_field,
    corner_field,
    edge_field,
    periodic_noise,
)
from pixels_mcp.pixelart.tiles.walls import WallLook, paint_wall, wall_top
from pixels_mcp.set_words import VARIANTS_MAX, TileKind

OUTSIDE = -1
"""The code of a tile that holds none of the upper terrain, in kinds that have such tiles beside their own."""
FLOOR_CODES = (OUTSIDE, OUTSIDE - EDGE_BITS["N"], OUTSIDE - EDGE_BITS["W"], OUTSIDE - EDGE_BITS["N"] - EDGE_BITS["W"])
"""The floors of a wall set: in the open, under a wall's shadow, beside a wall, both."""
TILE_PX = (16, 32)

TileKey = tuple[int, int]
"""Code and variant, the latter from 0."""

_INSIDE_CODES: Mapping[TileKind, tuple[int, ...]] = {
    "corner": CORNER_CODES,
    "edge": EDGE_CODES,
    "blob": BLOB_CODES,
    "wall": BLOB_CODES,
    "single": (0,),
}
_OUTSIDE_CODES: Mapping[TileKind, tuple[int, ...]] = {
    "corner": (),
    "edge": (OUTSIDE,),
    "blob": (OUTSIDE,),
    "wall": FLOOR_CODES,
    "single": (),
}
_COLUMNS: Mapping[TileKind, int] = {"corner": 4, "edge": 4, "blob": 8, "wall": 8, "single": 4}
_FULL_CODES: Mapping[TileKind, tuple[int | None, int | None]] = {
    "corner": (0, 15),
    "edge": (OUTSIDE, None),
    "blob": (OUTSIDE, 255),
    "wall": (OUTSIDE, None),
    "single": (None, 0),
}
"""Codes of the tiles that show the lower and the upper terrain alone."""


@dataclass(frozen=True, eq=False)
class TilesetDesign:
    """Everything that decides a set's pixels.

    Attributes:
        kind: `corner`, `edge` (paths), `blob`, `wall` or `single`.
        upper, lower: (tile_px, tile_px, 4) opaque textures that meet themselves on all sides.
        border: Between them; unused by `wall` and `single`.
        wall: Look of the walls, for kind `wall`; their top is a plain, darker `upper`.
        upper_fills, lower_fills: More textures for tiles of one terrain alone; equal to the first near their edges.
        variants: How many tiles each code has that shows a border, 1 to 8.
        roughness_px: How far the border wanders.
        path_px: Width of a path, for kind `edge`.
        seed: Of the border's wandering.
    """

    kind: TileKind
    upper: Rgba
    lower: Rgba
    border: Border
    wall: WallLook | None = None
    upper_fills: tuple[Rgba, ...] = ()
    lower_fills: tuple[Rgba, ...] = ()
    variants: int = 1
    roughness_px: float = 2.5
    path_px: int = 12
    seed: int = 0

    def __post_init__(self) -> None:
        for texture in (self.upper, self.lower, *self.upper_fills, *self.lower_fills):
            require_rgba(texture)
            _check_texture(texture, self.upper)
        if not 1 <= self.variants <= VARIANTS_MAX:
            raise TilesetError(
                f"{self.variants} variants are asked, 1 to {VARIANTS_MAX} can be had", hint="ask for fewer"
            )

    @property
    def tile_px(self) -> int:
        """Side of a tile."""
        return self.upper.shape[0]

    @property
    def geometry(self) -> TileGeometry:
        """Measures of a tile."""
        return TileGeometry.of(self.tile_px)

    @property
    def inset_px(self) -> float:
        """How far inside its cells a blob ends: its border must not leave the cell."""
        return 8.0 if self.tile_px >= 32 else 4.0

    def roughness(self) -> Field:
        """The wandering that all tiles share; blobs and walls wander less, since their corners are square."""
        if self.kind in ("wall", "single") or self.roughness_px == 0:
            return np.zeros((self.tile_px, self.tile_px))
        amplitude = min(self.roughness_px, 1.5) if self.kind == "blob" else self.roughness_px
        return self._scaled(amplitude) * periodic_noise(self.seed, self._scaled(3.0), self.tile_px)

    def variation(self, code: int, variant: int) -> Field | None:
        """A variant's own wandering, in the middle of its tile; the first variant has none."""
        if variant == 0 or self.roughness_px == 0:
            return None
        noise = periodic_noise(self.seed + 1_000 * variant + code + 1, self._scaled(2.5), self.tile_px)
        return self._scaled(2.0 * self.roughness_px) * noise

    def _scaled(self, length_px: float) -> float:
        return length_px * self.tile_px / 32


@dataclass(frozen=True, eq=False)
class Tileset:
    """A finished set.

    Attributes:
        kind: As designed.
        tile_px: Side of a tile.
        tiles: The pixels of each code and variant, in the order of the sheet.
    """

    kind: TileKind
    tile_px: int
    tiles: Mapping[TileKey, Rgba]

    @property
    def columns(self) -> int:
        """Columns of the sheet."""
        return _COLUMNS[self.kind]

    @property
    def keys(self) -> tuple[TileKey, ...]:
        """Code and variant of each tile of the sheet, row by row."""
        return tuple(self.tiles)

    def variants_of(self, code: int) -> list[int]:
        """The variants that a code has."""
        return [variant for own, variant in self.tiles if own == code]

    def weight_of(self, key: TileKey) -> int:
        """How often a tile is laid among those of its code: plain fills four times as often as their variants."""
        is_fill = key[0] in _FULL_CODES[self.kind]
        return 4 if is_fill and key[1] == 0 else 1

    def sheet(self) -> Rgba:
        """All tiles on one picture without gaps, in code order, variants below; unused cells are transparent."""
        rows = -(-len(self.tiles) // self.columns)
        side = self.tile_px
        picture = np.zeros((rows * side, self.columns * side, 4), dtype=np.uint8)
        for number, tile in enumerate(self.tiles.values()):
            row, column = divmod(number, self.columns)
            picture[row * side : (row + 1) * side, column * side : (column + 1) * side] = tile
        return picture


def make_tileset(design: TilesetDesign) -> Tileset:
    """Work out every tile of a set."""
    tiles = {key: draw_tile(design, key) for key in _keys(design)}
    return Tileset(design.kind, design.tile_px, tiles)


def draw_tile(design: TilesetDesign, key: TileKey) -> Rgba:
    """Work out one tile: (tile_px, tile_px, 4)."""
    upper, lower = textures_of(design, key)
    if design.kind == "single":
        return upper
    if design.kind in ("corner", "edge"):
        extend, cut = design.geometry.extend, design.geometry.cut
        field = tile_field(design, key)
        return cut(paint(field, extend(upper), extend(lower), with_band_repeated(design.border, extend)))
    around = np.pad(_cells_of(design.kind, key[0]), 1, mode="edge")
    middle = slice(2 * design.tile_px, 3 * design.tile_px)
    return paint_cells(design, around, _tiled(upper, around), _tiled(lower, around), wraps=False)[middle, middle]


def tile_field(design: TilesetDesign, key: TileKey) -> Field:
    """The field of a corner or edge tile and its apron."""
    code, variant = key
    roughness, variation = design.roughness(), design.variation(code, variant)
    if design.kind == "corner":
        return corner_field(code, design.geometry, roughness, variation)
    return edge_field(code, design.geometry, design.path_px, roughness, variation)


def paint_cells(design: TilesetDesign, cells: Terrain, upper: Rgba, lower: Rgba, *, wraps: bool) -> Rgba:
    """Draw a map of whole cells, of kind `blob` or `wall`."""
    edge = "wrap" if wraps else "nearest"
    if design.kind == "wall":
        if design.wall is None:
            raise TilesetError("a wall set has no look", hint="give the design a WallLook")
        walls = np.kron(cells, np.ones((design.tile_px, design.tile_px), dtype=np.bool_))
        look = replace(design.wall, face=_tiled(design.wall.face, cells))
        return paint_wall(walls, _tiled(wall_top(design.upper), cells), lower, look, edge)
    field = cells_field(cells, design.tile_px, design.inset_px, design.roughness(), wraps=wraps)
    return paint(field, upper, lower, with_band_repeated(design.border, lambda tile: _tiled(tile, cells)), edge)


def textures_of(design: TilesetDesign, key: TileKey) -> tuple[Rgba, Rgba]:
    """Upper and lower texture of a tile: a variant of a full tile has its own."""
    code, variant = key
    lower_code, upper_code = _FULL_CODES[design.kind]
    if variant and code == upper_code:
        return design.upper_fills[variant - 1], design.lower
    if variant and code == lower_code:
        return design.upper, design.lower_fills[variant - 1]
    return design.upper, design.lower


def _keys(design: TilesetDesign) -> Iterator[TileKey]:
    codes = (*_INSIDE_CODES[design.kind], *_OUTSIDE_CODES[design.kind])
    yield from ((code, 0) for code in codes)
    lower_code, upper_code = _FULL_CODES[design.kind]
    for code in codes:
        if code == upper_code:
            more = len(design.upper_fills)
        elif code == lower_code:
            more = len(design.lower_fills)
        else:
            # Blobs and walls are worked out from whole cells and have no variants of their borders.
            more = design.variants - 1 if design.kind in ("corner", "edge") else 0
        yield from ((code, variant) for variant in range(1, more + 1))


def _cells_of(kind: TileKind, code: int) -> Terrain:
    """The 3 x 3 cells that a tile of a blob or wall set stands in."""
    if code >= 0:
        return neighbourhood(code, middle=True)
    cells = np.zeros((3, 3), dtype=np.bool_)
    if kind == "wall":
        sides = OUTSIDE - code
        cells[0, 1], cells[1, 0] = bool(sides & EDGE_BITS["N"]), bool(sides & EDGE_BITS["W"])
    return cells


def with_band_repeated(border: Border, repeat: Callable[[Rgba], Rgba]) -> Border:
    """The border with its band, if it has one, repeated as the textures are."""
    return border if border.band is None else replace(border, band=repeat(border.band))


def _tiled(tile: Rgba, cells: Terrain) -> Rgba:
    return np.tile(tile, (*cells.shape, 1))


def _check_texture(texture: Rgba, first: Rgba) -> None:
    height_px, width_px = texture.shape[:2]
    if width_px != height_px or width_px not in TILE_PX:
        raise TilesetError(
            f"a terrain is {width_px} x {height_px} px, tiles are squares of {' or '.join(map(str, TILE_PX))} px",
            hint="draw or cut it to 32 x 32 px first",
        )
    if texture.shape != first.shape:
        raise TilesetError(
            f"the terrains have {first.shape[1]} and {width_px} px, both must have the same size",
            hint="draw both at the same tile_px",
        )
    if (texture[..., 3] < 255).any():
        clear = int((texture[..., 3] < 255).sum())
        raise TilesetError(
            f"a terrain has {clear} transparent pixels, it must fill its square",
            hint="draw it with transparent=false",
        )
