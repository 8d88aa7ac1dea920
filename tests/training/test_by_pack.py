"""Sprites measured pack by pack, against the real tiles of each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pixels_mcp.training.judging.by_pack import JudgedSprite, measure_by_pack
from pixels_mcp.training.judging.classifier import class_of, train_judge
from pixels_mcp.training.packs.tiles import Tile


def test_tiles_taken_for_sprites_do_as_well_as_the_tiles_and_noise_lies_far_from_them(tiles: list[Tile]) -> None:
    known = [tile for tile in tiles if class_of(tile) is not None]
    large = [replace(tile, pack="large") for tile in known[:60]]
    small = [replace(tile, pack="small") for tile in known[60:65]]
    judge = train_judge(known, seed=1, epochs=2)
    random = np.random.default_rng(3)
    noise = [random.integers(0, 256, (32, 32, 4), dtype=np.uint8) for _ in large]

    same = measure_by_pack([judge], [JudgedSprite(tile, tile.pixels, 0) for tile in [*large, *small]], [*large, *small])
    other = measure_by_pack([judge], [JudgedSprite(t, p, 0) for t, p in zip(large, noise, strict=True)], large)

    assert list(same) == ["large", "small"]
    assert (same["large"]["n"], same["large"]["real_n"], same["small"]["n"]) == (60, 60, 5)
    assert same["large"]["kind_accuracy"] == same["large"]["real_kind_accuracy"]
    assert same["small"]["kid"] is None
    near, far = same["large"]["kid"], other["large"]["kid"]
    assert near is not None
    assert far is not None
    assert near < 0.1 < far
