"""`pixels-mcp sheet` and `pixels-mcp recolor`, as commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from helpers.commands import pixels
from pixels_mcp.cli import app
from pixels_mcp.cli.places import open_library
from pixels_mcp.errors import PixelsError
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.recipe import Recipe

RED, BLUE = (200, 30, 40, 255), (30, 60, 200, 255)
SIZES = {"a": (8, 8), "b": (8, 8), "c": (8, 8), "tall": (4, 12)}


@pytest.fixture
def art(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four pictures: a left half red, a right half blue; three are of one size."""
    for name, (width, height) in SIZES.items():
        picture = np.zeros((height, width, 4), np.uint8)
        picture[1:, : width // 2], picture[1:, width // 2 :] = RED, BLUE
        picture[0, 0] = (ord(name[0]), 0, 0, 255)
        Image.fromarray(picture).save(tmp_path / f"{name}.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(*words: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0
    return json.loads(done.stdout)


def pixels_of(file: Path | str) -> np.ndarray:
    return np.array(Image.open(file).convert("RGBA"))


def cut(sheet: Path, frame: dict[str, int]) -> np.ndarray:
    return pixels_of(sheet)[frame["y"] : frame["y"] + frame["h"], frame["x"] : frame["x"] + frame["w"]]


def test_a_folder_becomes_a_grid_and_its_json_finds_every_picture(art: Path) -> None:
    (art / "tall.png").unlink()

    done = pixels("sheet", ".", "-o", "out/walk.png", "--columns", "3", cwd=art)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["out/walk.png  24 x 8 px, 3 pictures", "out/walk.json"]
    listed = json.loads((art / "out" / "walk.json").read_text())
    assert listed["meta"]["image"] == "walk.png"
    for name, entry in listed["frames"].items():
        assert np.array_equal(cut(art / "out" / "walk.png", entry["frame"]), pixels_of(art / f"{name}.png"))
    assert set(listed["frames"]) == {"a", "b", "c"}


@pytest.mark.parametrize("extra", [(), ("--power-of-two",), ("--padding-px", "3", "--extrude-px", "2")])
def test_pictures_of_several_sizes_are_packed(art: Path, extra: tuple[str, ...]) -> None:
    sheet = told("sheet", ".", "-o", "set/all.png", "--packed", *extra)

    assert sheet["pictures"] == 4
    listed = json.loads((art / "set" / "all.json").read_text())["frames"]
    for name in SIZES:
        assert np.array_equal(cut(art / "set" / "all.png", listed[name]["frame"]), pixels_of(art / f"{name}.png"))
    if extra == ("--power-of-two",):
        assert sheet["width_px"].bit_count() == sheet["height_px"].bit_count() == 1


def test_aseprite_s_json_has_durations_tags_and_the_pivot(art: Path) -> None:
    words = ("--format", "aseprite", "--frame-ms", "80", "--tag", "walk:0-1", "--tag", "stand:2-2")
    told("sheet", "a.png", "b.png", "c.png", "-o", "x.png", "--pivot", "0.5", "1", *words)

    listed = json.loads((art / "x.json").read_text())
    assert [frame["duration"] for frame in listed["frames"]] == [80, 80, 80]
    assert [(tag["name"], tag["from"], tag["to"]) for tag in listed["meta"]["frameTags"]] == [
        ("walk", 0, 1),
        ("stand", 2, 2),
    ]
    assert listed["meta"]["slices"][0]["keys"][0]["pivot"] == {"x": 4, "y": 8}


def test_sprites_of_the_library_are_named_by_their_ids(art: Path) -> None:
    ids = ["ruby-potion-0007.1", "iron-sword-0008.1"]
    for number, sprite_id in enumerate(ids):
        picture = np.full((16, 16, 4), (50 * number, 10, 10, 255), np.uint8)
        recipe = Recipe(request={"prompt": "x"}, plan={}, model_sha256="0" * 64)
        info = NewEntry(seed=1, prompt="x", model="mini", facts={})
        open_library().add(sprite_id, picture, recipe, info)

    sheet = told("sheet", *ids, "a.png", "-o", "mixed.png", "--packed", "--format", "texture-packer-array")

    assert sheet["pictures"] == 3
    listed = json.loads((art / "mixed.json").read_text())["frames"]
    assert [entry["filename"] for entry in listed] == [*ids, "a"]


def test_pictures_of_several_sizes_are_packed_unless_a_grid_is_asked_for(art: Path) -> None:
    packed = told("sheet", ".", "-o", "any.png")

    assert packed["pictures"] == 4
    assert packed["columns"] is None
    frames = json.loads((art / "any.json").read_text())["frames"]
    assert len({(frame["frame"]["w"], frame["frame"]["h"]) for frame in frames.values()}) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([".", "--columns", "2"], "pack them instead"),
        ([".", "--packed", "--columns", "2"], "belong to a grid"),
        ([".", "--power-of-two"], "belongs to a packed sheet"),
        (["a.png", "--tag", "walk:0-1"], "choose the format aseprite"),
        (["a.png", "--format", "aseprite", "--tag", "walk"], "walk:0-3"),
        (["a.png", "--format", "aseprite", "--tag", "walk:0-1"], "of 1"),
        (["a.png", "--format", "godot"], "Input should be 'texture-packer'"),
        (["a.png", "--pivot", "2", "0"], "pivot.0: Input should be less than or equal to 1"),
        (["ghost-0001.1"], "ghost-0001.1"),
    ],
)
def test_a_sheet_that_cannot_be_is_refused_and_nothing_is_written(art: Path, words: list[str], said: str) -> None:
    with pytest.raises(PixelsError) as refused:
        CliRunner().invoke(app, ["sheet", *words, "-o", "new.png"], catch_exceptions=False)

    assert said in str(refused.value)
    assert not (art / "new.png").exists()
    assert not (art / "new.json").exists()


