from __future__ import annotations

import json
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from helpers import mounts
from helpers.bevy_games import keep, make_game, picture, shown, speaking
from pixels_mcp import png
from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.bevy.deploy import deploy, deploy_sheet
from pixels_mcp.bevy.formats.atlas import FrameGrid, SheetFile, parse_sheet, single_sprite
from pixels_mcp.bevy.placing import Picture, deploy_pictures
from pixels_mcp.bevy.project import find_project
from pixels_mcp.bevy.results import DeployResult
from pixels_mcp.bevy.sheets import SheetRequest
from pixels_mcp.bevy.undo import redo, undo
from pixels_mcp.errors import (
    GameFolderError,
    InvalidArgumentError,
    NameTakenError,
    NothingToUndoError,
    PathNotAllowedError,
    SheetFileError,
    UnknownSpriteError,
)
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe, read_recipe
from pixels_mcp.next_steps import NextStep
from pixels_mcp.requests import DeployRequest, make_slug


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


@pytest.fixture
def game(tmp_path: Path) -> Path:
    return make_game(tmp_path / "game")


def put(library: Library, game: Path, sprite_id: str, **words: object) -> DeployResult:
    request = parse_request(DeployRequest, {"sprite_id": sprite_id, "project": str(game), **words})
    return deploy(library, request, [game])


def state_of(game: Path) -> dict[str, bytes]:
    """Everything but the locks and the earlier states that are kept."""
    files = (file for file in game.rglob("*") if file.is_file())
    return {
        name: file.read_bytes()
        for file in files
        if not (name := str(file.relative_to(game))).startswith((".pixels/undo", ".pixels/redo"))
        and file.suffix != ".lock"
    }


def test_a_sprite_stands_in_the_game_pixel_by_pixel_with_its_manifest(library: Library, game: Path) -> None:
    sprite_id = keep(library, 7)

    result = put(library, game, sprite_id)

    sprites = game / "assets" / "sprites"
    assert (result.state, result.name, result.asset) == ("unconfirmed", "hero", "sprites/hero.sprite.ron")
    assert (result.cause, result.sprite_ids) == ("game_not_running", (sprite_id,))
    assert [(file.path, file.action) for file in result.files] == [
        (str(sprites / "hero.png"), "written"),
        (str(sprites / "hero.sprite.ron"), "written"),
    ]
    assert np.array_equal(shown(sprites / "hero.png"), picture(7))
    sheet = parse_sheet((sprites / "hero.sprite.ron").read_text(), label="hero")
    assert (sheet.image, sheet.size, sheet.frame_count) == ("hero.png", (32, 32), 1)
    assert sorted(file.name for file in (game / "assets").rglob("*") if file.is_file()) == [
        "hero.png",
        "hero.sprite.ron",
    ]


def test_the_games_copy_carries_no_recipe_but_the_provenance_beside_it_does(library: Library, game: Path) -> None:
    sprite_id = keep(library, 7)

    result = put(library, game, sprite_id)

    data = Path(result.files[0].path).read_bytes()
    assert b"pixels_mcp" not in data
    assert len(data) < len(library.read_png(sprite_id))
    provenance = json.loads((game / ".pixels" / "provenance" / "hero.json").read_bytes())
    assert Recipe.model_validate(provenance["recipes"][0]) == read_recipe(library.read_png(sprite_id))
    assert provenance["files"] == {
        "sprites/hero.png": result.files[0].sha256,
        "sprites/hero.sprite.ron": result.files[1].sha256,
    }


def test_color_under_no_alpha_does_not_reach_the_game(library: Library, game: Path) -> None:
    pixels = picture(7)
    pixels[0, 0] = (200, 10, 10, 0)
    words = NewEntry(seed=7, prompt="x", model="mini", facts={})
    recipe = Recipe(request={}, plan={}, model_sha256="a" * 64)
    sprite_id = library.add("hero-0007.1", pixels, recipe, words).sprite_id

    result = put(library, game, sprite_id)

    assert shown(Path(result.files[0].path))[0, 0].tolist() == [0, 0, 0, 0]


