"""What is told to the model beside a prompt where no tile is redrawn."""

from __future__ import annotations

import pytest

from pixels_mcp.exemplars.finder import Exemplar, find_exemplars
from pixels_mcp.exemplars.unsaid_words import as_captions_say


def likest(prompt: str) -> Exemplar | None:
    return next(iter(find_exemplars(prompt, 1)), None)


def said(prompt: str, *, fills: bool = False, style: str = "") -> str:
    return as_captions_say(prompt, likest(prompt), fills=fills, style=style)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("pumpkin", "orange pumpkin side view style"),
        ("moon", "white moon bold style"),
        ("farmer", "orange straw hat farmer tiny style"),
        ("a sheep", "white animal sheep detailed style"),
    ],
)
def test_color_words_and_look_of_such_captions_are_said(prompt: str, expected: str) -> None:
    assert said(prompt) == expected


@pytest.mark.parametrize("prompt", ["purple pumpkin", "iron shield", "gold coin", "fire sword"])
def test_a_color_a_material_or_an_element_that_is_asked_holds(prompt: str) -> None:
    assert said(prompt).startswith(prompt)


def test_a_color_and_a_look_of_the_style_hold() -> None:
    assert said("star", style=", in blue tones") == "star detailed style"
    assert said("star", style=", moody") == "yellow star detailed style"
    assert said("star", style=" one bit style") == "yellow star"


def test_of_another_thing_only_the_color_that_everybody_knows_is_said() -> None:
    assert said("xylophone nebula") == "xylophone nebula"
    assert as_captions_say("robot", None, fills=False) == "grey robot"


def test_a_long_prompt_is_not_pushed_out_of_what_the_encoder_reads() -> None:
    long = "farmer holding an old rake beside the village pond"

    assert said(long) == long


def test_what_fills_its_square_is_called_a_floor() -> None:
    assert said("grass", fills=True) == "green grass floor flat style"
    assert said("stone floor", fills=True) == "stone floor detailed style"
    assert " floor" not in said("water", fills=True)


def test_with_a_look_of_its_own_only_the_ground_is_said() -> None:
    assert as_captions_say("grass", likest("grass"), fills=True, ground_only=True) == "grass floor"
    assert as_captions_say("a pumpkin", likest("a pumpkin"), fills=False, ground_only=True) == "a pumpkin"
