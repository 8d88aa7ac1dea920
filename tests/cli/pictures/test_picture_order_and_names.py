"""Which pictures are taken, in which order, and what they are called on a sheet."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.commands import pixels
from pixels_mcp.pictures.frame_names import NamedPicture, telling_names
from pixels_mcp.pictures.picture_sources import find_sources

pytestmark = pytest.mark.usefixtures("home")


def dot(file: Path, level: int = 200) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((16, 16, 4), (level, 20, 20, 255), dtype=np.uint8)).save(file, "PNG")
    return file


def test_numbers_in_names_sort_by_value_in_folders_and_patterns(tmp_path: Path) -> None:
    names = ["Step_1.png", "step_2.png", "step_09.png", "step_10.png", "step_100.png", "step_10a.png"]
    for name in reversed(names):
        dot(tmp_path / name)
    ordered = ["Step_1.png", "step_2.png", "step_09.png", "step_10.png", "step_10a.png", "step_100.png"]

    assert [file.name for file in find_sources([str(tmp_path)])] == ordered
    assert [file.name for file in find_sources([str(tmp_path / "*.png")])] == ordered


def test_numbers_of_folders_count_in_patterns_too(tmp_path: Path) -> None:
    for name in ("walk10/1.png", "walk9/2.png", "walk9/10.png"):
        dot(tmp_path / name)

    names = [file.relative_to(tmp_path).as_posix() for file in find_sources([str(tmp_path / "walk*" / "*.png")])]

    assert names == ["walk9/2.png", "walk9/10.png", "walk10/1.png"]


def test_comparison_pictures_are_taken_only_where_they_are_named(tmp_path: Path) -> None:
    for name in ("a.png", "a.compare.png", "other.compare.png"):
        dot(tmp_path / name)

    assert [file.name for file in find_sources([str(tmp_path)])] == ["a.png", "other.compare.png"]
    assert [file.name for file in find_sources([str(tmp_path / "a.compare.png")])] == ["a.compare.png"]


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (("hero/down/1.png", "hero/up/1.png", "hero/up/2.png"), ["down/1", "up/1", "up/2"]),
        (("a-1.png", "x/a.png", "y/a.png"), ["a-1", "x/a", "y/a"]),
        (("p/x/a.png", "q/x/a.png"), ["p/x/a", "q/x/a"]),
        (("p/x/a.png", "p/x/b.png", "q/x/a.png", "r/c.png"), ["p/x/a", "p/x/b", "q/x/a", "c"]),
        (("a.png", "a.gif"), ["a.png", "a.gif"]),
        (("a.png", "a.png", "a-2.png"), ["a", "a-3", "a-2"]),
    ],
)
def test_names_on_a_sheet_tell_the_folder_and_never_collide(files: tuple[str, ...], names: list[str]) -> None:
    assert telling_names([NamedPicture(Path(file).stem, Path("art") / file) for file in files]) == names


def test_every_frame_of_an_animation_stands_on_the_sheet_with_its_time(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((16, 16, 3), level, dtype=np.uint8)) for level in (10, 90, 170, 250)]
    frames[0].save(tmp_path / "walk.gif", save_all=True, append_images=frames[1:], duration=[80, 300, 10, 0])

    done = pixels("sheet", "walk.gif", "-o", "s.png", "--format", "aseprite", cwd=tmp_path)

    told = json.loads((tmp_path / "s.json").read_text())["frames"]
    assert done.returncode == 0
    assert [frame["filename"] for frame in told] == ["walk 0", "walk 1", "walk 2", "walk 3"]
    assert [frame["duration"] for frame in told] == [80, 300, 10, 100]


def test_a_padded_grid_says_what_its_reader_needs(tmp_path: Path) -> None:
    for number in range(12):
        dot(tmp_path / "art" / f"{number}.png", level=number)
    words = ("--columns", "4", "--padding-px", "1", "--extrude-px", "1", "--json")

    told = json.loads(pixels("sheet", "art", "-o", "s.png", *words, cwd=tmp_path).stdout)

    assert (told["columns"], told["rows"], told["offset_px"], told["step_px"]) == (4, 3, [2, 2], [19, 19])
    sheet = np.array(Image.open(tmp_path / "s.png"))
    assert [sheet[2 + 19 * (at // 4), 2 + 19 * (at % 4), 0] for at in range(12)] == list(range(12))


@pytest.mark.parametrize("words", [("pixelize",), ("recolor", "--palette", "pico-8"), ("sheet", "-o", "out/s.png")])
def test_a_file_name_that_is_no_text_stops_nothing(tmp_path: Path, words: tuple[str, ...]) -> None:
    dot(tmp_path / "a.png").rename(tmp_path / os.fsdecode(b"caf\xe9.png"))

    for strict in ("utf-8:strict", "ascii:strict"):
        extra = {"PYTHONIOENCODING": strict}
        done = pixels(words[0], ".", *words[1:], "--overwrite", "--json", cwd=tmp_path, extra=extra)

        assert (done.returncode, done.stderr) == (0, "")
        assert isinstance(json.loads(done.stdout), dict)