def test_the_registry_tells_name_files_sprite_and_checksum(library: Library, game: Path) -> None:
    result = put(library, game, keep(library, 7))

    entry = json.loads((game / ".pixels" / "deployed.json").read_bytes())["sprites"]["hero"]
    assert entry["sprite_ids"] == ["hero-0007.1"]
    assert entry["crc32"] == zlib.crc32(picture(7).tobytes())
    assert entry["files"]["sprites/hero.png"] == result.files[0].sha256
    assert (game / ".pixels" / ".gitignore").read_text() == "*\n"
    assert list((game / ".pixels" / "stage").iterdir()) == []


def test_deploying_the_same_sprite_again_touches_no_file(library: Library, game: Path) -> None:
    sprite_id = keep(library, 7)
    first = put(library, game, sprite_id)
    times = [Path(file.path).stat().st_mtime_ns for file in first.files]

    again = put(library, game, sprite_id)

    assert again.state == "unchanged"
    assert [file.action for file in again.files] == ["unchanged", "unchanged"]
    assert [Path(file.path).stat().st_mtime_ns for file in first.files] == times


def test_a_picture_that_was_packed_anew_with_the_same_pixels_is_left_alone(library: Library, game: Path) -> None:
    from PIL import Image

    sprite_id = keep(library, 7)
    file = Path(put(library, game, sprite_id).files[0].path)
    Image.open(file).save(file, compress_level=0)
    packed = file.read_bytes()

    assert put(library, game, sprite_id).state == "unchanged"
    assert file.read_bytes() == packed


def test_another_sprite_does_not_take_a_name_unless_told_to(library: Library, game: Path) -> None:
    put(library, game, keep(library, 7))
    before = state_of(game)

    with pytest.raises(NameTakenError, match=r"'hero' is taken.*hero-0007\.1 stands there.*replace"):
        put(library, game, keep(library, 8))
    assert state_of(game) == before

    replaced = put(library, game, "hero-0008.1", on_conflict="replace")
    assert np.array_equal(shown(Path(replaced.files[0].path)), picture(8))
    assert [file.action for file in replaced.files] == ["written", "unchanged"]


def test_rename_takes_the_next_free_name_and_says_so(library: Library, game: Path) -> None:
    put(library, game, keep(library, 7))

    second = put(library, game, keep(library, 8), on_conflict="rename")
    third = put(library, game, keep(library, 9), on_conflict="rename")
    again = put(library, game, "hero-0008.1", on_conflict="rename")

    assert [second.name, third.name] == ["hero-2", "hero-3"]
    assert "'hero' was taken, so it is called 'hero-2'" in second.notes
    assert (again.name, again.state) == ("hero-2", "unchanged")
    assert np.array_equal(shown(game / "assets" / "sprites" / "hero.png"), picture(7))


def test_files_of_ones_own_and_edits_by_hand_are_not_overwritten_by_default(library: Library, game: Path) -> None:
    sprites = game / "assets" / "sprites"
    sprites.mkdir()
    (sprites / "potion.png").write_bytes(b"my own")

    with pytest.raises(NameTakenError, match=r"potion\.png was not put there by pixels-mcp"):
        put(library, game, keep(library, 1, "potion"))
    assert (sprites / "potion.png").read_bytes() == b"my own"

    put(library, game, keep(library, 7))
    (sprites / "hero.png").write_bytes(b"edited")
    with pytest.raises(NameTakenError, match=r"hero\.png was changed by hand since hero-0007\.1 was deployed"):
        put(library, game, keep(library, 8))


def test_a_name_that_differs_only_in_capitals_is_taken(library: Library, game: Path) -> None:
    (game / "assets" / "sprites").mkdir()
    (game / "assets" / "sprites" / "Hero.PNG").write_bytes(b"")

    for on_conflict in ("error", "replace"):
        with pytest.raises(NameTakenError, match="capital letters"):
            put(library, game, keep(library, 7), on_conflict=on_conflict)
    assert put(library, game, "hero-0007.1", on_conflict="rename").name == "hero-2"


