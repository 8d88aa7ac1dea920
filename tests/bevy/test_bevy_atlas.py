from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.toolchains import REPOSITORY
from pixels_mcp.bevy.formats.atlas import AtlasClip, FrameGrid, SheetFile, make_sheet, parse_sheet, single_sprite
from pixels_mcp.errors import SheetFileError

GOLDEN = REPOSITORY / "tests" / "golden" / "sprite_ron"
EXPECTED: dict[str, dict[str, Any]] = json.loads((GOLDEN / "expected.json").read_text("utf-8"))


def golden(kind: str, name: str) -> str:
    return (GOLDEN / kind / f"{name}.sprite.ron").read_text("utf-8")


@pytest.mark.parametrize("name", EXPECTED["valid"])
def test_a_sheet_is_written_byte_for_byte_as_the_golden_file(name: str) -> None:
    values = EXPECTED["valid"][name]

    sheet = make_sheet(
        image=values["image"],
        size=values["size"],
        frames=values["grid"] or values["rects"],
        pivot=values["pivot"],
        animations=values["animations"],
    )

    assert sheet.to_ron() == golden("valid", name)


@pytest.mark.parametrize("name", EXPECTED["valid"])
def test_a_golden_file_is_read_with_the_values_that_it_has(name: str) -> None:
    values = EXPECTED["valid"][name]

    sheet = parse_sheet(golden("valid", name), label=name)

    assert sheet.image == values["image"]
    assert list(sheet.size) == values["size"]
    assert [list(rect) for rect in sheet.rects()] == values["rects"]
    assert isinstance(sheet.frames, FrameGrid) == (values["grid"] is not None)
    assert (list(sheet.pivot) if sheet.pivot else None) == values["pivot"]
    assert {key: json.loads(clip.model_dump_json()) for key, clip in sheet.animations.items()} == values["animations"]
    assert sheet.to_ron() == golden("valid", name)


@pytest.mark.parametrize("name", EXPECTED["broken"])
def test_a_broken_file_is_refused_with_its_name_and_reason(name: str) -> None:
    with pytest.raises(SheetFileError) as caught:
        parse_sheet(golden("broken", name), label=f"{name}.sprite.ron")

    assert f"{name}.sprite.ron" in str(caught.value)
    for word in EXPECTED["broken"][name]["says"]:
        assert word in str(caught.value)
    assert ("version" in caught.value.message) or EXPECTED["broken"][name]["kind"] != "newer_version"


def test_every_golden_file_is_expected_and_every_expectation_has_its_file() -> None:
    for kind in ("valid", "broken"):
        files = {file.name.removesuffix(".sprite.ron") for file in (GOLDEN / kind).iterdir()}
        assert files == set(EXPECTED[kind])


def test_a_single_sprite_is_a_grid_of_one_tile() -> None:
    assert single_sprite("potion.png", 32, 32).to_ron() == golden("valid", "potion")


def test_other_spacing_comments_and_a_play_left_out_mean_the_same() -> None:
    text = """// made by hand
    (version:1,image:"a\\u{62}.png",size:(8,8,), /* one
    tile */ frames:Grid(tile:(4,8),columns:2,rows:1),pivot:None,
    animations:{"b":(frames:[1,0],ms:[5,1_000])})"""

    sheet = parse_sheet(text, label="ab.sprite.ron")

    assert sheet == SheetFile(
        image="ab.png",
        size=(8, 8),
        frames=FrameGrid(tile=(4, 8), columns=2, rows=1),
        animations={"b": AtlasClip(frames=(1, 0), ms=(5, 1000), play="Loop")},
    )


@pytest.mark.parametrize("text", ["(" * 5000, "[", '("', "(a: 1, 2)", "(a: 1, a: 2)", "💥", "(version: 1) x", '"\\q"'])
def test_text_that_is_not_ron_is_a_named_error_with_its_line(text: str) -> None:
    with pytest.raises(SheetFileError, match=r"x\.sprite\.ron: line 1: "):
        parse_sheet(text, label="x.sprite.ron")


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
SIDES = st.integers(1, 64)


@st.composite
def sheets(draw: st.DrawFn) -> SheetFile:
    grid = FrameGrid(tile=(draw(SIDES), draw(SIDES)), columns=draw(st.integers(1, 9)), rows=draw(st.integers(1, 9)))
    size = (grid.tile[0] * grid.columns + draw(st.integers(0, 9)), grid.tile[1] * grid.rows)
    frames = grid if draw(st.booleans()) else tuple((0, 0, grid.tile[0], grid.tile[1]) for _ in range(3))
    count = grid.columns * grid.rows if frames is grid else 3
    shown = st.lists(st.integers(0, count - 1), min_size=1, max_size=12)
    clips = {
        name: AtlasClip(
            frames=tuple(numbers := draw(shown)),
            ms=tuple(draw(st.integers(1, 9_999)) for _ in numbers),
            play=draw(st.sampled_from(["Loop", "Once", "PingPong"])),
        )
        for name in draw(st.lists(NAMES, max_size=3))
    }
    part = st.integers(0, 10_000).map(lambda number: number / 10_000)
    pivot = draw(st.none() | st.tuples(part, part))
    return SheetFile(image="a/b c.png", size=size, frames=frames, pivot=pivot, animations=clips)


@given(sheets())
def test_what_is_written_is_read_again_with_the_same_meaning_and_written_the_same(sheet: SheetFile) -> None:
    again = parse_sheet(sheet.to_ron(), label="x.sprite.ron")

    assert again == sheet
    assert again.to_ron() == sheet.to_ron()


@given(st.text(max_size=200))
def test_any_text_that_is_no_sheet_is_a_named_error(text: str) -> None:
    with pytest.raises(SheetFileError, match=r"x\.sprite\.ron"):
        parse_sheet(f"(version: 1, {text}", label="x.sprite.ron")  # `image` and the rest are missing
