"""From a sprite in the library to its clips: one sheet, facts that a game can play, and the sprite as its part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from helpers.typed import typed
from pixels_mcp.errors import InvalidArgumentError, MotionError, UnknownSpriteError
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe, read_recipe
from pixels_mcp.operations.animation_operation import animate_sprite, keep_animation
from pixels_mcp.operations.character_clips import make_clips
from pixels_mcp.operations.frame_redraws import redraws_of
from pixels_mcp.operations.set_requests import AnimateRequest
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.png import encode_png


@pytest.fixture
def library(home: Path) -> Library:
    return Library(home / "data" / "library")


def keep(library: Library, pixels: Rgba, sprite_id: str = "knight-0001.1", prompt: str = "a knight") -> str:
    recipe = Recipe(request={"prompt": prompt}, plan={}, model_sha256="0" * 64)
    return library.add(sprite_id, pixels, recipe, NewEntry(seed=1, prompt=prompt, model="plain", facts={})).sprite_id


def person() -> Rgba:
    picture = np.zeros((32, 32, 4), dtype=np.uint8)
    picture[6:12, 13:19] = (240, 200, 160, 255)
    picture[12:21, 11:21] = (60, 90, 160, 255)
    picture[21:28, 12:15] = picture[21:28, 17:20] = (90, 60, 40, 255)
    return picture


def test_clips_stand_on_one_sheet_with_what_a_game_needs(library: Library) -> None:
    made = animate_sprite(AnimateRequest(sprite_id=keep(library, person()), motions=("walk", "idle")), library)

    entry = library.get(made.entry.sprite_id)
    facts = entry.facts
    width, height = typed(tuple[int, int], facts["frame_px"])
    clips = typed(dict[str, Any], facts["clips"])
    sheet = open_picture(Path(entry.path))
    assert entry.entry_kind == "animation"
    assert entry.parts == ("knight-0001.1",)
    assert sheet.shape == (2 * height, 4 * width, 4)
    for name, clip in made.clips.items():
        told = clips[name]
        assert told["ms"] == list(clip.durations_ms)
        for number, frame in zip(typed(list[int], told["frames"]), clip.frames, strict=True):
            row, column = divmod(number, 4)
            there = sheet[row * height : (row + 1) * height, column * width : (column + 1) * width]
            assert np.array_equal(there, frame)
    assert facts["pivot"] == [0.5, 28 / 32]
    assert typed(dict[str, Any], facts["measured"])["walk"]["feet_drift_px"] == 0
    assert read_recipe(Path(entry.path)).operation == "animate"


def test_two_directions_are_mirrored(library: Library) -> None:
    request = AnimateRequest(sprite_id=keep(library, person()), motions=("attack",), directions=2)
    clips = animate_sprite(request, library).clips

    assert list(clips) == ["attack_right", "attack_left"]
    for right, left in zip(clips["attack_right"].frames, clips["attack_left"].frames, strict=True):
        assert np.array_equal(right, left[:, ::-1])


def test_the_body_is_guessed_from_the_prompt_and_told(library: Library) -> None:
    made = animate_sprite(AnimateRequest(sprite_id=keep(library, person(), prompt="two green slimes")), library)

    assert made.body == "slime"
    assert any("taken for a slime" in note for note in made.entry.notes)


@pytest.mark.parametrize(
    "words", [{"motions": ()}, {"motions": ("walk", "walk")}, {"motions": ("dance",)}, {"body": "x"}]
)
def test_motions_that_are_none_are_refused(words: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AnimateRequest.model_validate({"sprite_id": "knight-0001.1", **words})


def test_what_cannot_be_animated_is_named_and_nothing_is_kept(library: Library) -> None:
    with pytest.raises(UnknownSpriteError):
        animate_sprite(AnimateRequest(sprite_id="nobody-0009.1"), library)
    empty = keep(library, np.zeros((32, 32, 4), np.uint8), "empty-0002.1")
    with pytest.raises(MotionError, match="empty"):
        animate_sprite(AnimateRequest(sprite_id=empty), library)
    clips = animate_sprite(AnimateRequest(sprite_id=keep(library, person())), library).entry.sprite_id
    with pytest.raises(InvalidArgumentError, match="is of kind animation"):
        animate_sprite(AnimateRequest(sprite_id=clips), library)
    assert library.count() == 3


def test_four_directions_take_sprites_and_files_as_views_and_name_the_clips(library: Library, tmp_path: Path) -> None:
    front = keep(library, person())
    back = keep(library, person(), "back-0002.1")
    side = tmp_path / "side.png"
    side.write_bytes(encode_png(person()))
    request = AnimateRequest.model_validate(
        {
            "sprite_id": front,
            "motions": ("walk",),
            "directions": 4,
            "views": {"north": back, "east": str(side)},
        }
    )

    made = animate_sprite(request, library)

    assert list(made.clips) == ["walk_south", "walk_east", "walk_north", "walk_west"]
    assert made.entry.parts == (front, back)
    assert "mirrored: west from east" in made.entry.notes
    recipe = read_recipe(Path(made.entry.path))
    assert set(recipe.sources) == {"sprite", "north", "east"}
    assert str(tmp_path) not in recipe.to_json()


def test_views_that_are_missing_or_no_files_are_named_and_nothing_is_kept(library: Library) -> None:
    front = keep(library, person())
    alone, gone = (
        AnimateRequest.model_validate({"sprite_id": front, "directions": 4, "views": {"east": front, **more}})
        for more in ({}, {"north": "/gone.png"})
    )
    with pytest.raises(MotionError, match="a view each to the north"):
        animate_sprite(alone, library)
    with pytest.raises(InvalidArgumentError, match=r"view north: .*gone\.png is not a file"):
        animate_sprite(gone, library)
    with pytest.raises(ValidationError, match="views belong to directions 4 and 8"):
        AnimateRequest.model_validate({"sprite_id": front, "views": {"north": front}})
    with pytest.raises(ValidationError, match="4 directions have no view north_east"):
        AnimateRequest.model_validate({"sprite_id": front, "directions": 4, "views": {"north_east": front}})
    assert library.count() == 1


def test_a_banner_does_not_walk_and_is_told_what_it_can_do(library: Library) -> None:
    banner = np.zeros((12, 200, 4), dtype=np.uint8)
    banner[1:11, 2:198] = (200, 60, 60, 255)
    flat = keep(library, banner, "banner-0003.1", "a long banner")
    for body in (None, "biped", "quadruped", "slime"):
        with pytest.raises(MotionError, match="196 x 10 px, too flat to walk"):
            animate_sprite(AnimateRequest(sprite_id=flat, motions=("walk",), body=body), library)
    assert animate_sprite(AnimateRequest(sprite_id=flat, motions=("float",)), library).clips["float"].frames


def test_without_views_one_of_the_cast_walks_in_the_colors_of_the_sprite(library: Library) -> None:
    blue = person()
    made = animate_sprite(
        AnimateRequest(sprite_id=keep(library, blue, prompt="a knight"), directions=4, motions=("walk", "hurt")),
        library,
    )

    assert list(made.clips) == [f"{m}_{d}" for m in ("walk", "hurt") for d in ("south", "east", "north", "west")]
    assert any("this is knight of the pack ninja_adventure (CC0) in the sprite's colors" in n for n in made.entry.notes)
    own = {tuple(color) for color in blue[blue[..., 3] > 0].tolist()}
    for name, clip in made.clips.items():
        if name.startswith("walk"):
            shown = {tuple(color) for frame in clip.frames for color in frame[frame[..., 3] > 0].tolist()}
            assert shown <= own, "no color that the sprite does not have"
    looks = [made.clips[f"walk_{d}"].frames[0] for d in ("south", "east", "north")]
    assert not any(np.array_equal(one, other) for one, other in ((looks[0], looks[1]), (looks[0], looks[2])))
    assert read_recipe(Path(made.entry.path)).plan["cast"] == "ninja_adventure/knight"


def test_what_nobody_of_the_cast_is_needs_views(library: Library) -> None:
    chest = keep(library, person(), prompt="a treasure chest")
    with pytest.raises(MotionError, match="4 directions need a view each to the east, north"):
        animate_sprite(AnimateRequest(sprite_id=chest, directions=4), library)
    assert library.count() == 1


def test_redrawn_frames_are_worded_a_job_a_clip_with_each_different_frame_once(library: Library) -> None:
    knight = keep(library, person())
    made = make_clips(
        AnimateRequest(sprite_id=knight, motions=("walk", "idle", "hurt"), redraw="moved", strength=0.2), library
    )
    redraws = redraws_of(made, library)

    assert {name: redraw.frames for name, redraw in redraws.items()} == {"walk": 3, "idle": 2}  # hurt flashes
    assert redraws["walk"].strength == 0.2
    assert redraws["walk"].palette == "#3c5aa0,#5a3c28,#f0c8a0"
    drawn = {
        name: [
            keep(library, np.where(frame[..., 3:] > 0, np.uint8(255), frame), f"{name}-0100.{number}")
            for number, frame in enumerate(unlike(made.clips[name].frames), start=1)
        ]
        for name in redraws
    }
    kept = keep_animation(made, drawn, library)

    assert all((frame[frame[..., 3] > 0] == 255).all() for frame in kept.clips["walk"].frames)
    assert [np.array_equal(kept.clips["walk"].frames[n], kept.clips["walk"].frames[1]) for n in (1, 3)] == [True, True]
    assert np.array_equal(kept.clips["hurt"].frames[1], made.clips["hurt"].frames[1])
    assert set(drawn["walk"]) <= set(kept.entry.parts)
    assert any("hurt kept their frames" in note for note in kept.entry.notes)


def unlike(frames: tuple[Rgba, ...]) -> list[Rgba]:
    return list({frame.tobytes(): frame for frame in frames}.values())


def test_strength_belongs_to_redrawing() -> None:
    with pytest.raises(ValidationError, match="strength belongs to redraw=moved"):
        AnimateRequest(sprite_id="knight-0001.1", strength=0.3)