def test_a_dry_run_says_all_and_writes_nothing(library: Library, game: Path) -> None:
    sprite_id = keep(library, 7)
    before = state_of(game)

    told = put(library, game, sprite_id, dry_run=True)

    assert state_of(game) == before
    assert not (game / ".pixels").exists()
    real = put(library, game, sprite_id)
    assert (told.state, [file.action for file in told.files]) == ("dry_run", ["would_write", "would_write"])
    assert [(file.path, file.sha256) for file in told.files] == [(file.path, file.sha256) for file in real.files]
    with pytest.raises(NameTakenError):
        put(library, game, keep(library, 8), dry_run=True)


@pytest.mark.parametrize(
    "name", ["../hero", "Hero", "a b", "", "nul", "com1", "héro", "a" * 65, "hero.png", "a#b", "-x"]
)
def test_names_that_a_file_system_or_bevy_would_stumble_over_are_refused(
    library: Library, game: Path, name: str
) -> None:
    with pytest.raises(InvalidArgumentError, match="name"):
        put(library, game, keep(library, 7), name=name)


def test_a_sprite_whose_own_name_windows_reserves_keeps_its_number(library: Library, game: Path) -> None:
    assert put(library, game, keep(library, 7, "con")).name == "con-0007"


@pytest.mark.parametrize("name", ["health_potion", "tile_01_grass", "hero-2"])
def test_the_name_that_a_sprite_was_asked_under_is_its_name_in_the_game(
    library: Library, game: Path, name: str
) -> None:
    recipe = Recipe(request={"prompt": "x", "name": name}, plan={}, model_sha256="a" * 64)
    entry = NewEntry(seed=7, prompt="x", model="mini", facts={})
    sprite_id = library.add(f"{make_slug(name)}-0007.1", picture(7), recipe, entry).sprite_id

    assert put(library, game, sprite_id).name == name
    request = SheetRequest(sprite_ids=(sprite_id,), project=str(game), bob=True, on_conflict="replace")
    assert deploy_sheet(library, request, [game]).name == name


def test_what_is_not_there_is_a_named_error(library: Library, game: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownSpriteError):
        put(library, game, "hero-0099.1")
    with pytest.raises(InvalidArgumentError, match=r"project: no game was named") as caught:
        deploy(library, DeployRequest(sprite_id=keep(library, 7)), [game])
    assert caught.value.steps == (NextStep("choose_game"),)
    with pytest.raises(PathNotAllowedError):
        deploy(library, DeployRequest(sprite_id="hero-0007.1", project=str(game)), [tmp_path / "other"])
    assert not (game / ".pixels").exists()


def test_the_default_project_is_used_when_none_is_named(library: Library, game: Path) -> None:
    request = DeployRequest(sprite_id=keep(library, 7))

    result = deploy(library, request, [game], default_project=game, confirm=False)

    assert (result.state, result.project) == ("written", str(game))


def test_undo_brings_back_step_by_step_what_stood_there(library: Library, game: Path) -> None:
    sprites = game / "assets" / "sprites"
    sprites.mkdir()
    (sprites / "hero.png").write_bytes(b"my own picture")
    states = [state_of(game)["assets/sprites/hero.png"]]
    for number in (7, 8):
        put(library, game, keep(library, number), on_conflict="replace")
        states.append((sprites / "hero.png").read_bytes())

    back = undo(game, "hero", [game])
    assert (sprites / "hero.png").read_bytes() == states[1]
    assert (back.sprite_ids, back.asset) == (("hero-0007.1",), "sprites/hero.sprite.ron")
    assert put(library, game, "hero-0007.1").state == "unchanged"
    provenance = json.loads((game / ".pixels" / "provenance" / "hero.json").read_bytes())
    assert provenance["sprite_ids"] == ["hero-0007.1"]

    own = undo(game, "hero", [game])
    assert (sprites / "hero.png").read_bytes() == b"my own picture"
    assert not (sprites / "hero.sprite.ron").exists()
    assert [file.action for file in own.files] == ["written", "removed"]
    assert json.loads((game / ".pixels" / "deployed.json").read_bytes())["sprites"] == {}
    with pytest.raises(NothingToUndoError, match=r"no earlier state of 'hero' is kept.*none"):
        undo(game, "hero", [game])


