"""Exported files that the crates of games read too (`bevy_bridge/tests/exports.rs`): byte for byte the golden ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pixels_mcp.library.entries import LibraryEntry
from pixels_mcp.operations.exports.aseprite_file import AsepriteTag, aseprite_bytes
from pixels_mcp.operations.exports.ldtk_files import ldtk_project
from pixels_mcp.operations.exports.tiled_files import tsx
from pixels_mcp.operations.kept_tileset import KeptTileset
from pixels_mcp.pixelart.tiles.maps import lay
from pixels_mcp.pixelart.tiles.tileset import Tileset

GOLDEN = Path(__file__).parents[1] / "golden" / "exports"


def blinker() -> bytes:
    frames: list[np.ndarray] = []
    for number in range(5):
        frame = np.zeros((4, 6, 4), np.uint8)
        frame[1:] = (40 * number + 10, 0, 7, 255)
        frame[1:, :, 1] = np.arange(6) * 30
        frames.append(frame)
    tags = [AsepriteTag("walk", 0, 1), AsepriteTag("turn", 2, 4, "pingpong")]
    return aseprite_bytes(frames, [120, 80, 200, 60, 60], tags)


def shore_kept() -> KeptTileset:
    keys = [*((code, 0) for code in range(16)), (0, 1), (0, 2), (15, 1), (15, 2)]
    tiles = {key: np.full((16, 16, 4), (10 * key[0], 100, 255 - 10 * key[0], 255), np.uint8) for key in keys}
    words: dict[str, Any] = {"sprite_id": "shore-0001.1", "width_px": 64, "height_px": 160}
    entry = LibraryEntry.model_construct(**words)
    frames = {cell: (cell, cell + 20) for cell in range(20)}
    return KeptTileset(entry, Tileset("corner", 16, tiles), ("deep water", "green grass"), frames, 250)


def test_aseprite_s_own_file_is_the_golden_one() -> None:
    assert blinker() == (GOLDEN / "blinker.aseprite").read_bytes()


def test_tiled_s_file_is_the_golden_one() -> None:
    assert tsx(shore_kept(), "shore", "shore.png") == (GOLDEN / "shore.tsx").read_bytes()


def island_in_ldtk() -> bytes:
    kept = shore_kept()
    terrain = np.zeros((4, 5), dtype=np.bool_)
    terrain[1:3, 1:4] = True
    return ldtk_project(kept, "shore", "shore.png", lay(kept.tileset, terrain))


def test_ldtk_s_project_is_the_golden_one() -> None:
    assert island_in_ldtk() == (GOLDEN / "shore.ldtk").read_bytes()
