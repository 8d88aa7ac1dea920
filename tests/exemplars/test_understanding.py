"""What of a prompt was understood is told, and what lies near where the thing is not known."""

from __future__ import annotations

import pytest

from pixels_mcp.exemplars.finder import find_exemplars, library
from pixels_mcp.exemplars.understanding import Understanding, understand, understand_words


def understood(prompt: str) -> Understanding:
    return understand(prompt, next(iter(find_exemplars(prompt, 1)), None))


@pytest.mark.parametrize("prompt", ["a red potion", "golden sword", "health potion", "stone floor, dark fantasy"])
def test_a_known_thing_is_told_with_high_confidence_and_no_near_words(prompt: str) -> None:
    told = understood(prompt)

    assert told.confidence == "high"
    assert told.likeness > 0.6
    assert told.unmatched_words == ()
    assert "nearest_words" not in told.to_facts()


def test_the_words_that_were_matched_and_those_that_were_not_are_told() -> None:
    told = understood("a red healing potion with a tarantula on top")

    assert set(told.matched_words) >= {"red", "potion"}
    assert "tarantula" in told.unmatched_words


@pytest.mark.parametrize("prompt", ["a flurble", "红色药水", "gyroscope"])
def test_an_unknown_thing_is_told_with_low_confidence(prompt: str) -> None:
    told = understood(prompt)

    assert told.confidence == "low"
    assert told.likeness == 0
    assert told.matched_words == ()


@pytest.mark.parametrize(
    "prompt",
    ["pause button", "question block", "magnifying glass", "progress bar", "pine cone", "goblin archer", "credit card"],
)
def test_a_name_of_which_only_the_last_word_is_known_is_told_with_low_confidence(prompt: str) -> None:
    assert understood(prompt).confidence == "low"


@pytest.mark.parametrize("prompt", ["little girl", "wizard staff", "giant spider", "park bench", "play button"])
def test_a_word_that_only_describes_leaves_the_confidence_high(prompt: str) -> None:
    assert understood(prompt).confidence == "high"


def test_a_misspelt_thing_is_told_with_what_is_spelled_alike() -> None:
    assert understood("an iron sheild").nearest_words[0] == "shield"


def test_what_a_person_gives_as_reference_is_sure() -> None:
    told = understand_words("a golden flurble")

    assert told.confidence == "high"
    assert told.unmatched_words == ("flurble",)


@pytest.mark.parametrize("prompt", ["king", "town guard", "prince"])
def test_a_creature_of_another_sort_where_people_are_asked_for_is_told_as_low(prompt: str) -> None:
    exemplar = find_exemplars(prompt, 1, side_px=32)[0]

    assert exemplar.kind == "monster"
    assert understand(prompt, exemplar).confidence == "low"


@pytest.mark.parametrize("prompt", ["wizard", "skeleton warrior", "vampire", "orc warrior"])
def test_a_creature_that_is_what_was_asked_for_is_sure(prompt: str) -> None:
    assert understand(prompt, find_exemplars(prompt, 1, side_px=32)[0]).confidence == "high"


def test_a_thing_whose_tile_one_would_not_recognize_is_told_with_low_confidence() -> None:
    seen = library().index.seen
    hard = find_exemplars("helicopter", 1, side_px=16)[0]
    plain = find_exemplars("crab", 1, side_px=16)[0]

    assert (seen[hard.name], understand("helicopter", hard).confidence) == ("unclear", "low")
    assert (seen[plain.name], understand("crab", plain).confidence) == ("best", "high")
