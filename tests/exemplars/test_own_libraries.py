"""A person's own sprites are redrawn from, where words name them, and only there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from helpers.own_art import own_sprite, write_own_set
from pixels_mcp.datasets.measure import style_of
from pixels_mcp.datasets.prepare import prepare_set
from pixels_mcp.errors import ModelFileError, TrainingError
from pixels_mcp.events import ReferenceInfo
from pixels_mcp.exemplars.finder import find_exemplars
from pixels_mcp.exemplars.own_libraries import own_folder, own_sets, remove_own_set
from pixels_mcp.exemplars.recall import recall_tile
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.models.previous import style_file
from pixels_mcp.pixelart.drawing.canvas import trim
from pixels_mcp.training.own_exemplars import add_exemplars
from pixels_mcp.worker.own_style import style_facts


@pytest.fixture
def mine(home: Path, tmp_path: Path) -> Path:
    dataset = prepare_set(write_own_set(tmp_path / "art", 10), tmp_path / "set")
    assert add_exemplars(tmp_path / "set", dataset, "moss", own_folder()).added == 10
    return home


@pytest.mark.usefixtures("mine")
def test_a_thing_of_the_set_is_redrawn_from_the_set_and_others_from_the_shipped_library() -> None:
    sword, dragon = find_exemplars("a sword", 1)[0], find_exemplars("a red dragon", 1)[0]

    assert sword.name.startswith("own/moss/")
    own = own_sprite(1)
    assert sorted(sword.pixels[sword.pixels[..., 3] > 0].tolist()) == sorted(own[own[..., 3] > 0].tolist())
    assert not dragon.name.startswith("own/")


@pytest.mark.usefixtures("mine")
def test_a_recipe_finds_its_own_tile_again() -> None:
    sword = find_exemplars("a sword", 1)[0]

    again = recall_tile(sword.name, sword.sha256, sword.hue_shift_deg, sword.ramp)

    assert again is not None
    assert np.array_equal(again, sword.pixels)
    assert recall_tile("own/gone/x.png", sword.sha256, None, None) is None


@pytest.mark.usefixtures("mine")
def test_what_was_taken_out_is_no_longer_redrawn_from() -> None:
    remove_own_set("moss")

    assert own_sets() == ()
    assert not find_exemplars("a sword", 1)[0].name.startswith("own/")
    with pytest.raises(ModelFileError, match="no exemplars are called 'moss'"):
        remove_own_set("moss")


def test_a_set_that_is_too_large_for_mini_is_refused_with_its_numbers(home: Path, tmp_path: Path) -> None:
    dataset = prepare_set(write_own_set(tmp_path / "art", 9, side_px=48), tmp_path / "set")

    with pytest.raises(TrainingError, match="none of 9 pictures can be an exemplar: 9 are larger than 32 px"):
        add_exemplars(tmp_path / "set", dataset, "big", own_folder())


@pytest.mark.usefixtures("mine")
def test_a_sprite_of_a_set_style_is_told_how_far_it_is_from_it() -> None:
    sword = find_exemplars("a sword", 1)[0]
    about = ReferenceInfo(kind="exemplar", name=sword.name, sha256=sword.sha256, strength=0.5)
    stranger = np.zeros((16, 16, 4), np.uint8)
    stranger[3:13, 3:13] = [250, 20, 220, 255]

    own, strange = (style_facts(pixels, about, ()) for pixels in (own_sprite(40), stranger))

    assert own["style_distance"] < 1.6 * own["style_own_distance"] < strange["style_distance"]
    assert style_facts(stranger, None, ()) == {}


def test_a_lora_that_was_trained_here_brings_the_style_of_its_set(tmp_path: Path) -> None:
    dataset = prepare_set(write_own_set(tmp_path / "art", 10), tmp_path / "set")
    style = style_of(tmp_path / "set", dataset)
    lora = ModelEntry("moss", "lora", tmp_path / "moss.safetensors", "mini", 1)
    assert style_facts(own_sprite(40), None, [lora]) == {}
    style_file(lora.path).write_text(json.dumps(style.to_dict()))

    told = style_facts(own_sprite(40), None, [lora])

    expected = style.distance_of(trim(own_sprite(40)))
    assert told["style_distance"] == pytest.approx(expected.distance, abs=0.002)
    assert told["style_own_distance"] == pytest.approx(expected.own_distance, abs=0.002)
    for damaged in ("{}", "[", json.dumps(style.to_dict() | {"features": [[1]]}), '{"colors": "x"}'):
        style_file(lora.path).write_text(damaged)
        os.utime(style_file(lora.path), ns=(1, len(damaged)))
        assert style_facts(own_sprite(40), None, [lora]) == {}
