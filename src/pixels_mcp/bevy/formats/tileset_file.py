"""`*.tileset.ron`, version 1: which tile of a picture stands for which autotile code, as the game reads it.

The canonical form is described beside the golden files, `tests/golden/tileset_ron/README.md`, which the reader in the
game is tested with too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pixels_mcp.asked_words.checked_words import explain
from pixels_mcp.bevy.formats.atlas import SIDE_PX_MAX, check_image, quote, read_manifest
from pixels_mcp.errors import SheetFileError
from pixels_mcp.pixelart.tiles.codes import BLOB_CODES, CORNER_CODES, EDGE_CODES
from pixels_mcp.pixelart.tiles.tileset import FLOOR_CODES, OUTSIDE

TILESET_VERSION = 1
TILES_MAX = 256
"""A game draws tiles from the layers of one texture; so many are to be had everywhere."""

RonKind = Literal["Corner", "Edge", "Blob", "Wall", "Single"]
Count = Annotated[int, Field(ge=1)]
Place = Annotated[int, Field(ge=0)]

CODES: Mapping[RonKind, tuple[int, ...]] = {
    "Corner": CORNER_CODES,
    "Edge": (OUTSIDE, *EDGE_CODES),
    "Blob": (OUTSIDE, *BLOB_CODES),
    "Wall": (*FLOOR_CODES, *BLOB_CODES),
    "Single": (0,),
}
"""The codes that a set of each kind has tiles for: all of them, and no others."""


class TilesetFile(BaseModel):
    """A whole `*.tileset.ron`.

    Attributes:
        image: The picture's path relative to the manifest.
        tile: Width and height of a tile in pixels.
        columns, rows: Tiles in the picture, counted row by row from the top left.
        kind: Of the codes.
        terrains: Names, the lower terrain first; a set of kind Single has one.
        tiles: Code -> tiles that may stand for it, each with its weight.
        frames: Tile -> the tiles that are shown in its place one after the other, itself first.
        frame_ms: How long each of those is shown.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: str
    tile: tuple[Count, Count]
    columns: Count
    rows: Count
    kind: RonKind
    terrains: tuple[str, ...]
    tiles: dict[int, Annotated[tuple[tuple[Place, Count], ...], Field(min_length=1)]]
    frames: dict[Place, Annotated[tuple[Place, ...], Field(min_length=2)]] = Field(
        default_factory=dict[Place, tuple[Place, ...]]
    )
    frame_ms: Count | None = None

    @model_validator(mode="after")
    def _fits(self) -> TilesetFile:
        check_image(self.image)
        if max(self.size_px) > SIDE_PX_MAX:
            raise ValueError(f"the picture is {self.size_px[0]} x {self.size_px[1]}; at most {SIDE_PX_MAX} a side")
        count = self.columns * self.rows
        if not 2 <= count <= TILES_MAX:
            raise ValueError(f"{count} tiles; 2 to {TILES_MAX} will do")
        wanted = 1 if self.kind == "Single" else 2
        if len(self.terrains) != wanted:
            raise ValueError(f"{len(self.terrains)} terrains; a set of kind {self.kind} has {wanted}")
        missing, foreign = (
            sorted(set(CODES[self.kind]) - set(self.tiles)),
            sorted(set(self.tiles) - set(CODES[self.kind])),
        )
        if missing or foreign:
            what = f"no tile for the code {missing[0]}" if missing else f"tiles for the code {foreign[0]}"
            raise ValueError(f"{what}; kind {self.kind} has {len(CODES[self.kind])} codes")
        named = [tile for choices in self.tiles.values() for tile, _ in choices]
        named += [tile for first, shown in self.frames.items() for tile in (first, *shown)]
        if max(named) >= count:
            raise ValueError(f"tile {max(named)} is named; the picture has 0 to {count - 1}")
        if bool(self.frames) != (self.frame_ms is not None):
            raise ValueError("frames and frame_ms belong together")
        return self

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return self.tile[0] * self.columns, self.tile[1] * self.rows

    def to_ron(self) -> str:
        """Write it in its one canonical form."""
        tiles = _map(
            (code, f"[{', '.join(f'({tile}, {weight})' for tile, weight in choices)}]")
            for code, choices in self.tiles.items()
        )
        lines = [
            f"version: {TILESET_VERSION}",
            f"image: {quote(self.image)}",
            f"tile: ({self.tile[0]}, {self.tile[1]})",
            f"columns: {self.columns}",
            f"rows: {self.rows}",
            f"kind: {self.kind}",
            f"terrains: [{', '.join(quote(name) for name in self.terrains)}]",
            f"tiles: {tiles}",
        ]
        if self.frames:
            lines.append(f"frames: {_map((tile, str(list(shown))) for tile, shown in self.frames.items())}")
            lines.append(f"frame_ms: {self.frame_ms}")
        return "(\n" + "".join(f"    {line},\n" for line in lines) + ")\n"


def tileset_file_of(facts: Mapping[str, object], height_px: int, *, image: str) -> TilesetFile:
    """The manifest of a tileset of the library.

    Args:
        facts: Its facts: tileset_kind, tile_px, columns, tiles, weights, terrains, and of animated ones frame_count
            and frame_ms.
        height_px: Of its picture.
        image: File name of the picture.

    Raises:
        SheetFileError: The facts do not fit together, or it has more tiles than a game draws from one texture.
    """
    side, columns = (int(str(facts[word])) for word in ("tile_px", "columns"))
    keys = np.asarray(facts["tiles"], dtype=np.int64).reshape(-1, 2).tolist()
    weights = np.asarray(facts["weights"], dtype=np.int64).tolist()
    tiles: dict[int, list[tuple[int, int]]] = {}
    for number, ((code, _), weight) in enumerate(zip(keys, weights, strict=True)):
        tiles.setdefault(code, []).append((number, weight))
    words: dict[str, object] = {
        "image": image,
        "tile": (side, side),
        "columns": columns,
        "rows": height_px // side,
        "kind": str(facts["tileset_kind"]).capitalize(),
        "terrains": facts["terrains"],
        "tiles": tiles,
    }
    count = int(str(facts.get("frame_count", 1)))
    if count > 1:
        step = columns * -(-len(keys) // columns)
        words["frames"] = {cell: [cell + step * frame for frame in range(count)] for cell in range(len(keys))}
        words["frame_ms"] = facts["frame_ms"]
    try:
        return TilesetFile.model_validate(words)
    except ValidationError as error:
        raise SheetFileError(explain(error), hint="make the set with fewer variants; nothing was written") from error


def parse_tileset(text: str, *, label: str) -> TilesetFile:
    """Read a manifest.

    Args:
        text: The file's text: any RON with the right meaning.
        label: The file's name, for errors.

    Raises:
        SheetFileError: Names the file and what is wrong; a newer version is told before anything else.
    """
    words = read_manifest(text, label=label, version=TILESET_VERSION, what="tileset")
    try:
        return TilesetFile.model_validate(words)
    except ValidationError as error:
        raise SheetFileError(f"{label}: {explain(error)}", hint="deploy the tileset again") from error


def _map(entries: Iterable[tuple[int, str]]) -> str:
    return f"{{ {', '.join(f'{key}: {value}' for key, value in sorted(entries))} }}"
