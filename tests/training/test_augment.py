"""Training pairs: what is said is what is shown."""

from __future__ import annotations

import numpy as np

from pixels_mcp.exemplars.words import COLOR_OF
from pixels_mcp.training.augment import Sources, draw_pair
from pixels_mcp.training.judgements import ASKED_COLORS, nearest_asked_color
from pixels_mcp.training.tiles import Tile


def test_the_same_numbers_draw_the_same_pairs(tiles: list[Tile]) -> None:
    sources = Sources.of(tiles)

    one = [draw_pair(sources, random) for random in [np.random.default_rng(3)] for _ in range(20)]
    again = [draw_pair(sources, random) for random in [np.random.default_rng(3)] for _ in range(20)]

    assert [(p.tobytes(), c) for p, c in one] == [(p.tobytes(), c) for p, c in again]


def test_every_picture_has_hard_alpha_and_most_have_a_caption(tiles: list[Tile]) -> None:
    sources, random = Sources.of(tiles), np.random.default_rng(1)

    pairs = [draw_pair(sources, random) for _ in range(300)]

    assert all(set(np.unique(pixels[..., 3])) <= {0, 255} for pixels, _ in pairs)
    assert 0.8 < np.mean([caption != "" for _, caption in pairs]) < 0.97


def test_a_colour_word_at_the_front_of_a_caption_is_mostly_the_picture_s_colour(tiles: list[Tile]) -> None:
    sources = Sources.of([t for t in tiles if t.words.kind in ("weapon", "potion", "monster")])
    random = np.random.default_rng(2)
    right = []
    for _ in range(400):
        pixels, caption = draw_pair(sources, random)
        color = COLOR_OF.get(caption.split(" ")[0])
        if color in ASKED_COLORS:
            right.append(nearest_asked_color(pixels) == color)

    assert len(right) > 100
    assert np.mean(right) > 0.6