def test_undoing_a_first_deploy_removes_its_files_and_says_what_the_game_keeps(library: Library, game: Path) -> None:
    before = {name for name in state_of(game) if name.startswith("assets")}
    put(library, game, keep(library, 7))

    back = undo(game, "hero", [game])

    assert {name for name in state_of(game) if name.startswith("assets")} == before
    assert [file.action for file in back.files] == ["removed", "removed"]
    assert "until it ends" in back.notes[0]


def test_undo_does_not_throw_away_an_edit_by_hand_unless_forced(library: Library, game: Path) -> None:
    file = Path(put(library, game, keep(library, 7)).files[0].path)
    put(library, game, keep(library, 8), on_conflict="replace")
    file.write_bytes(b"hours of work")

    with pytest.raises(NameTakenError, match=r"changed by hand") as caught:
        undo(game, "hero", [game])
    assert caught.value.steps == (NextStep("force_undo", "hero"),)
    assert file.read_bytes() == b"hours of work"

    undo(game, "hero", [game], force=True)
    assert np.array_equal(shown(file), picture(7))
    redo(game, "hero", [game])
    assert file.read_bytes() == b"hours of work"


def test_undo_can_be_undone_step_by_step(library: Library, game: Path) -> None:
    states: list[dict[str, bytes]] = []
    for number in (7, 8, 9):
        put(library, game, keep(library, number), on_conflict="replace")
        states.append(state_of(game))
    one, two, three = states

    with pytest.raises(NothingToUndoError, match="nothing that was taken back of 'hero' is kept"):
        redo(game, "hero", [game])
    undo(game, "hero", [game])
    undo(game, "hero", [game])
    assert state_of(game) == one
    back = redo(game, "hero", [game])
    assert state_of(game) == two
    assert (back.sprite_ids, back.asset) == (("hero-0008.1",), "sprites/hero.sprite.ron")
    undo(game, "hero", [game])
    redo(game, "hero", [game])
    redo(game, "hero", [game])
    assert state_of(game) == three
    with pytest.raises(NothingToUndoError):
        redo(game, "hero", [game])


def test_a_removed_first_deploy_comes_back_with_redo(library: Library, game: Path) -> None:
    put(library, game, keep(library, 7))
    before = state_of(game)
    undo(game, "hero", [game])

    redo(game, "hero", [game])

    assert state_of(game) == before


def test_what_was_taken_back_is_not_lost_when_something_new_is_deployed(library: Library, game: Path) -> None:
    file = Path(put(library, game, keep(library, 7)).files[0].path)
    put(library, game, keep(library, 8), on_conflict="replace")
    file.write_bytes(b"hours of work")
    undo(game, "hero", [game], force=True)
    put(library, game, keep(library, 9), on_conflict="replace")

    with pytest.raises(NothingToUndoError):
        redo(game, "hero", [game])
    seen: list[bytes] = []
    for _ in range(2):
        undo(game, "hero", [game], force=True)
        seen.append(file.read_bytes())

    assert np.array_equal(png.decode_png(seen[0])[0], picture(7))
    assert seen[1] == b"hours of work"


def test_an_undo_that_cannot_be_written_changes_nothing(library: Library, game: Path) -> None:
    put(library, game, keep(library, 7))
    put(library, game, keep(library, 8), on_conflict="replace")
    before, kept = state_of(game), sorted((game / ".pixels").rglob("0*"))

    with mounts.read_only(game / "assets"), pytest.raises(GameFolderError, match="read-only"):
        undo(game, "hero", [game])

    assert state_of(game) == before
    assert sorted((game / ".pixels").rglob("0*")) == kept


@pytest.mark.parametrize("name", ["../../hero", "", "undo/x"])
def test_undo_takes_names_only(game: Path, name: str) -> None:
    with pytest.raises(InvalidArgumentError, match="name"):
        undo(game, name, [game])


def a_sheet(library: Library, game: Path, **words: object) -> DeployResult:
    request = {"sprite_ids": [keep(library, 1), keep(library, 2)], "project": str(game), "name": "hero", **words}
    return deploy_sheet(library, parse_request(SheetRequest, request), [game])


