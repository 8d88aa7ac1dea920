"""Art from elsewhere becomes entries: pixels as they were, frames and tags kept, the origin told."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from helpers.bevy_games import keep, picture
from helpers.commands import pixels
from helpers.waiting import PATIENCE_S
from helpers.workers import threaded_worker
from pixels_mcp.bevy.formats.entry_sheet import sheet_of_entry
from pixels_mcp.errors import InvalidArgumentError, PixelsError, SheetFileError, UnreadablePictureError
from pixels_mcp.importing.art_files import read_art
from pixels_mcp.importing.keep_imported import Kept, keep_imported
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.paths import find_paths
from pixels_mcp.pixelart.sheets.animation import animation_bytes
from pixels_mcp.png import decode_png
from pixels_mcp.requests import SpriteRequest

FRAMES = [picture(seed, 16, 12) for seed in range(3)]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


def bring(library: Library, file: Path, **words: Any) -> Kept:
    reading = {key: words.pop(key) for key in ("tile_px", "frame_ms") if key in words}
    label = words.pop("label", "a thing")
    return keep_imported(read_art(file, **reading), library, label=label, **words)


def frames_of(library: Library, sprite_id: str) -> list[np.ndarray]:
    entry = library.get(sprite_id)
    told: Any = entry.facts
    sheet, _ = decode_png(library.read_png(sprite_id))
    width, height = told["frame_px"]
    places = [divmod(number, sheet.shape[1] // width) for number in range(told["frames"])]
    return [sheet[row * height : (row + 1) * height, column * width : (column + 1) * width] for row, column in places]


def aseprite(folder: Path, **meta: Any) -> Path:
    """A sheet as Aseprite exports it: the second frame is trimmed, the third one turned."""
    sheet = np.zeros((16, 64, 4), np.uint8)
    sheet[:12, :16] = FRAMES[0]
    sheet[:8, 16:28] = FRAMES[1][2:10, 2:14]
    sheet[:16, 32:44] = np.rot90(FRAMES[2], -1)
    Image.fromarray(sheet).save(folder / "hero.png")
    whole = {"w": 16, "h": 12}
    frames = [
        {"frame": {"x": 0, "y": 0, "w": 16, "h": 12}, "duration": 80},
        {
            "frame": {"x": 16, "y": 0, "w": 12, "h": 8},
            "trimmed": True,
            "spriteSourceSize": {"x": 2, "y": 2, "w": 12, "h": 8},
            "sourceSize": whole,
            "duration": 120,
        },
        {"frame": {"x": 32, "y": 0, "w": 16, "h": 12}, "rotated": True, "sourceSize": whole, "duration": 0},
    ]
    document = {"frames": frames, "meta": {"app": "aseprite", "image": "C:\\art\\hero.png", **meta}}
    file = folder / "hero.json"
    file.write_text(json.dumps(document))
    return file


def test_a_png_becomes_a_sprite_with_the_same_pixels_its_facts_and_its_origin(library: Library, tmp_path: Path) -> None:
    Image.fromarray(FRAMES[0]).save(tmp_path / "iron key.png")

    entry = bring(library, tmp_path / "iron key.png", label="iron key", tags=["Loot"]).entry

    assert entry.sprite_id == "iron-key-0001.1"
    data = library.read_png(entry.sprite_id)
    assert np.array_equal(decode_png(data)[0], FRAMES[0])
    assert (entry.model, entry.prompt, entry.tags, entry.entry_kind) == ("imported", "iron key", ("loot",), "sprite")
    assert entry.facts["colors"] == 5
    recipe = read_recipe(data)
    assert (recipe.operation, recipe.model_sha256) == ("import", None)
    assert recipe.sources == {"file": hashlib.sha256((tmp_path / "iron key.png").read_bytes()).hexdigest()}
    assert [hit.sprite_id for hit in library.search("key", model="imported", tags=["loot"])] == ["iron-key-0001.1"]


def test_the_same_file_again_is_the_entry_that_stands(library: Library, tmp_path: Path) -> None:
    Image.fromarray(FRAMES[0]).save(tmp_path / "key.png")
    first = bring(library, tmp_path / "key.png")

    again = bring(library, tmp_path / "key.png", tags=["new"])

    assert (first.is_new, again.is_new) == (True, False)
    assert (again.entry.sprite_id, again.entry.tags) == (first.entry.sprite_id, ("new",))
    assert library.count() == 1


def test_color_under_no_alpha_is_not_brought_along(library: Library, tmp_path: Path) -> None:
    art = np.full((4, 4, 4), 200, np.uint8)
    art[0, :, 3] = 0
    Image.fromarray(art).save(tmp_path / "a.png")

    entry = bring(library, tmp_path / "a.png").entry

    kept, _ = decode_png(library.read_png(entry.sprite_id))
    assert not kept[0].any()
    assert np.array_equal(kept[1:], art[1:])


@pytest.mark.parametrize(("ending", "times"), [("gif", [100, 50, 100]), ("png", [100, 45, 100])])
def test_an_animated_picture_becomes_an_animation_of_all_its_frames(
    library: Library, tmp_path: Path, ending: Any, times: list[int]
) -> None:
    file = tmp_path / f"walk.{ending}"
    file.write_bytes(animation_bytes(FRAMES, times, ending))

    entry = bring(library, file, name="walker").entry

    assert (entry.entry_kind, entry.name, entry.sprite_id) == ("animation", "walker", "walker-0001.1")
    told: Any = entry.facts
    assert told["clips"] == {"all": {"frames": [0, 1, 2], "ms": times, "play": "Loop"}}
    assert all(np.array_equal(a, b) for a, b in zip(frames_of(library, entry.sprite_id), FRAMES, strict=True))
    assert read_recipe(library.read_png(entry.sprite_id)).plan["clips"] == told["clips"]


def test_an_aseprite_sheet_gives_whole_frames_times_and_tags(library: Library, tmp_path: Path) -> None:
    tags = [
        {"name": "idle", "from": 0, "to": 1, "direction": "forward"},
        {"name": "back", "from": 0, "to": 2, "direction": "reverse", "repeat": "1"},
        {"name": "sway", "from": 1, "to": 2, "direction": "pingpong"},
    ]
    entry = bring(library, aseprite(tmp_path, frameTags=tags)).entry

    frames = frames_of(library, entry.sprite_id)
    inner = np.zeros_like(FRAMES[1])
    inner[2:10, 2:14] = FRAMES[1][2:10, 2:14]
    assert [np.array_equal(a, b) for a, b in zip(frames, [FRAMES[0], inner, FRAMES[2]], strict=True)] == [True] * 3
    told: Any = entry.facts
    assert told["clips"] == {
        "idle": {"frames": [0, 1], "ms": [80, 120], "play": "Loop"},
        "back": {"frames": [2, 1, 0], "ms": [100, 120, 80], "play": "Once"},
        "sway": {"frames": [1, 2], "ms": [120, 100], "play": "PingPong"},
    }
    assert set(read_recipe(library.read_png(entry.sprite_id)).sources) == {"file", "image"}


def test_frames_by_name_are_read_in_their_order(library: Library, tmp_path: Path) -> None:
    file = aseprite(tmp_path)
    told = json.loads(file.read_text())
    told["frames"] = {f"hero {number}.aseprite": frame for number, frame in enumerate(told["frames"])}
    file.write_text(json.dumps(told))

    entry = bring(library, file).entry

    sheet: Any = entry.facts
    assert sheet["clips"]["all"]["ms"] == [80, 120, 100]


def test_our_own_sheet_comes_back_with_its_clips_and_pivot(library: Library, tmp_path: Path) -> None:
    Image.fromarray(np.hstack(FRAMES)).save(tmp_path / "hero.png")
    (tmp_path / "hero.sprite.ron").write_text(
        '(version: 1, image: "hero.png", size: (48, 12), frames: Grid(tile: (16, 12), columns: 3, rows: 1),'
        ' pivot: Some((0.5, 1.0)), animations: {"walk": (frames: [0, 2], ms: [90, 110], play: Once)})'
    )

    entry = bring(library, tmp_path / "hero.sprite.ron").entry

    assert all(np.array_equal(a, b) for a, b in zip(frames_of(library, entry.sprite_id), FRAMES, strict=True))
    sheet: Any = entry.facts
    assert sheet["pivot"] == [0.5, 1.0]
    assert sheet["clips"] == {"walk": {"frames": [0, 2], "ms": [90, 110], "play": "Once"}}
    deployed = sheet_of_entry(entry.facts, entry.width_px, entry.height_px, image="hero.png")
    assert deployed.animations["walk"].ms == (90, 110)
    assert deployed.pivot == (0.5, 1.0)


def test_a_sheet_without_data_is_cut_into_tiles(library: Library, tmp_path: Path) -> None:
    Image.fromarray(np.hstack(FRAMES)).save(tmp_path / "strip.png")

    entry = bring(library, tmp_path / "strip.png", tile_px=(16, 12), frame_ms=70).entry

    assert all(np.array_equal(a, b) for a, b in zip(frames_of(library, entry.sprite_id), FRAMES, strict=True))
    with pytest.raises(SheetFileError, match="whole number of frames"):
        read_art(tmp_path / "strip.png", tile_px=(15, 12))
    with pytest.raises(InvalidArgumentError, match="frame time"):
        read_art(tmp_path / "strip.png", frame_ms=70)


def test_a_copy_of_a_sprite_comes_with_the_recipe_that_made_it(library: Library, tmp_path: Path) -> None:
    other = Library(tmp_path / "other")
    sprite_id = keep(other, 7, "potion")
    (tmp_path / "copy.png").write_bytes(other.read_png(sprite_id))

    entry = bring(library, tmp_path / "copy.png").entry

    assert library.read_png(entry.sprite_id) == other.read_png(sprite_id)
    assert (entry.seed, entry.sha256) == (7, other.get(sprite_id).sha256)


def test_an_import_takes_no_number_that_a_job_has(home: Path, tmp_path: Path) -> None:
    library = Library(find_paths().library)
    Image.fromarray(FRAMES[0]).save(tmp_path / "key.png")
    with threaded_worker(home) as connect:
        client = connect()
        first = client.submit(SpriteRequest(prompt="key"))
        entry = bring(library, tmp_path / "key.png", label="key").entry
        later = client.wait(client.submit(SpriteRequest(prompt="key")).job_id, PATIENCE_S)

    assert [first.job_id, entry.sprite_id, later.job_id] == ["key-0001", "key-0002.1", "key-0003"]


@pytest.mark.parametrize(
    "damage",
    [
        {"frames": []},
        {"frames": [{"frame": {"x": 60, "y": 0, "w": 16, "h": 12}}]},
        {"frames": [{"frame": {"x": 0, "y": 0, "w": 0, "h": 12}}]},
        {"frames": [{"frame": {"x": 0, "y": 0, "w": 10**9, "h": 12}}]},
        {"meta": {}},
        {"meta": {"image": "../../../etc/passwd"}},
        {"meta": {"image": "hero.png", "frameTags": [{"name": "x", "from": 2, "to": 9}]}},
        {"meta": {"image": "hero.json"}},
    ],
)
def test_a_sheet_that_does_not_fit_is_named_and_nothing_is_kept(
    library: Library, tmp_path: Path, damage: dict[str, Any]
) -> None:
    file = aseprite(tmp_path)
    file.write_text(json.dumps({**json.loads(file.read_text()), **damage}))

    with pytest.raises(PixelsError):
        bring(library, file)
    assert not library.root.exists()


def test_a_frame_as_large_as_told_but_not_drawn_is_refused(library: Library, tmp_path: Path) -> None:
    file = aseprite(tmp_path)
    told = json.loads(file.read_text())
    told["frames"][1]["sourceSize"] = {"w": 1_000_000, "h": 1_000_000}
    file.write_text(json.dumps(told))

    with pytest.raises(PixelsError):
        bring(library, file)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"frames": {}, "meta": {"image": "a"}}']
)
def test_what_is_no_sheet_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)

    with pytest.raises(UnreadablePictureError):
        read_art(tmp_path / "a.json")
    with pytest.raises(UnreadablePictureError):
        read_art(tmp_path / "none.json")


def test_the_command_imports_several_files_and_tells_their_ids(home: Path, tmp_path: Path) -> None:
    Image.fromarray(FRAMES[0]).save(tmp_path / "iron_key.png")
    told = pixels("library", "import", str(tmp_path / "iron_key.png"), str(aseprite(tmp_path)), "-t", "mine", "--json")
    assert told.returncode == 0, told.stderr

    kept = json.loads(told.stdout)
    assert [(one["sprite_id"], one["entry_kind"], one["is_new"]) for one in kept] == [
        ("iron-key-0001.1", "sprite", True),
        ("hero-0002.1", "animation", True),
    ]
    again = pixels("library", "import", str(tmp_path / "iron_key.png"))
    assert "iron-key-0001.1 (sprite, there already)" in again.stderr
    listed = json.loads(pixels("library", "list", "--kind", "animation", "--json").stdout)
    assert [one["sprite_id"] for one in listed] == ["hero-0002.1"]
    both = pixels("library", "import", str(tmp_path / "iron_key.png"), str(tmp_path / "none.png"))
    assert (both.returncode, "none.png" in both.stderr) == (1, True)
    drawn_again = pixels("regenerate", kept[0]["path"])
    assert drawn_again.returncode == 1
    assert "was not drawn but made by the operation 'import'" in drawn_again.stderr
