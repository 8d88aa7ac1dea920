"""The rules by which LDtk lays a set's tiles: one for every code, as a pattern of the cells around."""

from __future__ import annotations

import numpy as np

from pixels_mcp.operations.kept_tileset import KeptTileset
from pixels_mcp.pixelart.tiles.codes import BLOB_BITS, EDGE_BITS, Terrain, corner_codes
from pixels_mcp.pixelart.tiles.tileset import OUTSIDE
from pixels_mcp.told_apart import JsonObject

LOWER, UPPER = 1, 2
"""The values of the two terrains in the level's grid."""

FIRST_RULE = 1_000
"""The number of the first rule in a project."""

_ROUND = ("NW", "N", "NE", "W", "", "E", "SW", "S", "SE")
"""The cells of a rule's pattern, row by row; the cell itself is the middle one."""


def pattern_of(kept: KeptTileset, code: int) -> list[int]:
    """The cells around that ask for a code: 2 must be the upper terrain, -2 must not, 0 may be anything."""
    kind = kept.tileset.kind
    if kind == "single":
        return [0, 0, 0, 0, UPPER, 0, 0, 0, 0]
    if kind == "corner":
        # The tile lies half a cell to the upper left, between this cell and the three before it.
        bits = {"NW": 1, "N": 2, "": 4, "W": 8}
        return [(UPPER if code & bits[place] else -UPPER) if place in bits else 0 for place in _ROUND]
    if code < 0:
        sides = OUTSIDE - code
        shadow = {"N": EDGE_BITS["N"], "W": EDGE_BITS["W"]} if kind == "wall" else {}
        asked = {place: UPPER if sides & bit else -UPPER for place, bit in shadow.items()}
        return [{"": -UPPER, **asked}.get(place, 0) for place in _ROUND]
    bits = EDGE_BITS if kind == "edge" else BLOB_BITS
    pattern: list[int] = []
    for place in _ROUND:
        if place == "":
            pattern.append(UPPER)
        elif place not in bits or (len(place) == 2 and not all(code & bits[edge] for edge in place)):
            pattern.append(0)  # a diagonal cell counts only with both its sides
        else:
            pattern.append(UPPER if code & bits[place] else -UPPER)
    return pattern


def codes_of(kept: KeptTileset) -> list[int]:
    """The codes of neighbors that the set has tiles for, rising."""
    return sorted({code for code, _ in kept.tileset.keys})


def cells_of(kept: KeptTileset, code: int) -> list[int]:
    """The tiles of a code: its variants, by their place on the sheet."""
    return [number for number, (own, _) in enumerate(kept.tileset.keys) if own == code]


def rule_of(kept: KeptTileset, number: int, code: int) -> JsonObject:
    """The rule that lays a code's tiles, as LDtk's files hold it; `number` counts from 0."""
    shift = -kept.tileset.tile_px // 2 if kept.tileset.kind == "corner" else 0
    return {
        "uid": FIRST_RULE + number,
        "active": True,
        "size": 3,
        "tileRectsIds": [[cell] for cell in cells_of(kept, code)],
        "alpha": 1,
        "chance": 1,
        "breakOnMatch": True,
        "pattern": pattern_of(kept, code),
        "flipX": False,
        "flipY": False,
        "xModulo": 1,
        "yModulo": 1,
        "xOffset": 0,
        "yOffset": 0,
        "tileXOffset": shift,
        "tileYOffset": shift,
        "tileRandomXMin": 0,
        "tileRandomXMax": 0,
        "tileRandomYMin": 0,
        "tileRandomYMax": 0,
        "checker": "None",
        "tileMode": "Single",
        "pivotX": 0,
        "pivotY": 0,
        "outOfBoundsValue": LOWER if kept.tileset.kind != "single" else UPPER,
        "invalidated": False,
        "perlinActive": False,
        "perlinSeed": 1,
        "perlinScale": 0.2,
        "perlinOctaves": 2,
    }


def codes_of_level(kept: KeptTileset, terrain: Terrain) -> np.ndarray:
    """The code of each cell, found as the rules find it: the first pattern that fits, lower terrain beyond the rim."""
    if kept.tileset.kind == "corner":
        return corner_codes(np.pad(terrain, ((1, 0), (1, 0))))
    around = np.pad(terrain, 1)
    rows, columns = terrain.shape
    codes = np.full(terrain.shape, OUTSIDE, dtype=np.int64)
    for code in codes_of(kept):
        fits = np.ones(terrain.shape, dtype=np.bool_)
        for place, asked in enumerate(pattern_of(kept, code)):
            down, right = divmod(place, 3)
            if asked:
                fits &= around[down : down + rows, right : right + columns] == (asked > 0)
        codes[fits] = code
    return codes