def standing_sheet(game: Path) -> SheetFile:
    manifest = game / "assets" / "sprites" / "hero.sprite.ron"
    return parse_sheet(manifest.read_text(), label=manifest.name)


def test_a_sprite_does_not_take_the_animation_of_a_sheet_away(library: Library, game: Path) -> None:
    a_sheet(library, game, animation="walk")
    before = state_of(game)

    for dry_run in (True, False):
        with pytest.raises(
            NameTakenError,
            match=r"'hero' would lose the animation 'walk': it has 2 frames of 32 x 32 px.*1 frame of 32 x 32",
        ):
            put(library, game, keep(library, 8), on_conflict="replace", dry_run=dry_run)

    assert state_of(game) == before
    assert put(library, game, "hero-0008.1", on_conflict="rename").name == "hero-2"


def test_an_animation_given_up_by_hand_does_not_stand_in_the_way(library: Library, game: Path) -> None:
    manifest = Path(a_sheet(library, game, animation="walk").files[1].path)
    manifest.write_text("".join(line for line in manifest.read_text().splitlines(True) if "animations" not in line))

    assert put(library, game, keep(library, 8), on_conflict="replace").width_px == 32


def test_a_replaced_sheet_hands_on_animations_and_pivot_that_fit(library: Library, game: Path) -> None:
    a_sheet(library, game, animation="walk", pivot=(0.5, 1.0), frame_ms=90)

    other = a_sheet(
        library,
        game,
        sprite_ids=[keep(library, number) for number in (3, 4, 5)],
        animation="idle",
        on_conflict="replace",
    )

    sheet = standing_sheet(game)
    assert (sheet.pivot, sheet.frame_count) == ((0.5, 1.0), 3)
    assert sheet.animations["walk"].model_dump() == {"frames": (0, 1), "ms": (90, 90), "play": "Loop"}
    assert sheet.animations["idle"].frames == (0, 1, 2)
    assert other.notes == ("kept the animation 'walk' of the hero that stood there", "kept its pivot 0.5, 1")

    a_sheet(library, game, animation="walk", frame_ms=50, pivot=(0.5, 0.5), on_conflict="replace", name="slime")
    again = a_sheet(library, game, animation="idle", frame_ms=50, pivot=(0.25, 0.5), on_conflict="replace")
    sheet = standing_sheet(game)
    assert (sheet.pivot, sheet.animations["idle"].ms, sheet.animations["walk"].ms) == ((0.25, 0.5), (50, 50), (90, 90))
    assert again.notes == ("kept the animation 'walk' of the hero that stood there",)


def test_frames_of_another_size_do_not_carry_an_old_animation(library: Library, game: Path) -> None:
    a_sheet(library, game, animation="walk")
    larger = [keep(library, number, size_px=(48, 48)) for number in (11, 12)]

    with pytest.raises(NameTakenError, match=r"2 frames of 32 x 32 px, the new picture 2 frames of 48 x 48 px"):
        a_sheet(library, game, sprite_ids=larger, animation="idle", on_conflict="replace")
    assert standing_sheet(game).size == (64, 32)

    a_sheet(library, game, sprite_ids=larger, animation="walk", on_conflict="replace")
    assert standing_sheet(game).size == (96, 48)


def test_a_pivot_added_by_hand_stays_and_is_told(library: Library, game: Path) -> None:
    manifest = Path(put(library, game, keep(library, 7)).files[1].path)
    manifest.write_text(single_sprite("hero.png", 32, 32, (0.5, 1.0)).to_ron())

    result = put(library, game, keep(library, 8), on_conflict="replace")

    assert standing_sheet(game).pivot == (0.5, 1.0)
    assert result.notes == ("kept its pivot 0.5, 1",)
    assert [file.action for file in result.files] == ["written", "unchanged"]


def test_a_manifest_that_cannot_be_read_is_told_and_comes_back_with_undo(library: Library, game: Path) -> None:
    manifest = Path(put(library, game, keep(library, 7)).files[1].path)
    manifest.write_text("(version: 1, mine")

    result = put(library, game, keep(library, 8), on_conflict="replace")

    assert "nothing of the manifest that stood there was kept: hero.sprite.ron" in result.notes[0]
    undo(game, "hero", [game])
    assert manifest.read_text() == "(version: 1, mine"


