"""Exports are read back by readers that nobody here wrote: pytiled_parser, Tiled, Pillow; LDtk rules are followed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytiled_parser
from PIL import Image, ImageSequence

from helpers.ldtk_format import ldtk_faults
from helpers.toolchains import REPOSITORY
from pixels_mcp.bevy.formats.tileset_file import parse_tileset
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.importing.art_files import read_art
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.operations.animation_operation import animate_sprite
from pixels_mcp.operations.exports.export import FORMATS, export_entries
from pixels_mcp.operations.given_picture import GivenPicture
from pixels_mcp.operations.kept_tileset import open_tileset
from pixels_mcp.operations.set_requests import AnimateRequest, TilesetRequest
from pixels_mcp.operations.tileset_operation import build_tileset
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.tiles.maps import compose, lay, random_terrain


@pytest.fixture
def library(home: Path) -> Library:
    return Library(home / "data" / "library")


def texture(color: tuple[int, int, int], seed: int) -> Rgba:
    pixels = np.full((16, 16, 4), 255, dtype=np.uint8)
    pixels[..., :3] = np.array(color) + np.random.default_rng(seed).integers(0, 3, (16, 16, 1)) * 9
    return pixels


def tileset_in(library: Library, kind: Any, **words: Any) -> str:
    lower: dict[str, Any] = {} if kind == "single" else {"lower": "deep water"}
    request = TilesetRequest(upper="green grass", kind=kind, tile_px=16, name=f"set-{kind}", seed=4, **lower, **words)
    terrains: dict[Any, GivenPicture] = {"upper": GivenPicture(texture((70, 130, 50), 1), "1" * 64, None)}
    if kind != "single":
        terrains["lower"] = GivenPicture(texture((40, 80, 170), 2), "2" * 64, None)
    return build_tileset(request, terrains, library).entry.sprite_id


def person(library: Library, **told: Any) -> str:
    picture = np.zeros((32, 32, 4), dtype=np.uint8)
    picture[6:12, 13:19] = (240, 200, 160, 255)
    picture[12:21, 11:21] = (60, 90, 160, 255)
    picture[21:28, 12:15] = picture[21:28, 17:20] = (90, 60, 40, 255)
    recipe = Recipe(request={"prompt": "a knight"}, plan={}, model_sha256="0" * 64)
    words: dict[str, Any] = {"seed": 1, "prompt": "a knight", "model": "plain", "facts": {}, **told}
    new = NewEntry(**words)
    return library.add(f"knight-{library.reserve_number():04d}.1", picture, recipe, new).sprite_id


def written(library: Library, sprite_id: str, folder: Path, *formats: str) -> dict[str, Path]:
    return {file.name: file for file in export_entries([sprite_id], library, formats, folder)}


@pytest.mark.parametrize("kind", ["corner", "edge", "blob", "wall", "single"])
def test_tiled_reads_terrains_chances_and_the_map(library: Library, tmp_path: Path, kind: str) -> None:
    words = {"variants": 2} if kind in ("corner", "edge") else {}
    sprite_id = tileset_in(library, kind, **words)
    files = written(library, sprite_id, tmp_path, "tiled")
    kept = open_tileset(sprite_id, library)

    game_map = pytiled_parser.parse_map(files[f"set-{kind}.tmx"])

    (tileset,) = game_map.tilesets.values()
    assert (tileset.tile_width, tileset.columns) == (16, kept.tileset.columns)
    assert tileset.tile_count == kept.tileset.columns * kept.rows
    laid = lay(kept.tileset, random_terrain(kept.tileset.kind, 20, 12, 4), 4)
    numbers = {key: number for number, key in enumerate(kept.tileset.keys, start=1)}
    wanted = [
        [numbers[(int(c), int(v))] for c, v in zip(*row, strict=True)]
        for row in zip(laid.codes, laid.variants, strict=True)
    ]
    assert game_map.layers[0].data == wanted  # type: ignore[attr-defined]  # it has it
    if kind == "single":
        assert not tileset.wang_sets
        return
    (wang,) = tileset.wang_sets or []
    assert wang.wang_type == {"corner": "corner", "edge": "edge"}.get(kind, "mixed")
    assert [color.name for color in wang.wang_colors] == ["deep water", "green grass"]
    told = json.loads(files[f"set-{kind}.tsj"].read_text())
    assert {one["tileid"]: tuple(one["wangid"]) for one in told["wangsets"][0]["wangtiles"]} == {
        number: tuple(one.wang_id) for number, one in wang.wang_tiles.items()
    }
    if kind == "corner":
        assert tuple(wang.wang_tiles[6].wang_id) == (0, 2, 0, 2, 0, 1, 0, 1), "NE and SE are the upper terrain"


def test_a_field_that_ldtk_needs_and_one_that_it_does_not_know_are_found() -> None:
    project = json.loads((REPOSITORY / "tests" / "golden" / "exports" / "shore.ldtk").read_text())
    assert ldtk_faults(project) == []
    del project["iid"], project["defs"]["layers"][0]["autoRuleGroups"][0]["rules"][3]["chance"]
    project["levels"][0] |= {"uid": "5000", "mood": "grim"}
    assert set(ldtk_faults(project)) == {
        "Project lacks iid",
        "AutoRuleDef lacks chance",
        "Level.uid is '5000', not integer",
        "Level has no field mood",
    }


@pytest.mark.skipif(shutil.which("tmxrasterizer") is None, reason="Tiled's tmxrasterizer is not installed")
@pytest.mark.parametrize("kind", ["corner", "wall"])
def test_tiled_draws_the_map_as_it_was_laid(library: Library, tmp_path: Path, kind: str) -> None:
    sprite_id = tileset_in(library, kind)
    files = written(library, sprite_id, tmp_path, "tiled")
    drawn = tmp_path / "drawn.png"
    subprocess.run(
        ["tmxrasterizer", "--no-smoothing", str(files[f"set-{kind}.tmx"]), str(drawn)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        check=True,
        capture_output=True,
        timeout=60,
    )
    kept = open_tileset(sprite_id, library)
    whole = compose(kept.tileset, lay(kept.tileset, random_terrain(kept.tileset.kind, 20, 12, 4), 4))
    assert np.array_equal(open_picture(drawn), whole)


@pytest.mark.parametrize("kind", ["corner", "edge", "blob", "wall", "single"])
def test_ldtk_rules_ask_for_the_cells_that_each_tile_was_drawn_for(library: Library, tmp_path: Path, kind: str) -> None:
    sprite_id = tileset_in(library, kind)
    project = json.loads(written(library, sprite_id, tmp_path, "ldtk")[f"set-{kind}.ldtk"].read_text())
    assert ldtk_faults(project) == []
    kept = open_tileset(sprite_id, library)
    layer, definition = project["levels"][0]["layerInstances"][0], project["defs"]["layers"][0]
    rules = definition["autoRuleGroups"][0]["rules"]
    grid = np.array(layer["intGridCsv"]).reshape(layer["__cHei"], layer["__cWid"])
    around = np.pad(grid, 1, constant_values=rules[0]["outOfBoundsValue"])

    # Each rule of the editor, followed by itself: exactly one fits every cell, and it names the tile that was laid.
    laid = {one["d"][1]: one for one in layer["autoLayerTiles"]}
    assert len(laid) == grid.size
    for place, tile in laid.items():
        row, column = divmod(place, grid.shape[1])
        seen = around[row : row + 3, column : column + 3].reshape(-1)
        fitting = [
            rule
            for rule in rules
            if all(
                want == 0 or (cell == want if want > 0 else cell != -want)
                for want, cell in zip(rule["pattern"], seen, strict=True)
            )
        ]
        assert len(fitting) == 1, place
        assert [tile["t"]] in fitting[0]["tileRectsIds"]
        assert tile["src"] == [tile["t"] % kept.tileset.columns * 16, tile["t"] // kept.tileset.columns * 16]
        shift = -8 if kind == "corner" else 0
        assert tile["px"] == [column * 16 + shift, row * 16 + shift]
    uids = [rule["uid"] for rule in rules]
    assert len(set(uids)) == len(uids)
    assert max(uids) < project["nextUid"]


def test_animated_pictures_have_every_frame_its_time_and_its_holes(library: Library, tmp_path: Path) -> None:
    made = animate_sprite(AnimateRequest(sprite_id=person(library, name="knight"), motions=("walk", "hurt")), library)
    files = written(library, made.entry.sprite_id, tmp_path, "gif", "apng", "webp")

    for name, clip in made.clips.items():
        for ending in ("gif", "png", "webp"):
            with Image.open(files[f"knight_{name}.{ending}"]) as picture:
                frames = [np.asarray(one.convert("RGBA")).copy() for one in ImageSequence.Iterator(picture)]
                times = []
                for place in range(len(frames)):
                    picture.seek(place)
                    picture.load()
                    times.append(round(picture.info["duration"]))
            assert times == list(clip.durations_ms), ending
            for frame, wanted in zip(frames, clip.frames, strict=True):
                assert np.array_equal(frame[..., 3], wanted[..., 3]), ending
                opaque = wanted[..., 3] > 0
                assert np.array_equal(frame[opaque], wanted[opaque]), ending


def test_aseprite_and_texture_packer_json_are_read_back_with_clips(library: Library, tmp_path: Path) -> None:
    made = animate_sprite(AnimateRequest(sprite_id=person(library, name="knight"), directions=2), library)
    for file_format in ("aseprite-json", "aseprite-json-hash"):
        files = written(library, made.entry.sprite_id, tmp_path / file_format, file_format)
        document = json.loads(files["knight.json"].read_text())
        assert isinstance(document["frames"], dict if file_format.endswith("hash") else list)
        art = read_art(files["knight.json"])
        assert set(art.clips) == {"idle_left", "idle_right", "walk_left", "walk_right"}
        for name, clip in made.clips.items():
            told = art.clips[name]
            assert told.ms == clip.durations_ms
            for place, wanted in zip(told.frames, clip.frames, strict=True):
                assert np.array_equal(art.frames[place], wanted)
    packed = written(library, made.entry.sprite_id, tmp_path / "tp", "texture-packer")
    assert len(read_art(packed["knight.json"]).frames) == sum(len(clip.frames) for clip in made.clips.values())


def test_the_game_reads_sheets_and_tilesets(library: Library, tmp_path: Path) -> None:
    sprite_id = tileset_in(library, "corner", variants=3)
    files = written(library, sprite_id, tmp_path, "bevy")
    text = files["set-corner.tileset.ron"].read_text()
    told = parse_tileset(text, label="x")
    assert told.to_ron() == text
    assert told.size_px == Image.open(files["set-corner.png"]).size
    assert [tile for tile, _ in told.tiles[5]] == [
        5,
        *[n for n, key in enumerate(open_tileset(sprite_id, library).tileset.keys) if key[0] == 5][1:],
    ]
    made = animate_sprite(AnimateRequest(sprite_id=person(library, name="knight")), library)
    art = read_art(written(library, made.entry.sprite_id, tmp_path / "k", "bevy")["knight.sprite.ron"])
    assert set(art.clips) == {"idle", "walk"}


def test_pictures_are_named_as_asked_with_what_is_known_beside(library: Library, tmp_path: Path) -> None:
    ids = [person(library), person(library, name="boss"), person(library)]
    files = export_entries(ids, library, ["png"], tmp_path, names="{number}-{name}")
    assert [file.name for file in files] == [
        "1-a-knight.png", "1-a-knight.json", "2-boss.png", "2-boss.json", "3-a-knight.png", "3-a-knight.json"
    ]  # fmt: skip
    assert json.loads(files[3].read_text())["sprite_id"] == ids[1]
    assert "pixels_mcp" not in Image.open(files[0]).info, "a picture for others carries no recipe"
    assert {file.name for file in export_entries(ids, library, ["png"], tmp_path / "b")} >= {
        "boss.png",
        f"{ids[0]}.png",
    }


def test_what_cannot_be_written_is_refused_before_anything_is(library: Library, tmp_path: Path) -> None:
    still, tiles = person(library), tileset_in(library, "single")
    refused: list[tuple[list[str], list[str], dict[str, Any], str]] = [
        ([still], ["psd"], {}, "no export format 'psd'"),
        ([still], ["tiled"], {}, "not a tileset"),
        ([still], ["gif"], {}, "does not move"),
        ([tiles], ["aseprite"], {}, "is a tileset"),
        ([still, person(library)], ["png"], {"names": "{name}"}, "2 of them would be called"),
        ([still], ["png"], {"names": "{size}"}, "nothing is called"),
        ([still], ["png"], {"names": "../{name}"}, "names a folder"),
    ]
    for ids, formats, words, told in refused:
        with pytest.raises(InvalidArgumentError, match=told):
            export_entries(ids, library, formats, tmp_path / "new", **words)
        assert not (tmp_path / "new").exists()
    export_entries([still], library, ["png"], tmp_path)
    assert export_entries([still], library, ["png"], tmp_path), "the same files again"
    edited = next(tmp_path.glob("*.json"))
    edited.write_text("by hand")
    with pytest.raises(InvalidArgumentError, match="exists already and holds something else"):
        export_entries([still], library, ["png"], tmp_path)
    assert edited.read_text() == "by hand"
    assert export_entries([still], library, ["png"], tmp_path, overwrite=True)
    assert len(FORMATS) == 11
