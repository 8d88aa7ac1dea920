"""Training pairs: what is said is what is shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pixels_mcp.exemplars.ramps import main_colors
from pixels_mcp.exemplars.words import COLOR_OF
from pixels_mcp.training.judging.judgements import ASKED_COLORS, nearest_asked_color
from pixels_mcp.training.mini.augment import Sources, draw_pair
from pixels_mcp.training.packs.captions import TileWords
from pixels_mcp.training.packs.tiles import Tile


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
    right: list[bool] = []
    for _ in range(400):
        pixels, caption = draw_pair(sources, random)
        color = COLOR_OF.get(caption.split(" ")[0])
        if color in ASKED_COLORS:
            right.append(nearest_asked_color(pixels) == color)

    assert len(right) > 100
    assert np.mean(right) > 0.6


def test_what_was_recoloured_always_has_a_colour_in_its_caption() -> None:
    red = np.zeros((32, 32, 4), np.uint8)
    red[8:24, 8:24] = (210, 30, 30, 255)
    ball = Tile("ball.png", red, TileWords("item", "ball", ("ball",), "ball", 1.0, True), False)
    sources, random = Sources.of([ball]), np.random.default_rng(4)
    recolored = said = 0
    for _ in range(300):
        pixels, caption = draw_pair(sources, random)
        if caption and main_colors(pixels) != ["red"]:
            recolored += 1
            said += any(word in COLOR_OF for word in caption.split(" "))

    assert recolored > 100
    assert said == recolored


def test_a_share_of_captions_names_the_look_and_no_other(tiles: list[Tile]) -> None:
    sources, random = Sources.of([replace(t, style="flat") for t in tiles]), np.random.default_rng(5)

    captions = [draw_pair(sources, random)[1] for _ in range(400)]

    assert 0.2 < np.mean(["flat style" in caption for caption in captions]) < 0.45
    assert not any("bold" in caption or caption.count("style") > 1 for caption in captions)


def test_a_picture_from_behind_always_says_so(tiles: list[Tile]) -> None:
    sources, random = Sources.of([replace(tiles[0], pose=("walking", "back"))]), np.random.default_rng(6)

    captions = [caption for _ in range(60) if (caption := draw_pair(sources, random)[1])]

    assert all("back" in caption.split(" ") for caption in captions)