@pytest.mark.parametrize("output", ["a.png", "kept.png", "new.gif"])
def test_a_sheet_replaces_nothing_unasked(art: Path, output: str) -> None:
    (art / "kept.json").write_text("mine")

    with pytest.raises(PixelsError):
        CliRunner().invoke(app, ["sheet", "a.png", "b.png", "-o", output], catch_exceptions=False)

    assert (art / "kept.json").read_text() == "mine"
    assert not (art / "kept.png").exists()


def test_recolouring_takes_the_likest_color_of_the_palette(art: Path) -> None:
    done = told("recolor", "a.png", "--palette", "#c01020,#1030c0", "--compare")

    made = pixels_of(done["pictures"][0]["file"])
    assert {tuple(map(int, color)) for color in made[made[..., 3] > 0][:, :3]} == {(192, 16, 32), (16, 48, 192)}
    assert Path(done["pictures"][0]["comparison"]).is_file()
    assert done["pictures"][0]["file"] == "recolored/a.png"


def test_by_lightness_the_darkest_becomes_the_darkest(art: Path) -> None:
    done = told("recolor", "b.png", "--palette", "#eeeeee,#111111,#777777", "--by", "lightness")

    before, after = pixels_of("b.png"), pixels_of(done["pictures"][0]["file"])
    assert tuple(after[0, 0]) == (0x11, 0x11, 0x11, 255)
    assert before[0, 0, 0] == ord("b")
    assert len(np.unique(after[after[..., 3] > 0][:, :3], axis=0)) == 3


def test_a_swap_replaces_color_by_color_and_leaves_the_others(art: Path) -> None:
    words = ("--by", "swap", "--from", "#c81e28,#1e3cc8", "--palette", "#00ff00,#ffff00")
    done = told("recolor", "a.png", "b.png", *words, "--output-dir", "green")

    assert len(done["pictures"]) == 2
    after = pixels_of("green/a.png")
    assert tuple(after[4, 0]) == (0, 255, 0, 255)
    assert tuple(after[4, 7]) == (255, 255, 0, 255)
    assert tuple(after[0, 0]) == (ord("a"), 0, 0, 255)