def test_an_animation_that_the_running_game_asks_for_and_the_sheet_lacks_is_told(library: Library, game: Path) -> None:
    missing = [{"sheet": f"sprites/{name}.sprite.ron", "animation": "swim"} for name in ("hero", "slime")]
    with speaking(game, missing_animations=missing):
        told = a_sheet(library, game, animation="walk")
        has_it = a_sheet(library, game, animation="swim", name="slime")

    assert told.notes == ("the running game asks sprites/hero.sprite.ron for the animation 'swim', which it lacks",)
    assert has_it.notes == ()


def test_sprites_become_the_frames_of_an_animated_sheet(library: Library, game: Path) -> None:
    frames = tuple(keep(library, number) for number in (1, 2, 3))
    request = SheetRequest(sprite_ids=frames, project=str(game), animation="walk", frame_ms=90, play="PingPong")

    result = deploy_sheet(library, request, [game])

    png_file, manifest = (Path(file.path) for file in result.files)
    assert (result.width_px, result.height_px, result.sprite_ids) == (96, 32, frames)
    assert np.array_equal(shown(png_file), np.hstack([picture(1), picture(2), picture(3)]))
    sheet = parse_sheet(manifest.read_text(), label="hero")
    assert sheet.rects() == [(0, 0, 32, 32), (32, 0, 32, 32), (64, 0, 32, 32)]
    assert sheet.animations["walk"].model_dump() == {"frames": (0, 1, 2), "ms": (90, 90, 90), "play": "PingPong"}


def test_one_sprite_bobs_in_two_frames_whose_feet_stand_still(library: Library, game: Path) -> None:
    request = SheetRequest(sprite_ids=(keep(library, 5),), project=str(game), bob=True, pivot=(0.5, 1.0))

    result = deploy_sheet(library, request, [game])

    sheet = shown(Path(result.files[0].path))
    still, lower = sheet[:, :32], sheet[:, 32:]
    assert np.array_equal(still, picture(5))
    assert np.array_equal(lower[3:20], still[2:19])
    assert np.array_equal(lower[23:], still[23:])
    assert not lower[:3, :, 3].any()
    assert {tuple(color) for color in lower.reshape(-1, 4)} <= {tuple(color) for color in still.reshape(-1, 4)}


def test_a_sprite_that_is_a_sheet_itself_is_cut_into_its_frames(library: Library, game: Path) -> None:
    sheet = np.vstack([np.hstack([picture(1), picture(2)]), np.hstack([picture(3), np.zeros_like(picture(3))])])
    words = NewEntry(seed=1, prompt="x", model="mini", facts={})
    library.add("hero-0001.1", sheet, Recipe(request={}, plan={}, model_sha256="a" * 64), words)

    def ask(tile: tuple[int, int]) -> DeployResult:
        request = SheetRequest(sprite_ids=("hero-0001.1",), project=str(game), tile=tile, animation="walk")
        return deploy_sheet(library, request, [game])

    png_file, manifest = (Path(file.path) for file in ask((32, 32)).files)
    read = parse_sheet(manifest.read_text(), label="hero")
    assert np.array_equal(shown(png_file), sheet)
    assert read.frames == FrameGrid(tile=(32, 32), columns=2, rows=2)
    assert read.animations["walk"].frames == (0, 1, 2)
    with pytest.raises(SheetFileError, match="64 x 64 pixels are no whole number of frames of 20 x 32"):
        ask((20, 32))
    with pytest.raises(InvalidArgumentError, match="leave out bob or tile"):
        parse_request(SheetRequest, {"sprite_ids": ["hero-0001.1"], "bob": True, "tile": [32, 32]})


