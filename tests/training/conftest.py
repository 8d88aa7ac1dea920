"""A folder of real tiles, cut from the exemplar library that the package ships."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixels_mcp.exemplars.tile_index import ATLAS_COLUMNS, ATLAS_FILE, FOLDER, INDEX_FILE
from pixels_mcp.training.tiles import Tile, read_tiles


@pytest.fixture(scope="session")
def tiles_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 tiles of all kinds as PNG files under their own names."""
    folder = tmp_path_factory.mktemp("tiles")
    entries = json.loads((FOLDER / INDEX_FILE).read_text(encoding="utf-8"))["entries"]
    with Image.open(FOLDER / ATLAS_FILE) as image:
        atlas = np.array(image.convert("RGBA"))
    for number in range(0, len(entries), len(entries) // 400):
        y, x = (32 * n for n in divmod(number, ATLAS_COLUMNS))
        path = folder / entries[number][0]
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(atlas[y : y + 32, x : x + 32]).save(path)
    return folder


@pytest.fixture(scope="session")
def tiles(tiles_folder: Path) -> list[Tile]:
    """The same, read."""
    return read_tiles([tiles_folder])


@pytest.fixture(scope="session")
def small_tiles(tiles: list[Tile]) -> list[Tile]:
    """Every second pixel of them: stand-ins for art of 16 px, as often drawn."""
    return [replace(t, path=f"small/{t.path}", pixels=np.ascontiguousarray(t.pixels[::2, ::2])) for t in tiles]
