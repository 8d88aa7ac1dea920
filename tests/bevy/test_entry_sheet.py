"""What stands in the library comes into the game as what it is: clips that play, tiles that are counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from helpers.typed import typed
from pixels_mcp.bevy.deploy import check_names_differ, deploy
from pixels_mcp.bevy.formats.atlas import FrameGrid, parse_sheet
from pixels_mcp.bevy.formats.entry_sheet import sheet_of_entry
from pixels_mcp.errors import InvalidArgumentError, SheetFileError
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.operations.animation_operation import animate_sprite
from pixels_mcp.operations.set_requests import AnimateRequest
from pixels_mcp.requests import DeployRequest


def test_an_animation_of_the_library_is_deployed_with_its_clips_and_its_feet(home: Path, tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "game"\n[dependencies]\nbevy = "0.19"\n')
    (tmp_path / "assets").mkdir()
    library = Library(home / "library")
    person = np.zeros((32, 32, 4), dtype=np.uint8)
    person[6:21, 11:21] = (60, 90, 160, 255)
    person[21:28, 12:15] = person[21:28, 17:20] = (90, 60, 40, 255)
    recipe = Recipe(request={}, plan={}, model_sha256="0" * 64)
    sprite = library.add("hero-0001.1", person, recipe, NewEntry(seed=1, prompt="hero", model="x", facts={}))
    made = animate_sprite(AnimateRequest(sprite_id=sprite.sprite_id, motions=("walk", "hurt"), name="hero"), library)

    request = DeployRequest(sprite_id=made.entry.sprite_id, project=str(tmp_path), name="hero")
    deploy(library, request, [tmp_path], confirm=False)

    manifest = tmp_path / "assets" / "sprites" / "hero.sprite.ron"
    sheet = parse_sheet(manifest.read_text("utf-8"), label="hero")
    assert sorted(sheet.animations) == ["hurt", "walk"]
    assert sheet.animations["walk"].play == "Loop"
    assert sheet.animations["hurt"].play == "Once"
    assert list(sheet.animations["walk"].ms) == list(made.clips["walk"].durations_ms)
    assert sheet.pivot == (0.5, 0.875)
    frame_px = typed(tuple[int, int], made.entry.facts["frame_px"])
    assert sheet.frames == FrameGrid(tile=frame_px, columns=4, rows=2)


def test_a_tileset_is_a_grid_of_its_tiles_and_a_sprite_one_tile() -> None:
    tiles = sheet_of_entry({"tile_px": 16}, 64, 48, image="x.png")
    assert tiles.frames == FrameGrid(tile=(16, 16), columns=4, rows=3)
    assert sheet_of_entry({}, 32, 24, image="x.png").frames == FrameGrid(tile=(32, 24), columns=1, rows=1)


def test_clips_beyond_the_sheet_are_refused() -> None:
    clips = {"walk": {"frames": [9], "ms": [100], "play": "Loop"}}
    with pytest.raises(SheetFileError, match="names frame 9"):
        sheet_of_entry({"frame_px": [16, 16], "clips": clips}, 32, 32, image="x.png")


def test_two_sprites_of_one_name_are_refused_before_anything_is_written(home: Path) -> None:
    library = Library(home / "library")
    for sprite_id in ("water-0087.1", "water-0087.3"):
        recipe = Recipe(request={}, plan={"of": sprite_id}, model_sha256="0" * 64)
        new = NewEntry(seed=1, prompt="water", model="x", facts={})
        library.add(sprite_id, np.full((8, 8, 4), 255, np.uint8), recipe, new)
    requests = [DeployRequest(sprite_id=one, on_conflict="replace") for one in ("water-0087.1", "water-0087.3")]

    with pytest.raises(InvalidArgumentError, match=r"water-0087\.1 and water-0087\.3 would both be written as water"):
        check_names_differ(library, requests)
    check_names_differ(library, [requests[0], requests[1].model_copy(update={"name": "sea"})])
    check_names_differ(library, [one.model_copy(update={"on_conflict": "rename"}) for one in requests])