def test_frames_of_different_sizes_are_packed(library: Library, game: Path) -> None:
    sizes_px = {1: (32, 32), 2: (16, 40), 3: (24, 24)}
    ids = tuple(keep(library, seed, size_px=size_px) for seed, size_px in sizes_px.items())

    result = deploy_sheet(library, SheetRequest(sprite_ids=ids, project=str(game)), [game])

    png_file, manifest = (Path(file.path) for file in result.files)
    sheet = parse_sheet(manifest.read_text(), label="hero")
    assert not isinstance(sheet.frames, FrameGrid)
    pixels = shown(png_file)
    for seed, (x, y, width, height) in zip(sizes_px, sheet.rects(), strict=True):
        assert np.array_equal(pixels[y : y + height, x : x + width], picture(seed, *sizes_px[seed]))


def test_a_bob_is_made_of_one_sprite(library: Library) -> None:
    ids = [keep(library, 1), keep(library, 2)]

    with pytest.raises(InvalidArgumentError, match="made of one sprite, not of 2"):
        parse_request(SheetRequest, {"sprite_ids": ids, "bob": True})


def test_several_pictures_are_placed_all_or_none(library: Library, game: Path) -> None:
    (game / "assets" / "sprites").mkdir()
    (game / "assets" / "sprites" / "c.png").write_bytes(b"my own")
    project = find_project(game)
    pictures = [Picture(name, picture(1), single_sprite("x.png", 32, 32), ()) for name in "abcd"]
    before = state_of(game)

    with pytest.raises(NameTakenError, match="'c' is taken"):
        deploy_pictures(project, pictures)
    assert {name: data for name, data in state_of(game).items() if name.startswith("assets")} == {
        name: data for name, data in before.items() if name.startswith("assets")
    }
    with pytest.raises(InvalidArgumentError, match="2 pictures are called 'a'"):
        deploy_pictures(project, [pictures[0], pictures[0]])

    results = deploy_pictures(project, [one for one in pictures if one.name != "c"])
    assert [result.name for result in results] == ["a", "b", "d"]
    assert all(Path(file.path).is_file() for result in results for file in result.files)


# --- folders that are not as they should be -----------------------------------------------------------------------


def test_a_missing_assets_folder_is_made_and_the_person_told(library: Library, tmp_path: Path) -> None:
    game = make_game(tmp_path / "game", assets=False)

    result = put(library, game, keep(library, 7))

    assert (game / "assets" / "sprites" / "hero.png").is_file()
    assert "the assets folder was missing" in result.notes[0]


@pytest.fixture
def read_only_game(game: Path) -> Iterator[Path]:
    with mounts.read_only(game):
        yield game


def test_a_read_only_game_is_a_named_error(library: Library, read_only_game: Path) -> None:
    with pytest.raises(GameFolderError, match=r"is read-only; sprite 'hero' was not written"):
        put(library, read_only_game, keep(library, 7))


@pytest.fixture
def read_only_assets(game: Path) -> Iterator[Path]:
    (game / "assets" / "sprites").mkdir()
    with mounts.read_only(game / "assets"):
        yield game


def test_read_only_assets_are_a_named_error_and_nothing_is_registered(library: Library, read_only_assets: Path) -> None:
    with pytest.raises(GameFolderError, match="is read-only"):
        put(library, read_only_assets, keep(library, 7))

    assert sorted(name for name in state_of(read_only_assets) if name.startswith(".pixels")) == [".pixels/.gitignore"]
    with pytest.raises(NothingToUndoError):
        undo(read_only_assets, "hero", [read_only_assets])


@pytest.fixture
def assets_elsewhere(game: Path) -> Iterator[Path]:
    with mounts.small_disk(game / "assets", "128k"):
        yield game


def test_assets_on_another_file_system_get_whole_files_too(library: Library, assets_elsewhere: Path) -> None:
    game = assets_elsewhere
    put(library, game, keep(library, 7))
    put(library, game, keep(library, 8), on_conflict="replace")

    sprites = game / "assets" / "sprites"
    assert np.array_equal(shown(sprites / "hero.png"), picture(8))
    assert sorted(file.name for file in sprites.iterdir()) == ["hero.png", "hero.sprite.ron"]


