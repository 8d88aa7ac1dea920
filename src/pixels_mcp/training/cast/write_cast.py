"""Write the cast that `mini` ships: of every character its drawn cycles, on one atlas for each size of a frame."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pixels_mcp.exemplars.cast import ATLAS_COLUMNS, ATLAS_FILE, CAST_FILE, CAST_FORMAT
from pixels_mcp.pixelart.pixels import Rgba, harden_alpha
from pixels_mcp.set_words import FACINGS, Facing, MotionName

_FACING_OF: Mapping[str, Facing] = {
    "down": "south",
    "down_right": "south_east",
    "right": "east",
    "up_right": "north_east",
    "up": "north",
    "up_left": "north_west",
    "left": "west",
    "down_left": "south_west",
}
_MOTION_OF: Mapping[str, MotionName] = {
    "walk": "walk",
    "idle": "idle",
    "attack": "attack",
    "attack_sword": "attack",
    "hurt": "hurt",
    "dead": "death",
}
"""Actions of the packs that are motions of ours; an attack with a sword where there are several."""
_FEWEST_FRAMES: Mapping[MotionName, int] = {"walk": 2, "idle": 2, "attack": 3, "hurt": 2, "death": 2}
_USUAL_FPS = 8


@dataclass
class _Atlas:
    """Frames of one size; equal ones are kept once."""

    frames: list[Rgba] = field(default_factory=list[Rgba])
    places: dict[bytes, int] = field(default_factory=dict[bytes, int])

    def add(self, frame: Rgba) -> int:
        key = frame.tobytes()
        if key not in self.places:
            self.places[key] = len(self.frames)
            self.frames.append(frame)
        return self.places[key]

    def picture(self) -> Rgba:
        height, width = self.frames[0].shape[:2]
        rows = -(-len(self.frames) // ATLAS_COLUMNS)
        atlas = np.zeros((rows * height, ATLAS_COLUMNS * width, 4), dtype=np.uint8)
        for place, frame in enumerate(self.frames):
            row, column = divmod(place, ATLAS_COLUMNS)
            atlas[row * height : (row + 1) * height, column * width : (column + 1) * width] = frame
        return atlas


def write_cast(packs: Sequence[Path], folder: Path) -> int:
    """Write index and atlases.

    Args:
        packs: Folders with `art.zip` and `frames.json`; those without animation sheets are passed over.
        folder: The library's.

    Returns:
        How many characters walk in four directions and are in it.
    """
    atlases: dict[tuple[int, int], _Atlas] = {}
    characters: dict[tuple[str, str], dict[str, Any]] = {}
    for pack in packs:
        if not (pack / "frames.json").is_file():
            continue
        with zipfile.ZipFile(pack / "art.zip") as art:
            for entry in json.loads((pack / "frames.json").read_text("utf-8")):
                _add(pack.name, entry, art, atlases, characters)
    kept = [one for one in characters.values() if "walk" in one["clips"]]
    sizes = sorted(atlases)
    for size in sizes:
        Image.fromarray(atlases[size].picture()).save(folder / ATLAS_FILE.format(*size), optimize=True)
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in kept)
    text = f'{{"format": {CAST_FORMAT}, "frame_sizes_px": {json.dumps(sizes)}, "characters": [\n{lines}\n]}}\n'
    (folder / CAST_FILE).write_text(text, encoding="utf-8")
    return len(kept)


def _add(
    pack: str,
    entry: Mapping[str, Any],
    art: zipfile.ZipFile,
    atlases: dict[tuple[int, int], _Atlas],
    characters: dict[tuple[str, str], dict[str, Any]],
) -> None:
    motion = _MOTION_OF.get(entry["action"])
    facings = {_FACING_OF[side]: row for row, side in enumerate(entry["directions"]) if side in _FACING_OF}
    if motion is None or not {"south", "north"} <= facings.keys() or not {"east", "west"} & facings.keys():
        return
    if min(entry["frames"][row] for row in facings.values()) < _FEWEST_FRAMES[motion]:
        return
    width, height = entry["tile"]
    key = pack, entry["name"]
    character = characters.setdefault(
        key,
        {"name": entry["name"], "pack": pack, "caption": entry["caption"], "frame_px": [width, height], "clips": {}},
    )
    if character["frame_px"] != [width, height] or motion in character["clips"]:
        return
    sheet = harden_alpha(np.array(Image.open(io.BytesIO(art.read(entry["sheet"]))).convert("RGBA")))
    atlas = atlases.setdefault((width, height), _Atlas())
    ms = round(1000 / entry.get("fps", _USUAL_FPS))
    rows = {
        facing: [atlas.add(frame) for frame in _frames(sheet, facings[facing], entry["frames"], width, height)]
        for facing in FACINGS[8]
        if facing in facings
    }
    character["clips"][motion] = {"ms": ms, "play": "Loop" if entry["loop"] else "Once", "cells": rows}


def _frames(sheet: Rgba, row: int, counts: Sequence[int], width: int, height: int) -> Iterator[Rgba]:
    for column in range(counts[row]):
        yield sheet[row * height : (row + 1) * height, column * width : (column + 1) * width]
