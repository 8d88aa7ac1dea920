"""The exemplar library that a packaged `mini` carries is made from the tiles by one call."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pixels_mcp.exemplars.tile_index import TileIndex
from pixels_mcp.training.exemplar_library import (
    LEFT_OUT_KINDS,
    SMALL_THINGS,
    enlarge,
    write_exemplar_library,
    write_word_vectors,
)
from pixels_mcp.training.packs.pack_captions import STYLES
from pixels_mcp.training.packs.tiles import Tile


class Tokenizer:
    """Names the rows of a table of seven word pieces."""

    words = ("[CLS]", "##ing", "12", "ox", "sword", "potion", "monster")

    def convert_ids_to_tokens(self, number: int) -> str:
        return self.words[number]


@pytest.fixture
def library(tmp_path: Path, tiles: list[Tile], small_tiles: list[Tile]) -> TileIndex:
    table = np.random.default_rng(0).normal(size=(len(Tokenizer.words), 192)).astype(np.float32)
    write_exemplar_library([*tiles, *small_tiles], tmp_path)
    write_word_vectors(table, Tokenizer(), tmp_path)
    return TileIndex(tmp_path)


def test_every_tile_of_both_sizes_but_the_overlays_is_found_under_its_own_name(
    library: TileIndex, tiles: list[Tile], small_tiles: list[Tile]
) -> None:
    kept = [t for t in (*tiles, *small_tiles) if t.words.kind not in LEFT_OUT_KINDS and t.path not in SMALL_THINGS]
    kept = [t for t in kept if (t.pixels[..., 3] > 0).sum() >= 24]
    number_of = {entry.name: number for number, entry in enumerate(library.entries)}

    assert len(kept) > 400
    for tile in kept:
        entry = library.entries[number_of[tile.path]]
        assert np.array_equal(library.pixels(number_of[tile.path]), tile.pixels)
        assert (entry.kind, entry.side_px, entry.held_out) == (tile.words.kind, len(tile.pixels), tile.held_out)
    assert set(library.styles) == set(STYLES)


def test_later_frames_repeats_and_shores_of_a_pack_stay_out(tmp_path: Path, tiles: list[Tile]) -> None:
    sword = next(t for t in tiles if t.words.kind == "weapon")
    grass = replace(sword, words=replace(sword.words, kind="floor", name="grass"), is_dungeon=False)
    even, shore = np.full((16, 16, 4), (60, 160, 60, 255), np.uint8), np.full((16, 16, 4), (60, 160, 60, 255), np.uint8)
    shore[:, 8:] = (40, 90, 220, 255)
    pack = [
        replace(sword, path="sword", is_dungeon=False),
        replace(sword, path="sword again", is_dungeon=False),
        replace(sword, path="second frame", is_dungeon=False, is_exemplar=False),
        replace(grass, path="grass", pixels=even),
        replace(grass, path="shore", pixels=shore),
    ]

    assert write_exemplar_library(pack, tmp_path) == 2
    write_word_vectors(np.ones((len(Tokenizer.words), 192), np.float32), Tokenizer(), tmp_path)
    assert {entry.name for entry in TileIndex(tmp_path).entries} == {"sword", "grass"}


def test_only_whole_english_words_have_a_vector(library: TileIndex) -> None:
    assert set(library.vectors) == {"sword", "potion", "monster"}
    assert all(np.linalg.norm(vector) == pytest.approx(1.0, abs=0.05) for vector in library.vectors.values())


def blocks(pixels: np.ndarray) -> np.ndarray:
    return pixels.repeat(2, axis=0).repeat(2, axis=1)


def test_enlarging_keeps_straight_edges_and_rounds_slanting_ones() -> None:
    red = (200, 40, 40, 255)
    half, slope = np.zeros((6, 6, 4), np.uint8), np.zeros((6, 6, 4), np.uint8)
    half[:, 2:] = red
    for row in range(6):
        slope[row, : row + 1] = red

    assert np.array_equal(enlarge(half, 2)[1:-1, :-1], blocks(half)[1:-1, :-1])
    large = enlarge(slope, 2)
    assert {tuple(map(int, pixel)) for pixel in large.reshape(-1, 4)} == {red, (0, 0, 0, 0)}
    assert not np.array_equal(large, blocks(slope))
    assert np.array_equal(enlarge(slope, 1), slope)
