"""Read the exemplar library: one atlas of tiles, what each shows, and word vectors.

`mini/exemplars/ARTISTS.md` names the artists of the tiles; all of them are CC0 1.0.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
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

FOLDER = MINI_FOLDER / "exemplars"
ATLAS_FILE, INDEX_FILE, VECTORS_FILE = "tiles.png", "tiles.json", "words.npz"
ATLAS_COLUMNS = 64


@dataclass(frozen=True)
class TileEntry:
    """What one tile shows.

    Attributes:
        name: Path of the tile in its release.
        kind: Such as `weapon`, `potion`, `monster`, `floor`.
        head: The noun that names the thing, singular.
        words: All words of its caption, singular, the head among them.
        held_out: Whether the network never saw it in training.
    """

    name: str
    kind: str
    head: str
    words: tuple[str, ...]
    held_out: bool


class TileIndex:
    """The tiles of a folder.

    Attributes:
        entries: What each tile shows.
        background_kinds: Kinds that fill their square.
        tile_px: Side of a tile's cell in the atlas.
        vectors: Unit vectors of the words that the text encoder's table knows.
    """

    def __init__(self, folder: Path) -> None:
        """Read index, atlas and vectors.

        Raises:
            ModelFileError: A file is missing or damaged.
        """
        try:
            index: dict[str, Any] = json.loads((folder / INDEX_FILE).read_text("utf-8"))
            with Image.open(folder / ATLAS_FILE) as image:
                self._atlas = np.array(image.convert("RGBA"))
            words, matrix = read_vectors(folder / VECTORS_FILE)
            self.entries = _read_entries(index["entry"], index["entries"])
            self.tile_px: int = index["tile_px"]
            self.background_kinds = frozenset(index["background_kinds"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelFileError(
                f"the exemplar library in {folder} cannot be read: {error}", hint="install pixels-mcp again"
            ) from error
        self.vectors = dict(zip(words, matrix, strict=True))

    def pixels(self, number: int) -> Rgba:
        """A tile's pixels, (H, W, 4) uint8, hard alpha."""
        y, x = (self.tile_px * n for n in divmod(number, ATLAS_COLUMNS))
        return self._atlas[y : y + self.tile_px, x : x + self.tile_px].copy()


def read_vectors(path: Path) -> tuple[list[str], NDArray[np.float32]]:
    """Read words and their vectors, (words, width) float32.

    Raises:
        OSError, ValueError, KeyError: The file is missing or damaged.
    """
    with np.load(path, allow_pickle=False) as vectors:
        words = vectors["words"].tobytes().decode("ascii").split("\n")
        return words, vectors["vectors"].astype(np.float32) * vectors["scale"]


def _read_entries(fields: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[TileEntry, ...]:
    """Read rows whose columns `fields` names; columns of a later format are passed over."""
    column = {field: number for number, field in enumerate(fields)}
    name, kind, head, words, held_out = (column[word] for word in ("name", "kind", "head", "words", "held_out"))
    return tuple(
        TileEntry(
            row[name], row[kind], singular(row[head]), tuple(map(singular, row[words].split())), bool(row[held_out])
        )
        for row in rows
    )
