"""The exemplar library that a packaged `mini` carries is made from the tiles by one call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pixels_mcp.exemplars import finder as exemplars
from pixels_mcp.training.exemplar_library import LEFT_OUT_KINDS, SMALL_THINGS, enlarge, write_exemplar_library
from pixels_mcp.training.tiles import Tile


class Tokenizer:
    """Names the rows of a table of seven word pieces."""

    words = ("[CLS]", "##ing", "12", "ox", "sword", "potion", "monster")

    def convert_ids_to_tokens(self, number: int) -> str:
        return self.words[number]


@pytest.fixture
def library(tmp_path: Path, tiles: list[Tile], monkeypatch: pytest.MonkeyPatch) -> exemplars._Library:
    table = np.random.default_rng(0).normal(size=(len(Tokenizer.words), 192)).astype(np.float32)
    write_exemplar_library(tiles, table, Tokenizer(), tmp_path)
    return exemplars._Library(tmp_path)


def test_every_tile_but_the_overlays_is_found_under_its_own_name(
    library: exemplars._Library, tiles: list[Tile]
) -> None:
    kept = [t for t in tiles if t.words.kind not in LEFT_OUT_KINDS and t.path not in SMALL_THINGS]
    kept = [t for t in kept if (t.pixels[..., 3] > 0).sum() >= 24]

    assert len(kept) > 200
    for tile in kept:
        number = library.number_of[tile.path]
        assert np.array_equal(library.tile(number), tile.pixels)
        assert library.kinds[number] == tile.words.kind
    assert library.held_out == {t.path for t in tiles if t.held_out and t.path in library.number_of}


def test_only_whole_english_words_have_a_vector(library: exemplars._Library) -> None:
    assert set(library._vector_of) == {"sword", "potion", "monster"}
    assert all(np.linalg.norm(vector) == pytest.approx(1.0, abs=0.05) for vector in library._vector_of.values())


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
