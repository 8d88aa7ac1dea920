"""A folder of real tiles, cut from the exemplar library that the package ships."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixels_mcp.exemplars.tile_index import FOLDER, TileIndex
from pixels_mcp.training.packs.tiles import Tile, read_tiles


@pytest.fixture(scope="session")
def tiles_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 dungeon tiles of all kinds as PNG files under their own names."""
    folder = tmp_path_factory.mktemp("tiles")
    index = TileIndex(FOLDER)
    numbers = [number for number, entry in enumerate(index.entries) if entry.pack == "dcss_tiles"]
    for number in numbers[:: len(numbers) // 400]:
        path = folder / index.entries[number].name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(index.pixels(number)).save(path)
    return folder


@pytest.fixture(scope="session")
def tiles(tiles_folder: Path) -> list[Tile]:
    """The same, read."""
    return read_tiles([tiles_folder])


@pytest.fixture(scope="session")
def small_tiles(tiles: list[Tile]) -> list[Tile]:
    """Every second pixel of them: stand-ins for art of 16 px, as often drawn."""
    return [replace(t, path=f"small/{t.path}", pixels=np.ascontiguousarray(t.pixels[::2, ::2])) for t in tiles]
