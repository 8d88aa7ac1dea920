"""A drawing in letters becomes the pixels that it says, and a bad one is named with its row and letter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.commands import pixels
from pixels_mcp.errors import SketchError
from pixels_mcp.importing.art_files import read_art
from pixels_mcp.importing.keep_imported import keep_imported
from pixels_mcp.importing.sketch import draw_sketch
from pixels_mcp.importing.sketch_words import Sketch
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.pixelart.pictures import open_picture

BERRY = (
    "..kkkk..",
    ".krrrrk.",
    "krwrrrrk",
    "krrrrrrk",
    "krrrrrrk",
    "krrrrrsk",
    ".krrssk.",
    "..kkkk..",
)
LEGEND: dict[str, str | None] = {".": None, "k": "#2a1a1f", "r": "#c03a2b", "s": "#8A2432", "w": "fb0"}


def test_each_letter_is_a_pixel_of_its_color() -> None:
    (picture,) = draw_sketch(Sketch(rows=BERRY, legend=LEGEND)).frames

    assert picture.shape == (8, 8, 4)
    assert picture[0, 0].tolist() == [0, 0, 0, 0]
    assert picture[0, 2].tolist() == [0x2A, 0x1A, 0x1F, 255]
    assert picture[5, 6].tolist() == [0x8A, 0x24, 0x32, 255]
    assert picture[2, 2].tolist() == [0xFF, 0xBB, 0x00, 255]
    assert (picture[..., 3] > 0).sum() == sum(sign != "." for row in BERRY for sign in row)


def test_points_and_blanks_are_transparent_unless_the_legend_colors_them() -> None:
    rows = (". rrrrrr",) * 8
    assert draw_sketch(Sketch(rows=rows, legend={"r": "#f00"})).frames[0][0, :3, 3].tolist() == [0, 0, 255]
    dotted = draw_sketch(Sketch(rows=rows, legend={"r": "#f00", ".": "#0f0"})).frames[0]
    assert dotted[0, :2].tolist() == [[0, 255, 0, 255], [0, 0, 0, 0]]


def test_several_blocks_are_frames_of_an_animation() -> None:
    art = draw_sketch(Sketch(frames=(BERRY, BERRY[::-1]), legend=LEGEND), frame_ms=80)

    assert np.array_equal(art.frames[1], art.frames[0][::-1])
    assert art.clips["all"].frames == (0, 1)
    assert art.clips["all"].ms == (80, 80)


def test_a_sketch_is_kept_with_the_letters_that_make_it_again(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    kept = keep_imported(draw_sketch(Sketch(rows=BERRY, legend=LEGEND)), library, label="berry", name="berry")
    again = keep_imported(draw_sketch(Sketch(rows=BERRY, legend=LEGEND)), library, label="berry", name="berry")
    asked = read_recipe(kept.entry.path).request

    assert (kept.entry.sprite_id, kept.is_new, again.is_new) == ("berry-0001.1", True, False)
    assert kept.entry.notes == ("drawn in letters",)
    redrawn = draw_sketch(Sketch(rows=asked["rows"], legend=asked["legend"])).frames[0]  # type: ignore[arg-type]  # words of a test
    assert np.array_equal(redrawn, open_picture(Path(kept.entry.path)))


def test_letters_of_the_legend_that_are_not_used_are_told() -> None:
    art = draw_sketch(Sketch(rows=BERRY, legend={**LEGEND, "x": "#123456", "y": None}))
    assert art.notes == ("drawn in letters", "of the legend not used: x y")


SQUARE = ["r" * 8] * 8
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "give one of them"),
    ({"rows": SQUARE, "frames": [SQUARE], "legend": {"r": "#f00"}}, "give one of them"),
    ({"rows": [], "legend": {"r": "#f00"}}, "0 characters wide; 8 to 64"),
    ({"frames": [], "legend": {"r": "#f00"}}, "0 frames; 1 to 64"),
    ({"rows": ["r" * 8] * 3, "legend": {"r": "#f00"}}, "3 rows high; 8 to 64"),
    ({"rows": ["r" * 65] * 8, "legend": {"r": "#f00"}}, "65 characters wide; 8 to 64"),
    ({"rows": ["rrrr", *SQUARE], "legend": {"r": "#f00"}}, "row 1 has 4 characters, most have 8"),
    ({"rows": [*SQUARE, "r" * 9], "legend": {"r": "#f00"}}, "row 9 has 9 characters, most have 8"),
    ({"rows": SQUARE}, "row 1, character 1: 'r' is not in the legend"),
    ({"rows": [*SQUARE[:7], "rrr?rrrr"], "legend": {"r": "#f00"}}, "row 8, character 4: '?' is not in the legend"),
    ({"rows": ["........"] * 8, "legend": {}}, "every pixel of it is transparent"),
    ({"rows": SQUARE, "legend": {chr(0x100 + n): "#000000" for n in range(200)}}, "200 characters, at most 64"),
    ({"rows": SQUARE, "legend": {"r": "red; rm -rf"}}, "'red; rm -rf' is not a color"),
    ({"rows": SQUARE, "legend": {"r": "#f" * 5_000}}, "is not a color"),
    ({"rows": SQUARE, "legend": {"rr": "#f00"}}, "'rr' in the legend is not one printed character"),
    ({"rows": SQUARE, "legend": {"": "#f00"}}, "'' in the legend is not one printed character"),
    ({"rows": SQUARE, "legend": {"\x07": "#f00"}}, "is not one printed character"),
    ({"frames": [SQUARE, ["r" * 8] * 9], "legend": {"r": "#f00"}}, "frame 2: it has 9 rows, frame 1 has 8"),
    ({"frames": [SQUARE] * 65, "legend": {"r": "#f00"}}, "65 frames; 1 to 64"),
]


@pytest.mark.parametrize(("words", "said"), REFUSED, ids=lambda value: str(value)[:30])
def test_a_bad_sketch_is_named_with_the_next_step(words: dict[str, Any], said: str) -> None:
    with pytest.raises(SketchError) as refused:
        draw_sketch(Sketch(**words))

    assert said in refused.value.message
    assert refused.value.hint
    assert len(str(refused.value)) < 400


def test_a_file_of_letters_is_imported_by_the_command(home: Path, tmp_path: Path) -> None:
    good, bad, other = (tmp_path / f"{name}.json" for name in ("red-berry", "bad", "other"))
    good.write_text(json.dumps({"rows": BERRY, "legend": LEGEND}))
    bad.write_text(json.dumps({"rows": BERRY[:3], "legend": LEGEND}))
    other.write_text(json.dumps({"rows": BERRY, "legend": LEGEND, "scale": 3}))

    done = pixels("library", "import", str(good), "--json")
    assert done.returncode == 0, done.stderr
    (kept,) = json.loads(done.stdout)
    assert kept["sprite_id"] == "red-berry-0001.1"
    with pytest.raises(SketchError, match="3 rows high"):
        read_art(bad)
    with pytest.raises(SketchError, match=r"other\.json: scale: unknown argument"):
        read_art(other)
