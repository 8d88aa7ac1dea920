"""A tileset of the library as tiles again: for maps, exports and games."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.library.entries import LibraryEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.tiles.maps import compose, lay, random_terrain
from pixels_mcp.pixelart.tiles.tileset import TileKey, Tileset
from pixels_mcp.told_apart import is_row


@dataclass(frozen=True, eq=False)
class KeptTileset:
    """A set as it stands in the library.

    Attributes:
        entry: What is known of it.
        tileset: Its tiles.
        terrains: What the lower and the upper terrain are called; of kind single the one.
        shown_ms: How long each frame of an animated set stands; None for a still one.
        frames: Numbers of the cells that are shown one after the other in place of a cell, itself first.
    """

    entry: LibraryEntry
    tileset: Tileset
    terrains: tuple[str, ...]
    frames: Mapping[int, tuple[int, ...]]
    shown_ms: int | None

    @property
    def rows(self) -> int:
        """Rows of the sheet."""
        return self.entry.height_px // self.tileset.tile_px

    def map_picture(self, columns: int, rows: int, seed: int) -> Rgba:
        """A random map of it: (rows * tile_px, columns * tile_px, 4)."""
        return compose(self.tileset, lay(self.tileset, random_terrain(self.tileset.kind, columns, rows, seed), seed))


def open_tileset(sprite_id: str, library: Library) -> KeptTileset:
    """Take a set out of the library.

    Raises:
        UnknownSpriteError: There is no such entry.
        InvalidArgumentError: It is no tileset.
    """
    entry = library.get(sprite_id)
    facts = entry.facts
    if entry.entry_kind != "tileset" or "tiles" not in facts:
        raise InvalidArgumentError(
            f"{sprite_id} is of kind {entry.entry_kind}, not a tileset", hint="make one with make_tileset"
        )
    side, columns = _number(facts["tile_px"]), _number(facts["columns"])
    sheet = open_picture(library.path_of(sprite_id))
    tiles: dict[TileKey, Rgba] = {}
    keys = np.asarray(facts["tiles"], dtype=np.int64).reshape(-1, 2).tolist()
    for number, (code, variant) in enumerate(keys):
        row, column = divmod(number, columns)
        tiles[(code, variant)] = sheet[row * side : (row + 1) * side, column * side : (column + 1) * side]
    terrains = facts["terrains"]
    assert is_row(terrains)
    count, shown_ms = _number(facts.get("frame_count", 1)), facts.get("frame_ms")
    # Further frames lie below, each as a whole sheet of its own.
    step = columns * -(-len(keys) // columns)
    frames = {cell: tuple(cell + step * frame for frame in range(count)) for cell in range(len(keys)) if count > 1}
    kind: str = str(facts["tileset_kind"])
    return KeptTileset(
        entry,
        Tileset(kind, side, tiles),  # pyright: ignore[reportArgumentType]  # a kind of tileset, as it was written
        tuple(str(name) for name in terrains),
        frames,
        None if count == 1 else _number(shown_ms),
    )


def _number(value: object) -> int:
    return int(str(value))