def test_a_full_disk_leaves_the_old_picture_in_place(library: Library, assets_elsewhere: Path) -> None:
    game = assets_elsewhere
    put(library, game, keep(library, 7))
    before = state_of(game)

    with pytest.raises(GameFolderError, match=r"no room for sprite 'hero'"):
        put(library, game, keep(library, 8, size_px=(512, 512)), on_conflict="replace")

    assert state_of(game) == before


def test_a_bind_mount_of_the_same_device_counts_as_another_file_system(
    library: Library, game: Path, tmp_path: Path
) -> None:
    (tmp_path / "art").mkdir()
    with mounts.bound(tmp_path / "art", game / "assets"):
        put(library, game, keep(library, 7))
        assert np.array_equal(shown(tmp_path / "art" / "sprites" / "hero.png"), picture(7))


def test_a_link_in_the_place_of_a_file_is_never_written_through(library: Library, game: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    (game / "assets" / "sprites").mkdir()
    (game / "assets" / "sprites" / "hero.png").symlink_to(secret)

    with pytest.raises(NameTakenError, match="is a link"):
        put(library, game, keep(library, 7))
    with pytest.raises(GameFolderError, match="is a link"):
        put(library, game, "hero-0007.1", on_conflict="replace")
    assert secret.read_bytes() == b"secret"


def test_links_inside_dot_pixels_are_refused(library: Library, game: Path, tmp_path: Path) -> None:
    (game / ".pixels").mkdir()
    (game / ".pixels" / "stage").symlink_to(tmp_path)

    with pytest.raises(GameFolderError, match="stage is a link"):
        put(library, game, keep(library, 7))


def test_a_file_where_a_folder_should_be_is_named(library: Library, game: Path) -> None:
    (game / "assets" / "sprites").write_bytes(b"")

    with pytest.raises(GameFolderError, match="sprites is in the way"):
        put(library, game, keep(library, 7))


@pytest.mark.parametrize("text", [b"{", b'{"format_version": 2, "sprites": {}}', b""])
def test_a_registry_that_cannot_be_used_is_left_alone(library: Library, game: Path, text: bytes) -> None:
    (game / ".pixels").mkdir()
    (game / ".pixels" / "deployed.json").write_bytes(text)

    with pytest.raises(GameFolderError, match=r"deployed\.json cannot be used"):
        put(library, game, keep(library, 7))

    assert (game / ".pixels" / "deployed.json").read_bytes() == text
    assert not (game / "assets" / "sprites").exists()


def test_a_manifest_of_a_newer_version_is_not_overwritten_unasked(library: Library, game: Path) -> None:
    result = put(library, game, keep(library, 7))
    manifest = Path(result.files[1].path)
    manifest.write_text(manifest.read_text().replace("version: 1", "version: 2"))

    with pytest.raises(NameTakenError, match=r"hero\.sprite\.ron was changed by hand"):
        put(library, game, "hero-0007.1")

    put(library, game, "hero-0007.1", on_conflict="replace")
    assert "version: 1" in manifest.read_text()


KILLED = """
import os, sys
from pathlib import Path
import pixels_mcp.bevy.folder as folder
from pixels_mcp.bevy.deploy import deploy
from pixels_mcp.library.library_folder import Library
from pixels_mcp.requests import DeployRequest
place = os.replace
def replace(source, target, **handles):
    if str(target).endswith(".sprite.ron"):
        os.kill(os.getpid(), 9)
    return place(source, target, **handles)
os.replace = replace
game = Path(sys.argv[2])
deploy(Library(Path(sys.argv[1])), DeployRequest(sprite_id=sys.argv[3], project=str(game)), [game])
"""


def test_a_deploy_that_was_killed_half_way_is_finished_by_the_next_one(library: Library, game: Path) -> None:
    sprite_id = keep(library, 7)
    died = subprocess.run([sys.executable, "-c", KILLED, str(library.root), str(game), sprite_id], check=False)
    assert died.returncode == -9
    assert [file.name for file in (game / "assets" / "sprites").iterdir()] == ["hero.png"]

    result = put(library, game, sprite_id)

    assert [file.action for file in result.files] == ["unchanged", "written"]
    assert list((game / ".pixels" / "stage").iterdir()) == []
