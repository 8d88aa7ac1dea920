"""The measures tell apart what they are meant to tell apart."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from pixels_mcp.errors import TrainingError
from pixels_mcp.exemplars.finder import find_exemplars
from pixels_mcp.exemplars.ramps import apply_ramp
from pixels_mcp.pixelart.near_copies import nearest_tile_shares, share_different
from pixels_mcp.training.judging import prompt_sheets
from pixels_mcp.training.judging.classifier import CLASSES, kernel_distance
from pixels_mcp.training.judging.evaluate import half_of, plain_caption
from pixels_mcp.training.judging.judgements import (
    ASKED_COLORS,
    mean_pairwise_difference,
    nearest_asked_color,
)
from pixels_mcp.training.judging.prompt_sheets import SHEET_SIZES, PromptSheet
from pixels_mcp.training.packs.tiles import Tile


@pytest.mark.parametrize("color", ASKED_COLORS)
def test_a_thing_painted_in_a_colour_is_nearest_to_that_colour(color: str) -> None:
    helmet = find_exemplars("helmet", 1)[0].pixels

    assert nearest_asked_color(apply_ramp(helmet, color)) == color


def test_an_empty_picture_has_no_colour() -> None:
    assert nearest_asked_color(np.zeros((32, 32, 4), dtype=np.uint8)) == ""


def test_a_sprite_does_not_differ_from_itself_and_differs_wholly_from_its_ghost() -> None:
    sword = find_exemplars("sword", 1)[0].pixels
    gone = np.zeros_like(sword)

    assert share_different(sword, sword) == 0.0
    assert share_different(sword, gone) == 1.0


def test_a_copy_is_found_among_the_tiles_even_when_mirrored(tiles: list[Tile]) -> None:
    pixels = [t.pixels for t in tiles]
    shifted = np.roll(tiles[40].pixels, 5, axis=0)

    exact, mirrored, moved = nearest_tile_shares([pixels[40], pixels[40][:, ::-1], shifted], pixels)

    assert exact == 0.0
    assert mirrored == 0.0
    assert moved > 0.2


def test_eight_times_the_same_sprite_has_no_diversity() -> None:
    sword = find_exemplars("sword", 1)[0].pixels

    assert mean_pairwise_difference([sword] * 4) == 0.0
    assert mean_pairwise_difference([e.pixels for e in find_exemplars("potion", 4)]) > 0.2


def test_kernel_distance_is_near_zero_for_one_source_and_large_for_two() -> None:
    random = np.random.default_rng(0)
    one, same, other = (random.normal(mean, 1, (300, 16)) for mean in (0, 0, 1))

    assert abs(kernel_distance(one, same)) < 0.1
    assert kernel_distance(one, other) > 1.0


def test_all_tiles_of_a_name_are_in_one_half(tiles: list[Tile]) -> None:
    halves: dict[str, set[int]] = {}
    for tile in tiles:
        halves.setdefault(tile.words.name, set()).add(half_of(tile))

    assert {len(half) for half in halves.values()} == {1}
    assert 0.4 < np.mean([half_of(tile) for tile in tiles]) < 0.6


def test_a_plain_caption_says_the_colour_and_the_thing(tiles: list[Tile]) -> None:
    captions = {tile.words.kind: plain_caption(tile) for tile in tiles}

    assert captions["floor"].endswith("floor")
    assert len(CLASSES) == len(set(CLASSES)) > 12


@pytest.mark.parametrize("count", SHEET_SIZES)
def test_each_fixed_prompt_accepts_its_own_kind_of_answer(count: int) -> None:
    sheet = PromptSheet.of(count)

    assert len(sheet.prompts) == len(set(sheet.prompts)) == count
    right = {p: accepted[0].upper() for p, accepted in zip(sheet.prompts, sheet.accepted, strict=True)}
    assert sheet.score(right)["named"] == count
    assert sheet.score(dict.fromkeys(sheet.prompts, "a blob"))["named"] <= 1


def test_the_second_sheet_has_twelve_prompts_of_each_of_eight_worlds() -> None:
    file = Path(prompt_sheets.__file__).with_name("prompts_96.json")
    worlds = Counter(entry["world"] for entry in json.loads(file.read_text(encoding="utf-8"))["prompts"])

    assert set(worlds.values()) == {12}
    assert len(worlds) == 8


def test_a_shuffled_sheet_holds_every_prompt_once() -> None:
    sheet = PromptSheet.of(64)

    assert sorted(sheet.shuffled(3)) == list(range(64))
    assert sheet.shuffled(3) == sheet.shuffled(3) != sheet.shuffled(4)


def test_a_sheet_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(TrainingError, match="no sheet of 65 prompts"):
        PromptSheet.of(65)


def test_a_sheet_that_wants_whole_words_takes_plurals_and_no_parts_of_words() -> None:
    sheet = PromptSheet(("taxi", "beehive"), (("car",), ("bee",)), whole_words=True)

    assert sheet.score({"taxi": "a carrot", "beehive": "Bees"})["wrong"] == ["taxi"]
