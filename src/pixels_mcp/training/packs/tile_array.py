"""Training tiles as one file: what a machine with a card needs of the packs, and no more."""

from __future__ import annotations

import io
import json
import lzma
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from pixels_mcp.errors import TrainingError
from pixels_mcp.files import write_whole
from pixels_mcp.training.packs.captions import TileWords
from pixels_mcp.training.packs.tiles import Tile, read_tiles

FORMAT = 1
SUFFIX = ".tiles"


def tiles_from(sources: Sequence[Path]) -> list[Tile]:
    """Read packs, or the one file that `save_tiles` made of them.

    Raises:
        TrainingError: As `read_tiles` and `load_tiles`.
    """
    if len(sources) == 1 and sources[0].suffix == SUFFIX:
        return load_tiles(sources[0])
    return read_tiles(sources)


def save_tiles(path: Path, tiles: list[Tile]) -> None:
    """Write tiles, pixels and words, as one xz file that `load_tiles` reads to the same tiles.

    Raises:
        OSError: The file cannot be written.
    """
    sides = sorted({len(tile.pixels) for tile in tiles})
    arrays = {f"px_{side}": np.stack([t.pixels for t in tiles if len(t.pixels) == side]) for side in sides}
    said = [{**asdict(tile), "pixels": len(tile.pixels)} for tile in tiles]
    text = json.dumps({"format": FORMAT, "tiles": said}, separators=(",", ":"))
    held = io.BytesIO()
    arrays["words"] = np.frombuffer(text.encode(), np.uint8)
    np.savez(held, **arrays)  # type: ignore[arg-type]  # their names are px_SIDE and words
    write_whole(path, lzma.compress(held.getvalue(), preset=6))


def load_tiles(path: Path) -> list[Tile]:
    """Read what `save_tiles` wrote.

    Raises:
        TrainingError: It is no such file, damaged, or of a newer format.
    """
    try:
        with np.load(io.BytesIO(lzma.decompress(path.read_bytes())), allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        said: dict[str, Any] = json.loads(arrays.pop("words").tobytes())
        if said["format"] != FORMAT:
            raise ValueError(f"format {said['format']}, this version reads {FORMAT}")
        pictures = {int(name.removeprefix("px_")): iter(pixels) for name, pixels in arrays.items()}
        return [_tile(entry, pictures) for entry in said["tiles"]]
    except (OSError, ValueError, KeyError, TypeError, StopIteration, lzma.LZMAError) as error:
        raise TrainingError(
            f"{path} holds no training tiles: {error}", hint="make it again with `train mini pack`"
        ) from error


def _tile(entry: dict[str, Any], pictures: dict[int, Any]) -> Tile:
    said: dict[str, Any] = {**entry["words"], "words": tuple(entry["words"]["words"])}
    facts: dict[str, Any] = {**entry, "pixels": next(pictures[entry["pixels"]]), "pose": tuple(entry["pose"])}
    facts["words"] = TileWords(**said)
    return Tile(**facts)
