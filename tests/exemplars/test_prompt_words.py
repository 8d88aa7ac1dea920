"""Which noun of a prompt is the thing, whatever stands around it."""

from __future__ import annotations

import pytest

from pixels_mcp.exemplars.prompt_words import counted, filler_phrases, negations, read_prompt, sizes


@pytest.mark.parametrize(
    ("prompt", "head"),
    [
        ("a stone floor, dark fantasy", "floor"),
        ("health potion, cozy farming game", "potion"),
        ("cozy farming game, health potion", "potion"),
        ("pixel art, 16-bit, a red potion", "potion"),
        ("zombie survival game, health potion", "potion"),
        ("dark fantasy health potion", "potion"),
        ("an oak tree, muted autumn colors, top-down view", "tree"),
        ("a knight in the style of an old console", "knight"),
        ("a barn for my farming game", "barn"),
        ("knight (front view)", "knight"),
        ("potion on a white background", "potion"),
        ("sword pixel art", "sword"),
        ("masterpiece, best quality, 8k, a shield", "shield"),
        ("a knight walk cycle", "knight"),
        ("knight walking animation", "knight"),
        ("slime idle animation, green", "slime"),
        ("dragon sprite sheet", "dragon"),
        ("a sprite sheet of a slime", "slime"),
        ("a motor cycle shop", "shop"),
        ("walk cycle", "cycle"),
    ],
)
def test_style_mood_and_praise_never_count_as_the_thing(prompt: str, head: str) -> None:
    assert read_prompt(prompt).head == head


@pytest.mark.parametrize(
    ("prompt", "head"),
    [
        ("blacksmith with a hammer", "blacksmith"),
        ("a cat sitting on a chair", "cat"),
        ("a fire breathing dragon", "dragon"),
        ("a red healing potion with a cork", "potion"),
        ("a dog chasing a ball", "dog"),
        ("pile of coins", "coin"),
        ("draw me a picture of a house", "house"),
        ("sprite sheet of a farmer", "farmer"),
        ("old and rusty key", "key"),
        ("red and gold armor", "armor"),
        ("an eyeball monster", "eyeball"),
        ("three wolves", "wolf"),
        ("a bunch of cherries", "cherry"),
        ("a burning house", "house"),
        ("dark elf", "elf"),
        ("jalapeño", "jalapeno"),
    ],
)
def test_the_noun_before_what_describes_it_is_the_thing(prompt: str, head: str) -> None:
    assert read_prompt(prompt).head == head


@pytest.mark.parametrize(
    ("prompt", "head", "rest"),
    [
        ("fire truck", "truck", ("fire",)),
        ("straw hat", "hat", ("straw",)),
        ("sword fish", "swordfish", ()),
        ("space ship", "spaceship", ()),
        ("hot dogs", "hot_dog", ()),
        ("polar bear", "bear", ("polar",)),
    ],
)
def test_two_words_of_one_name_are_one_thing_where_the_last_alone_is_another(
    prompt: str, head: str, rest: tuple[str, ...]
) -> None:
    asked = read_prompt(prompt)

    assert (asked.head, asked.rest) == (head, rest)


def test_a_prompt_of_style_alone_names_what_it_can() -> None:
    assert read_prompt("fantasy castle").head == "castle"
    assert read_prompt("16x16").head == ""
    assert read_prompt("red").head == ""


def test_a_colour_in_a_phrase_of_its_own_is_the_things_and_that_of_a_palette_is_not() -> None:
    assert read_prompt("a sword, golden").color == "gold"
    assert read_prompt("a sword, blue palette").color is None
    assert read_prompt("a sword on a green background").color is None


def test_other_things_beside_the_first_are_known_and_colours_are_none() -> None:
    assert read_prompt("a red potion and a blue potion").others == ("potion",)
    assert read_prompt("a house and a tree").others == ("tree",)
    assert read_prompt("a black and white cat").others == ()
    assert read_prompt("a knight with a sword").others == ()


def test_what_is_left_out_does_not_describe_the_thing() -> None:
    asked = read_prompt("a knight without a helmet, with a red cape")

    assert asked.head == "knight"
    assert "helmet" not in asked.rest
    assert negations("a knight without a helmet, no shield") == ["without a helmet", "no shield"]
    assert negations("a notebook, a noble knight") == []


def test_sizes_numbers_and_praise_are_told_as_typed() -> None:
    assert sizes("a 16x16 heart, 32 px, 16-bit") == ["16x16", "32 px"]
    assert counted("three red apples and 5 pears") == ["three", "5"]
    assert counted("a two-headed giant, 32x32, 64 px") == []
    assert filler_phrases("a shield, masterpiece, Best Quality, 8k") == ["masterpiece", "Best Quality", "8k"]
    assert filler_phrases("a beautiful shield") == []


def test_a_tile_word_asks_for_a_full_square_only_where_it_is_the_thing() -> None:
    assert read_prompt("stone floor tile, top-down view").background
    assert read_prompt("a potion, stone floor").background is None


def test_a_wall_before_a_thing_is_no_wall() -> None:
    assert read_prompt("a wall clock").background is None
    assert read_prompt("a wall with ivy").background is True
    assert read_prompt("stone wall").background is True


def test_a_color_may_be_part_of_the_name_of_a_thing() -> None:
    assert read_prompt("a black hole").head == "black_hole"
    assert (read_prompt("a black cat").head, read_prompt("a black cat").color) == ("cat", "black")
