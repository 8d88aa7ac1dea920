"""The cast: characters with drawn walks, found by the words of a prompt."""

from __future__ import annotations

from pathlib import Path

import pytest

from pixels_mcp.errors import ModelFileError
from pixels_mcp.exemplars.cast import cast, find_character, read_cast
from pixels_mcp.exemplars.tile_index import FOLDER
from pixels_mcp.pixelart.motion.clip import Clip
from pixels_mcp.pixelart.motion.measures import measure_clip


@pytest.mark.parametrize(
    ("prompt", "side_px", "name"),
    [
        ("a knight", 16, "knight"),
        ("a red knight", 32, "knight"),
        ("an old man", 32, "old_man"),
        ("a green slime", 16, "slime"),
        ("a skeleton", 32, "skeleton"),
        ("an archer", 32, "archer_green"),
        ("a blue ninja, pixel art", 16, "ninja_blue"),
    ],
)
def test_a_prompt_finds_who_it_names(prompt: str, side_px: int, name: str) -> None:
    character = find_character(prompt, side_px)
    assert character is not None
    assert character.name == name


@pytest.mark.parametrize("prompt", ["a treasure chest", "a golden sword", "a stone floor", "xyzzy", "red"])
def test_things_have_no_walk(prompt: str) -> None:
    assert find_character(prompt, 32) is None


def test_everybody_walks_in_four_directions_and_moves() -> None:
    for character in cast():
        walk = character.cycles["walk"]
        assert {"south", "north"} <= walk.cells.keys()
        assert {"east", "west"} & walk.cells.keys()
        frames = character.frames("walk", "south")
        assert len(frames) >= 2
        assert {frame.shape for frame in frames} == {(character.frame_px[1], character.frame_px[0], 4)}
        assert {int(value) for frame in frames for value in (frame[..., 3].min(), frame[..., 3].max())} <= {0, 255}
        assert measure_clip(Clip(tuple(frames), (walk.ms,) * len(frames))).silhouette_iou < 1, character.name


def test_the_artists_of_every_pack_are_named() -> None:
    credited = (FOLDER / "ARTISTS.md").read_text("utf-8")
    assert all(f"| {pack} |" in credited for pack in {character.pack for character in cast()})


def test_a_damaged_cast_is_named(tmp_path: Path) -> None:
    (tmp_path / "cast.json").write_text('{"characters": [{"name": 3}]}', "utf-8")
    with pytest.raises(ModelFileError, match="the cast in"):
        read_cast(tmp_path)