@pytest.mark.parametrize(
    ("old", "new", "left", "right"),
    [
        ("#c81e28", "#00ff00", (0, 255, 0, 255), (30, 60, 200, 255)),
        ("#c81e28,#1e3cc8", "#00ff00,#00ff00", (0, 255, 0, 255), (0, 255, 0, 255)),
    ],
)
def test_one_color_is_swapped_alone_and_several_may_become_one(
    art: Path, old: str, new: str, left: tuple[int, ...], right: tuple[int, ...]
) -> None:
    told("recolor", "a.png", "--by", "swap", "--from", old, "--palette", new, "--output-dir", "one")

    after = pixels_of("one/a.png")
    assert (tuple(after[4, 0]), tuple(after[4, 7])) == (left, right)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a.png", "--palette", "gameboi"], "no palette is called 'gameboi'"),
        (["a.png", "--palette", "pico-8", "--by", "swap"], "belong together"),
        (["a.png", "--palette", "pico-8", "--from", "pico-8"], "belong together"),
        (["a.png", "--palette", "pico-8", "--by", "swap", "--from", "#000000,#ffffff"], "lists 2 colors"),
        (["a.png", "--palette", "pico-8", "--by", "mood"], "give one of nearest"),
        (["a.png", "broken.png", "--palette", "pico-8"], "broken.png"),
    ],
)
def test_a_recolouring_that_cannot_be_is_refused_and_nothing_is_written(art: Path, words: list[str], said: str) -> None:
    (art / "broken.png").write_bytes(b"\x89PNG broken")

    with pytest.raises(PixelsError) as refused:
        CliRunner().invoke(app, ["recolor", *words], catch_exceptions=False)

    assert said in str(refused.value)
    assert not (art / "recolored").exists()


def test_tags_run_either_way_and_frames_may_be_told_by_name(art: Path) -> None:
    words = ("--format", "aseprite-hash", "--tag", "turn:0-1:pingpong", "--tag", "back:1-2:reverse", "--tag", "on:0-2")
    done = pixels("sheet", "a.png", "b.png", "c.png", "-o", "turning.png", *words, cwd=art)
    assert done.returncode == 0, done.stderr
    told = json.loads((art / "turning.json").read_text())
    assert {tag["name"]: tag["direction"] for tag in told["meta"]["frameTags"]} == {
        "turn": "pingpong",
        "back": "reverse",
        "on": "forward",
    }
    assert list(told["frames"]) == ["a", "b", "c"]
    wrong = pixels("sheet", "a.png", "-o", "w.png", "--format", "aseprite", "--tag", "turn:0-0:sideways", cwd=art)
    assert wrong.returncode == 2
    assert "pingpong_reverse" in wrong.stderr


TIMES_MS = [80, 300, 10, 0]


@pytest.fixture(params=["gif", "png", "webp"])
def moving(request: pytest.FixtureRequest, art: Path) -> Path:
    """Four frames in which a red square moves over blue, shown for four times; a GIF cannot say 0."""
    frames = []
    for place in range(4):
        picture = np.full((8, 8, 4), BLUE, np.uint8)
        picture[2:4, place : place + 2] = RED
        frames.append(Image.fromarray(picture))
    lossless = {"lossless": True} if request.param == "webp" else {}
    frames[0].save(
        art / f"moving.{request.param}", save_all=True, append_images=frames[1:], duration=TIMES_MS, **lossless
    )
    return art / f"moving.{request.param}"


def test_frames_and_times_of_a_moving_picture_are_told_and_kept(moving: Path) -> None:
    times_ms = [80, 300, 10, 100]

    inspected = told("inspect", moving.name)
    (recolored,) = told("recolor", moving.name, "--palette", "#101060,#ff0000,#00ff00")["pictures"]
    (first,) = told("pixelize", moving.name)["pictures"]

    assert (inspected["frames"], inspected["frame_ms"]) == (4, times_ms)
    assert (recolored["frames"], recolored["frame_ms"]) == (4, times_ms)
    with Image.open(recolored["file"]) as made:
        assert getattr(made, "n_frames", 1) == 4
        for place in range(4):
            made.seek(place)
            pixels_now = np.array(made.convert("RGB"))
            assert (pixels_now[2:4, place : place + 2] == (255, 0, 0)).all()
            assert made.info["duration"] == times_ms[place]
    assert "the first of its 4 frames was taken" in first["notes"][0]


def test_a_still_picture_is_not_said_to_move(art: Path) -> None:
    assert "frames" not in told("inspect", "a.png")
    assert not any("frames" in note for note in told("pixelize", "a.png")["pictures"][0]["notes"])
