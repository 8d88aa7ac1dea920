"""What the library finds for the words that a game developer types, and how it colours what it found."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from pixels_mcp.exemplars.finder import (
    find_exemplars,
    held_out_names,
    is_background_kind,
    library,
    usual_side_px,
)
from pixels_mcp.exemplars.ramps import HUE_DEG, main_colors, recolor_to, turn_hue
from pixels_mcp.exemplars.recall import recall_tile
from pixels_mcp.exemplars.tile_index import FOLDER, INDEX_FILE
from pixels_mcp.pixelart.colors.color import oklab


@pytest.mark.parametrize(
    ("prompt", "kind", "in_name"),
    [
        ("wolf", "monster", "animals"),
        ("treasure chest", "item", "chest"),
        ("potion", "potion", "potion"),
        ("golden sword", "weapon", "golden_sword"),
        ("heart", "item", "heart"),
        ("coin", "coin", "gold"),
        ("tree", "tree", "tree"),
        ("iron shield", "shield", "shield"),
        ("fire staff", "weapon", "staff"),
        ("knight with sword", "character", "knight"),
        ("pile of coins", "coin", "gold"),
        ("stone wall", "wall", "stone"),
        ("grass floor", "floor", "grass"),
        ("crimson flask", "potion", "recycled_r02"),
        ("puppy", "monster", "dog"),
        ("red dragon", "monster", "dragon"),
        ("wooden door", "door", ""),
        ("chainmail", "armour", "chain_mail"),
        ("griffin", "monster", "griffon"),
        ("beholder", "item", "eye"),
    ],
)
def test_the_likest_tile_is_the_thing_that_the_words_name(prompt: str, kind: str, in_name: str) -> None:
    first = find_exemplars(prompt, 1)[0]

    assert first.kind == kind
    assert in_name in first.name


@pytest.mark.parametrize("prompt", ["umbrella", "television", "guitar", "harpsichord", "red", "qwzx"])
def test_nothing_is_taken_where_nothing_is_like_the_words(prompt: str) -> None:
    assert find_exemplars(prompt, 4) == []


@pytest.mark.parametrize("color", ["red", "orange", "yellow", "green", "cyan", "blue", "purple", "white"])
@pytest.mark.parametrize("thing", ["sword", "shield", "potion", "dragon", "robe", "ring"])
def test_the_asked_colour_is_the_main_colour(color: str, thing: str) -> None:
    exemplar = find_exemplars(f"{color} {thing}", 1)[0]

    assert color in main_colors(exemplar.pixels)


def test_sixteen_potions_are_sixteen_different_pictures() -> None:
    potions = find_exemplars("potion", 16)

    assert len({potion.pixels.tobytes() for potion in potions}) == 16
    assert {potion.kind for potion in potions} == {"potion"}


def test_a_request_finds_the_same_tiles_every_time() -> None:
    first, again = find_exemplars("blue slime", 5), find_exemplars("blue slime", 5)

    assert [(e.name, e.hue_shift_deg, e.ramp, e.sha256) for e in first] == [
        (e.name, e.hue_shift_deg, e.ramp, e.sha256) for e in again
    ]


def test_an_excluded_tile_is_never_taken() -> None:
    first = find_exemplars("golden sword", 1)[0]

    others = find_exemplars("golden sword", 8, exclude=frozenset({first.name}))

    assert first.name not in {other.name for other in others}


def test_every_exemplar_has_hard_alpha_and_no_colour_where_nothing_is() -> None:
    for prompt in ("potion", "ghost", "goblin", "stone wall"):
        for exemplar in find_exemplars(prompt, 6):
            assert set(np.unique(exemplar.pixels[..., 3])) <= {0, 255}
            assert not exemplar.pixels[exemplar.pixels[..., 3] == 0].any()


def test_floors_and_walls_fill_their_square_and_things_stand_free() -> None:
    assert is_background_kind("floor")
    assert not is_background_kind("potion")


def test_a_tenth_of_the_library_was_held_out_from_training() -> None:
    entries = json.loads((FOLDER / INDEX_FILE).read_text(encoding="utf-8"))["entries"]
    share = len(held_out_names()) / len(entries)

    assert 0.07 < share < 0.13


@pytest.mark.parametrize("color", sorted(HUE_DEG))
def test_recolouring_what_already_has_the_colour_changes_nothing(color: str) -> None:
    sword = find_exemplars("sword", 1)[0].pixels
    once = recolor_to(sword, color)[0]

    assert np.array_equal(recolor_to(once, color)[0], once)


def test_a_grey_thing_takes_a_ramp_and_a_coloured_one_has_its_hue_turned() -> None:
    helmet = find_exemplars("helmet", 1)[0].pixels

    _, _, ramp = recolor_to(helmet, "blue")
    apple = find_exemplars("apple", 1)[0].pixels
    _, shift_deg, no_ramp = recolor_to(apple, "blue")

    assert ramp == "blue"
    assert no_ramp is None
    assert shift_deg is not None
    assert abs(abs(shift_deg) - (360 - HUE_DEG["blue"])) < 30


def test_turning_the_hue_right_round_gives_the_same_picture() -> None:
    dragon = find_exemplars("red dragon", 1)[0].pixels

    turned = turn_hue(turn_hue(dragon, 120.0), 240.0)

    assert np.abs(turned.astype(int) - dragon.astype(int)).max() <= 3


def test_finding_an_exemplar_needs_no_torch() -> None:
    code = (
        "import sys; from pixels_mcp.exemplars.finder import find_exemplars; find_exemplars('red potion', 2); "
        "print([m for m in ('torch', 'transformers', 'diffusers', 'tokenizers') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("prompt", "light", "tint"),
    [
        ("ice", (0.7, 1.0), "blue"),
        ("icy ground", (0.7, 1.0), "blue"),
        ("snow", (0.85, 1.0), ""),
        ("moss", (0.35, 0.7), "green"),
        ("murky swamp water", (0.25, 0.55), "green"),
        ("a frozen lake", (0.7, 1.0), "blue"),
        ("a marsh", (0.25, 0.55), "green"),
        ("wooden floor", (0.3, 0.75), "brown"),
        ("cobblestone street floor", (0.4, 0.75), ""),
    ],
)
def test_a_ground_has_the_colors_that_one_knows_it_by(prompt: str, light: tuple[float, float], tint: str) -> None:
    (ground,) = find_exemplars(prompt, 1, side_px=32, joins=True)

    lightness, a, b = oklab(ground.pixels[..., :3]).reshape(-1, 3).mean(axis=0)
    assert light[0] <= lightness <= light[1]
    assert {"blue": b < -0.02, "green": a < -0.01 and b > 0.02, "brown": a > 0 and b > 0.02, "": True}[tint]
    assert recall_tile(ground.name, ground.sha256, ground.hue_shift_deg, ground.ramp) is not None


@pytest.mark.parametrize("prompt", ["wooden planks", "a wood floor", "plank floor", "parquet"])
def test_a_floor_of_wood_is_drawn_from_boards(prompt: str) -> None:
    (ground,) = find_exemplars(prompt, 1, side_px=32, joins=True)
    assert {"plank", "board", "parquet"}.intersection(ground.words)


def test_a_painted_ground_is_painted_the_same_when_its_recipe_is_followed() -> None:
    (ice,) = find_exemplars("ice", 1, side_px=32, joins=True)
    assert ice.ramp == "ice"
    again = recall_tile(ice.name, ice.sha256, ice.hue_shift_deg, ice.ramp)
    assert again is not None
    assert np.array_equal(again, ice.pixels)


@pytest.mark.parametrize(
    ("prompt", "in_words", "not_in_words"),
    [
        ("corn", "corn", "candy"),  # candy corn is no corn
        ("church", "church", "wall"),  # a wall of a church is none
        ("beehive", "beehive", "wall"),
        ("pig", "pig", "hell"),
        ("ninja", "ninja", "frog"),
        ("cow", "cow", "yak"),
        ("hammer", "hammer", "floating"),
        ("pirate", "pirate", "skeleton"),
        ("tomato", "tomato", "crate"),
        ("haystack", "haystack", "wall"),
    ],
)
def test_what_is_named_is_not_taken_from_another_thing_of_that_word(
    prompt: str, in_words: str, not_in_words: str
) -> None:
    best = find_exemplars(prompt, 1, side_px=usual_side_px(prompt, (32, 16)))[0]

    assert in_words in best.words
    assert not_in_words not in best.words


@pytest.mark.parametrize("prompt", ["cowboy", "barrel", "lantern", "crate", "padlock"])
def test_art_of_one_color_is_not_taken_where_colored_art_fits_as_well(prompt: str) -> None:
    assert find_exemplars(prompt, 1, side_px=usual_side_px(prompt, (32, 16)))[0].style != "one-bit"


@pytest.mark.parametrize("trade", ["blacksmith", "teacher", "plumber", "nurse"])
def test_somebody_is_drawn_from_a_person_where_no_tile_has_the_trade(trade: str) -> None:
    best = find_exemplars(trade, 1)[0]

    assert best.kind in ("character", "person")
    assert best.of_thing < 0.8


@pytest.mark.parametrize("prompt", ["wooden bow", "wooden barrel", "wooden crate", "wooden fence", "wooden door"])
def test_what_is_asked_of_wood_looks_so_whether_its_caption_says_it_or_not(prompt: str) -> None:
    best = find_exemplars(prompt, 1, side_px=usual_side_px(prompt, (32, 16)))[0]

    assert {"brown", "orange", "yellow"} & set(main_colors(best.pixels))


def test_a_bow_is_a_whole_bow_of_the_large_size_although_a_small_one_says_wooden() -> None:
    assert usual_side_px("wooden bow", (32, 16)) == 32


@pytest.mark.parametrize("water", ["river", "lake", "pond", "ocean"])
def test_a_body_of_water_fills_its_square_and_is_no_bottle(water: str) -> None:
    best = find_exemplars(water, 1, side_px=usual_side_px(water, (32, 16)))[0]

    assert is_background_kind(best.kind)
    assert "blue" in main_colors(best.pixels)


def test_a_word_that_may_say_a_style_belongs_to_the_thing_that_a_noun_makes_of_it() -> None:
    traffic = find_exemplars("traffic light", 1)[0]
    sword = find_exemplars("sword in soft light", 1)[0]

    assert set(traffic.words) == {"hanging", "traffic", "light"}
    assert "sword" in sword.words


@pytest.mark.parametrize(("prompt", "color"), [("lightning bolt", "yellow"), ("ghost", "white"), ("frog", "green")])
def test_of_tiles_that_fit_one_in_the_color_that_everybody_knows_comes_first(prompt: str, color: str) -> None:
    assert main_colors(find_exemplars(prompt, 1, side_px=32)[0].pixels)[0] == color


def test_of_tiles_that_fit_the_one_that_a_person_recognizes_comes_first() -> None:
    """A noun of which a tile was recognized at once is not shown by one that nobody would name so."""
    shelf = library()
    recognized = {
        (entry.head, entry.side_px)
        for entry in shelf.index.entries
        if shelf.index.seen.get(entry.name) == "best" and entry.head in shelf.drawable_heads
    }
    first = {key: find_exemplars(key[0], 1, side_px=key[1]) for key in recognized}
    seen = [shelf.index.seen.get(tiles[0].name, "not looked at") for tiles in first.values() if tiles]

    assert len(seen) > 500
    assert seen.count("unclear") < 0.05 * len(seen)
    assert seen.count("best") > 0.75 * len(seen)


def test_what_was_seen_is_told_of_tiles_that_are_there() -> None:
    index = library().index

    assert set(index.seen.values()) == {"best", "clear", "fair", "doubtful", "unclear"}
    assert set(index.seen) <= {entry.name for entry in index.entries}
