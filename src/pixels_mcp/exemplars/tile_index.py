"""Read the exemplar library: one atlas of tiles, what each shows, and word vectors.

`mini/exemplars/ARTISTS.md` names the artists of the tiles; all of them are CC0 1.0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pixels_mcp.errors import ModelFileError
from pixels_mcp.exemplars.ramps import Rgba
from pixels_mcp.exemplars.words import singular
from pixels_mcp.models.describe import MINI_FOLDER
from pixels_mcp.told_apart import JsonObject

FOLDER = MINI_FOLDER / "exemplars"
INDEX_FILE, VECTORS_FILE, SEEN_FILE = "tiles.json", "words.npz", "tiles_seen.tsv"
ATLAS_COLUMNS = 64


@dataclass(frozen=True)
class TileEntry:
    """What one tile shows.

    Attributes:
        name: Path of the tile in its pack.
        kind: Such as `weapon`, `potion`, `monster`, `floor`.
        head: The noun that names the thing, singular.
        words: All words of its caption, singular, the head among them.
        held_out: Whether the network never saw it in training.
        side_px: Side of its square.
        cell: Its place in the atlas of its size, row by row.
        pack: Name of the pack.
        style: A key of the index's `styles`, or empty.
    """

    name: str
    kind: str
    head: str
    words: tuple[str, ...]
    held_out: bool
    side_px: int
    cell: int
    pack: str
    style: str


@dataclass(frozen=True, eq=False)
class _Canvas:
    """All tiles of one size, in one picture."""

    side_px: int
    columns: int
    atlas: Rgba

    def pixels(self, cell: int) -> Rgba:
        y, x = (self.side_px * number for number in divmod(cell, self.columns))
        return self.atlas[y : y + self.side_px, x : x + self.side_px].copy()

    def looks(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Of every cell which share is drawn, how light that is, 0 to 255, and how much of its side it takes."""
        rows = self.atlas.shape[0] // self.side_px
        cells = self.atlas.reshape(rows, self.side_px, self.columns, self.side_px, 4).swapaxes(1, 2)
        cells = cells.reshape(rows * self.columns, -1, 4)
        drawn: NDArray[np.bool_] = cells[..., 3] > 0
        count = drawn.sum(axis=1)
        light = np.einsum("npc,np->n", cells[..., :3], drawn, dtype=np.float64) / np.maximum(3 * count, 1)
        lines = drawn.reshape(-1, self.side_px, self.side_px)
        extent = np.maximum(_reach(np.any(lines, axis=1)), _reach(np.any(lines, axis=2)))
        return count / drawn.shape[1], light, extent


class TileIndex:
    """The tiles of a folder.

    Attributes:
        entries: What each tile shows.
        background_kinds: Kinds that fill their square.
        styles: The looks that the model knows, and the words that captions say them with.
        vectors: Unit vectors of the words that the text encoder's table knows.
        drawn_share: Of each tile, which share of its square is drawn.
        lightness: Of each tile, how light what is drawn is, 0 to 255.
        extent: Of each tile, how much of its side the longer side of what is drawn takes, 0 to 1.
        seen: By name, how a tile looks to a person who sees it alone: `best`, `clear`, `fair`, `doubtful` or
            `unclear`; of tiles that were looked at.
    """

    def __init__(self, folder: Path) -> None:
        """Read index, atlases and vectors.

        Raises:
            ModelFileError: A file is missing or damaged.
        """
        try:
            index: JsonObject = json.loads((folder / INDEX_FILE).read_text("utf-8"))
            self._canvases = {canvas["side_px"]: _read_canvas(folder, canvas) for canvas in index["canvases"]}
            self.entries = _read_entries(index["entry"], index["entries"])
            self.background_kinds = frozenset(index["background_kinds"])
            self.styles = {name: str(style["words"]) for name, style in index["styles"].items()}
            words, matrix = read_vectors(folder / VECTORS_FILE)
            self.seen = _read_seen(folder / SEEN_FILE)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelFileError(
                f"the exemplar library in {folder} cannot be read: {error}", hint="install pixels-mcp again"
            ) from error
        self.vectors = dict(zip(words, matrix, strict=True))
        looks = {side_px: canvas.looks() for side_px, canvas in self._canvases.items()}
        self.drawn_share = np.array([looks[entry.side_px][0][entry.cell] for entry in self.entries])
        self.lightness = np.array([looks[entry.side_px][1][entry.cell] for entry in self.entries])
        self.extent = np.array([looks[entry.side_px][2][entry.cell] for entry in self.entries])

    def pixels(self, number: int) -> Rgba:
        """A tile's pixels, (side_px, side_px, 4) uint8, hard alpha."""
        entry = self.entries[number]
        return self._canvases[entry.side_px].pixels(entry.cell)


def _reach(lines: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Of each row of flags, which share of it lies from the first set flag to the last."""
    length = lines.shape[1]
    spread = length - lines.argmax(axis=1) - lines[:, ::-1].argmax(axis=1)
    return np.where(lines.any(axis=1), spread, 0) / length


def _read_canvas(folder: Path, canvas: Mapping[str, Any]) -> _Canvas:
    with Image.open(folder / canvas["file"]) as image:
        return _Canvas(canvas["side_px"], canvas["columns"], np.array(image.convert("RGBA")))


def read_vectors(path: Path) -> tuple[list[str], NDArray[np.float32]]:
    """Read words and their vectors, (words, width) float32.

    Raises:
        OSError, ValueError, KeyError: The file is missing or damaged.
    """
    with np.load(path, allow_pickle=False) as vectors:
        words = vectors["words"].tobytes().decode("ascii").split("\n")
        return words, vectors["vectors"].astype(np.float32) * vectors["scale"]


def _read_seen(path: Path) -> dict[str, str]:
    """Read what a person saw in the tiles; a library of one's own has nothing of that kind."""
    if not path.exists():
        return {}
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    return {name: level for level, name in (line.split("\t") for line in lines[1:])}


def _read_entries(fields: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[TileEntry, ...]:
    """Read rows whose columns `fields` names; columns of a later format are passed over."""
    column = {field: number for number, field in enumerate(fields)}

    def read(row: Sequence[Any]) -> TileEntry:
        return TileEntry(
            name=row[column["name"]],
            kind=row[column["kind"]],
            head=singular(row[column["head"]]),
            words=tuple(map(singular, row[column["words"]].split())),
            held_out=bool(row[column["held_out"]]),
            side_px=row[column["side_px"]],
            cell=row[column["cell"]],
            pack=row[column["pack"]],
            style=row[column["style"]],
        )

    return tuple(map(read, rows))
