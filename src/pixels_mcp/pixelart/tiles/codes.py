"""Autotile codes: which parts of a tile's surroundings are the upper terrain. One place for every bit.

corner  NW 1, NE 2, SE 4, SW 8: the four corners of the tile itself (Tiled's and Godot's corner sets, the dual grid).
edge    N 1, E 2, S 4, W 8: the sides on which a path goes on.
blob    N 1, NE 2, E 4, SE 8, S 16, SW 32, W 64, NW 128, clockwise as in Tiled: the eight neighbours; a diagonal one
        counts only with both its sides, which leaves 47 codes.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Terrain = NDArray[np.bool_]
"""(rows, columns) bool, True where the upper terrain (a wall, a path) is."""
Codes = NDArray[np.int64]
"""(rows, columns) codes."""

CORNER_BITS = {"NW": 1, "NE": 2, "SE": 4, "SW": 8}
EDGE_BITS = {"N": 1, "E": 2, "S": 4, "W": 8}
BLOB_BITS = {"N": 1, "NE": 2, "E": 4, "SE": 8, "S": 16, "SW": 32, "W": 64, "NW": 128}

_STEPS = {
    "N": (-1, 0),
    "NE": (-1, 1),
    "E": (0, 1),
    "SE": (1, 1),
    "S": (1, 0),
    "SW": (1, -1),
    "W": (0, -1),
    "NW": (-1, -1),
}
"""Where a neighbour lies: rows down, columns to the right."""
_SIDES_OF = {"NE": ("N", "E"), "SE": ("S", "E"), "SW": ("S", "W"), "NW": ("N", "W")}


def reduce_blob(code: int) -> int:
    """Forget the diagonal neighbours that are cut off: those without both their sides."""
    for diagonal, sides in _SIDES_OF.items():
        if not all(code & BLOB_BITS[side] for side in sides):
            code &= ~BLOB_BITS[diagonal]
    return code


CORNER_CODES = tuple(range(16))
EDGE_CODES = tuple(range(16))
BLOB_CODES = tuple(sorted({reduce_blob(code) for code in range(256)}))
"""The 47 blob codes, in order."""


def corner_codes(corners: Terrain) -> Codes:
    """Give the tile codes of a grid of corners.

    Args:
        corners: (rows + 1, columns + 1) bool: the terrain in each corner point.

    Returns:
        (rows, columns) codes. On a grid of cells instead of corner points this is the dual grid: tile (0, 0) lies
        between the first four cells, half a tile down and to the right of cell (0, 0).
    """
    places = {"NW": np.s_[:-1, :-1], "NE": np.s_[:-1, 1:], "SE": np.s_[1:, 1:], "SW": np.s_[1:, :-1]}
    codes = np.zeros((corners.shape[0] - 1, corners.shape[1] - 1), dtype=np.int64)
    for corner, place in places.items():
        codes += CORNER_BITS[corner] * corners[place]
    return codes


def edge_codes(cells: Terrain, *, wraps: bool = False) -> Codes:
    """Give every cell of a path its code; -1 where no path is.

    Args:
        cells: Where the path is.
        wraps: The map goes on at its other end; otherwise nothing lies beyond its rim.
    """
    codes = np.full(cells.shape, 0, dtype=np.int64)
    for side, bit in EDGE_BITS.items():
        codes += bit * _neighbour(cells, side, wraps=wraps)
    return np.where(cells, codes, -1)


def blob_codes(cells: Terrain, *, wraps: bool = False) -> Codes:
    """Give every cell the 8-bit code of its neighbours, all 256 of them; `reduce_blob` makes 47 of those inside.

    Args:
        cells: Where the upper terrain is.
        wraps: The map goes on at its other end; otherwise its rim goes on outward unchanged.
    """
    codes = np.zeros(cells.shape, dtype=np.int64)
    for direction, bit in BLOB_BITS.items():
        codes += bit * _neighbour(cells, direction, wraps=wraps, beyond="edge")
    return codes


def neighbourhood(code: int, *, middle: bool) -> Terrain:
    """Lay out a blob code as the (3, 3) cells that it stands for."""
    cells = np.zeros((3, 3), dtype=np.bool_)
    cells[1, 1] = middle
    for direction, (down, right) in _STEPS.items():
        cells[1 + down, 1 + right] = bool(code & BLOB_BITS[direction])
    return cells


def _neighbour(
    cells: Terrain, direction: str, *, wraps: bool, beyond: Literal["constant", "edge"] = "constant"
) -> Terrain:
    down, right = _STEPS[direction]
    around = np.pad(cells, 1, mode="wrap" if wraps else beyond)
    rows, columns = cells.shape
    return around[1 + down : 1 + down + rows, 1 + right : 1 + right + columns]
