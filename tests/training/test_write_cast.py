"""The cast is written from packs: who walks in four directions, each frame once."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pixels_mcp.exemplars.cast import ATLAS_COLUMNS, read_cast
from pixels_mcp.training.cast.write_cast import write_cast

ROWS = ["down", "up", "left", "right"]


def pack(folder: Path, entries: list[dict[str, Any]]) -> Path:
    """A pack whose sheets are frames of one color each; frames 0 and 2 of a row are alike."""
    folder.mkdir()
    with zipfile.ZipFile(folder / "art.zip", "w") as art:
        for number, entry in enumerate(entries):
            sheet = np.zeros((16 * len(entry["directions"]), 16 * max(entry["frames"]), 4), dtype=np.uint8)
            for row in range(len(entry["directions"])):
                for column in range(max(entry["frames"])):
                    cell = sheet[16 * row + 2 : 16 * row + 14, 16 * column + 4 : 16 * column + 12]
                    cell[:] = (40 * row + 20, 90 * (column % 2) + 10, 50 * number, 255)
            data = io.BytesIO()
            Image.fromarray(sheet).save(data, "PNG")
            art.writestr(entry["sheet"], data.getvalue())
    (folder / "frames.json").write_text(json.dumps(entries), "utf-8")
    return folder


def entry(name: str, action: str = "walk", directions: list[str] = ROWS, frames: int = 4) -> dict[str, Any]:
    return {
        "sheet": f"sheets/{name}_{action}.png", "name": name, "caption": name, "tile": [16, 16], "action": action,
        "directions": directions, "frames": [frames] * len(directions), "loop": action == "walk", "fps": 10,
    }  # fmt: skip


def test_who_walks_in_four_directions_is_kept_with_its_other_cycles(tmp_path: Path) -> None:
    entries = [
        entry("red_knight"),
        entry("red_knight", "attack", frames=3),
        entry("red_knight", "dead", ["none"], 1),
        entry("side_hero", directions=["right"]),
        entry("statue", "idle"),
    ]
    written = tmp_path / "library"
    written.mkdir()

    assert write_cast([pack(tmp_path / "pack_a", entries)], written) == 1

    (knight,) = read_cast(written)
    assert (knight.name, knight.pack, knight.words, knight.head) == (
        "red_knight",
        "pack_a",
        ("red", "knight"),
        "knight",
    )
    assert list(knight.cycles) == ["walk", "attack"]
    walk = knight.cycles["walk"]
    assert (walk.ms, walk.play) == (100, "Loop")
    assert walk.cells["south"][0] == walk.cells["south"][2] != walk.cells["south"][1]
    atlas = np.array(Image.open(written / "cast_16x16.png"))
    row, column = divmod(walk.cells["east"][1], ATLAS_COLUMNS)
    assert atlas[16 * row + 8, 16 * column + 8].tolist() == [140, 100, 0, 255]
