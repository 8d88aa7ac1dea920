"""Drawing pairs ahead, and tiles in one file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pixels_mcp.errors import TrainingError
from pixels_mcp.training.mini.augment import sources_by_canvas
from pixels_mcp.training.mini.pair_loader import PairsOfSteps, batches_from
from pixels_mcp.training.packs.tile_array import load_tiles, save_tiles, tiles_from
from pixels_mcp.training.packs.tiles import Tile


def lengths(captions: list[str]) -> torch.Tensor:
    return torch.tensor([[len(caption)] for caption in captions])


def test_a_step_draws_the_same_pairs_here_and_in_processes_beside_and_after_a_pause(tiles: list[Tile]) -> None:
    sources = sources_by_canvas([tile for tile in tiles if not tile.held_out])
    pairs = PairsOfSteps(sources, dict.fromkeys(sources, 6), 3, lengths)
    here, beside, later = batches_from(pairs, 0, 0), batches_from(pairs, 0, 2), batches_from(pairs, 2, 0)

    first = [next(here) for _ in range(4)]
    assert [batch.seed for batch in first[2:]] == [next(later).seed for _ in range(2)]
    for mine in first:
        other = next(beside)
        assert torch.equal(mine.pixels, other.pixels)
        assert torch.equal(mine.pieces, other.pieces)
        assert mine.seed == other.seed
    assert not torch.equal(first[0].pixels, first[1].pixels)


@pytest.mark.parametrize(("small_share", "small_steps"), [(1.0, 40), (0.0, 0), (None, range(8, 33))])
def test_a_share_of_the_steps_is_drawn_on_the_smallest_canvas(
    tiles: list[Tile], small_share: float | None, small_steps: int | range
) -> None:
    halved = [replace(tile, pixels=np.ascontiguousarray(tile.pixels[::2, ::2])) for tile in tiles]
    sources = sources_by_canvas([*tiles, *halved])
    pairs = PairsOfSteps(sources, dict.fromkeys(sources, 2), 3, lengths, small_share)

    sides = [pairs[step].pixels.shape[1] for step in range(40)]

    assert sides.count(16) in (small_steps if isinstance(small_steps, range) else (small_steps,))


def test_tiles_come_back_from_one_file_as_they_were(tiles: list[Tile], tmp_path: Path) -> None:
    file = tmp_path / "mine.tiles"
    save_tiles(file, tiles)

    again = tiles_from([file])
    assert len(again) == len(tiles)
    for one, other in zip(tiles, again, strict=True):
        assert np.array_equal(one.pixels, other.pixels)
        assert (one.path, one.words, one.held_out, one.weight, one.pose) == (
            other.path,
            other.words,
            other.held_out,
            other.weight,
            other.pose,
        )


@pytest.mark.parametrize("damage", [b"", b"not tiles", b"\xfd7zXZ\x00\x00"])
def test_a_file_that_holds_no_tiles_is_named(damage: bytes, tmp_path: Path) -> None:
    file = tmp_path / "mine.tiles"
    file.write_bytes(damage)

    with pytest.raises(TrainingError, match=r"mine\.tiles holds no training tiles"):
        load_tiles(file)
