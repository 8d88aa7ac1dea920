"""Terrain fields: how far each pixel is inside the upper terrain; what neighbours share is equal by construction.

A tile is worked out with an apron around it. Within `TileGeometry.plateau_px` of a tile's edge its field depends on
what both tiles on that edge know, so local operators that reach no further give the pixels that the whole map has.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pixels_mcp.pixelart.tiles.codes import CORNER_BITS, EDGE_BITS, Terrain

Field = NDArray[np.float64]
"""(H, W) distance to the border in px, positive in the upper terrain."""

CELL_FIELD_PX = 8.0
"""Fields of cells are cut off here; a border never reaches further."""


@dataclass(frozen=True)
class TileGeometry:
    """Measures of one tile.

    Attributes:
        tile_px: Side of a tile.
        plateau_px: From an edge inwards, as far as a border may reach.
    """

    tile_px: int
    plateau_px: int

    @classmethod
    def of(cls, tile_px: int) -> TileGeometry:
        """Measures that leave room for a bank: 6 px of 32, 3 px of 16."""
        return cls(tile_px, 6 if tile_px >= 32 else 3)

    @property
    def apron_px(self) -> int:
        """How far around a tile its field is worked out."""
        return 2 * self.plateau_px

    @property
    def places(self) -> NDArray[np.int64]:
        """Coordinates of the pixels of tile and apron along one axis."""
        return np.arange(-self.apron_px, self.tile_px + self.apron_px)

    def extend(self, tile: NDArray[Any]) -> NDArray[Any]:
        """Repeat a (tile_px, tile_px, ...) array over the apron."""
        wrapped = self.places % self.tile_px
        return tile[np.ix_(wrapped, wrapped)]

    def cut(self, extended: NDArray[Any]) -> NDArray[Any]:
        """The tile itself, without its apron."""
        return extended[self.apron_px : -self.apron_px, self.apron_px : -self.apron_px]


@lru_cache(maxsize=256)
def periodic_noise(seed: int, scale_px: float, side_px: int) -> Field:
    """Smooth noise of -1 to 1 on a torus; not to be written to.

    Args:
        seed: Of the noise.
        scale_px: Size of its waves.
        side_px: Its period.
    """
    noise = np.random.default_rng(seed).standard_normal((side_px, side_px))
    smooth = ndimage.gaussian_filter(noise, scale_px, mode="wrap")
    return smooth / np.abs(smooth).max()


def corner_field(code: int, geometry: TileGeometry, roughness: Field, variation: Field | None = None) -> Field:
    """The field of a corner tile and its apron.

    Coordinates are clamped to a plateau near the edges: there the field depends on that edge's two corners alone.
    Circles around corners meet edges at a right angle, so that shores have no kinks.

    Args:
        code: Of `CORNER_CODES`.
        geometry: Measures.
        roughness: (tile_px, tile_px) px by which the border is moved, the same for all tiles.
        variation: More of it for a variant; it fades out towards the edges.
    """
    width = geometry.tile_px - 2 * geometry.plateau_px
    radius = width / 2
    along = np.clip(geometry.places + 0.5 - geometry.plateau_px, 0, width)
    down, right = np.meshgrid(along, along, indexing="ij")
    points = {"NW": (0, 0), "NE": (width, 0), "SE": (width, width), "SW": (0, width)}
    distance = {name: np.hypot(right - x, down - y) for name, (x, y) in points.items()}
    upper = [name for name, bit in CORNER_BITS.items() if code & bit]
    lower = [name for name, bit in CORNER_BITS.items() if not code & bit]
    halves = {3: radius - down, 12: down - radius, 9: radius - right, 6: right - radius}
    if len(upper) in (0, 4):
        field = np.full(down.shape, radius if upper else -radius)
    elif len(upper) == 1:
        field = radius - distance[upper[0]]
    elif len(lower) == 1:
        field = distance[lower[0]] - radius
    elif code in halves:
        field = halves[code]
    else:
        # Two opposite corners: the lower terrain stays connected.
        field = np.maximum(radius - distance[upper[0]], radius - distance[upper[1]])
    field = np.clip(field, -radius, radius) + geometry.extend(roughness)
    return field if variation is None else field + geometry.extend(variation) * _inside(geometry)


def edge_field(
    code: int, geometry: TileGeometry, path_px: int, roughness: Field, variation: Field | None = None
) -> Field:
    """The field of a path tile and its apron: a strip from the middle to each side on which the path goes on.

    Args:
        code: Of `EDGE_CODES`, -1 for a tile without a path.
        geometry: Measures.
        path_px: Width of the path.
        roughness: (tile_px, tile_px) px by which the border is moved, the same for all tiles.
        variation: More of it for a variant; it fades out towards the edges.
    """
    limit = geometry.tile_px / 2 - geometry.plateau_px - 1
    half, middle = path_px / 2, geometry.tile_px / 2
    along = geometry.places + 0.5 - middle
    down, right = np.meshgrid(along, along, indexing="ij")
    # Distance to the strip's middle line; a strip goes on beyond the edge, as its neighbour does.
    reach = {
        "N": np.hypot(right, np.maximum(down, 0)),
        "S": np.hypot(right, np.maximum(-down, 0)),
        "W": np.hypot(down, np.maximum(right, 0)),
        "E": np.hypot(down, np.maximum(-right, 0)),
    }
    lines = [reach[side] for side, bit in EDGE_BITS.items() if code >= 0 and code & bit]
    if code >= 0:
        lines.append(np.hypot(down, right))
    field = half - np.min(lines, axis=0) if lines else np.full(down.shape, -limit)
    field = np.clip(field, -limit, limit) + geometry.extend(roughness)
    return field if variation is None else field + geometry.extend(variation) * _inside(geometry)


def cells_field(cells: Terrain, tile_px: int, inset_px: float, roughness: Field, *, wraps: bool) -> Field:
    """The field of a map of whole cells, drawn `inset_px` smaller than they are.

    Concave corners stay square: below a round one a bank would hang into a tile whose code has forgotten that corner.

    Args:
        cells: Where the upper terrain is.
        tile_px: Side of a cell.
        inset_px: How far inside its cells the terrain ends.
        roughness: (tile_px, tile_px) px by which the border is moved.
        wraps: The map goes on at its other end.
    """
    large = np.kron(cells, np.ones((tile_px, tile_px), dtype=np.bool_))
    if wraps:
        large = np.pad(large, tile_px, mode="wrap")
    inside = _chessboard(large) - 0.5
    field = np.where(large, inside, -(_chessboard(~large) - 0.5)) - inset_px
    if wraps:
        field = field[tile_px:-tile_px, tile_px:-tile_px]
    return np.clip(field, -CELL_FIELD_PX, CELL_FIELD_PX) + np.tile(roughness, cells.shape)


def _chessboard(mask: Terrain) -> Field:
    """Steps of a king to the nearest False, far away where there is none."""
    if mask.all():
        return np.full(mask.shape, 99.0)
    return np.asarray(ndimage.distance_transform_cdt(mask, "chessboard"), dtype=np.float64)


def _inside(geometry: TileGeometry) -> Field:
    """0 near the edges, 1 in the middle of a tile, over tile and apron."""
    from_edge = np.minimum(geometry.places, geometry.tile_px - 1 - geometry.places)
    ramp = np.clip((from_edge - geometry.plateau_px + 1) / 4.0, 0, 1)
    return np.minimum.outer(ramp, ramp)
