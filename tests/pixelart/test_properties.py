"""What holds for every picture, however strange."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pixels_mcp.pixelart.colors.dither import DITHERS, dither_to_palette
from pixels_mcp.pixelart.colors.palettes import Palette, load_palette
from pixels_mcp.pixelart.colors.quantize import merge_colors, snap_to_palette
from pixels_mcp.pixelart.colors.recolor import lock_set, reduce_colors
from pixels_mcp.pixelart.drawing.canvas import place, power_of_two_size, trim
from pixels_mcp.pixelart.drawing.outline import add_outline
from pixels_mcp.pixelart.finish import finish_sprite
from pixels_mcp.pixelart.quality import measure_facts
from pixels_mcp.pixelart.recovery.recover import recover
from pixels_mcp.pixelart.sheets.preview import enlarge
from pixels_mcp.pixelart.sheets.sheet import SheetLayout, grid_sheet, packed_sheet
from pixels_mcp.set_words import Dither

PALETTE = load_palette("pico-8")


def pictures(most_px: int = 24) -> st.SearchStrategy[np.ndarray]:
    """Pictures of a few colours, hard alpha, any small size; and pictures of pure noise."""
    sides = st.tuples(st.integers(1, most_px), st.integers(1, most_px))
    noise = sides.flatmap(lambda side: arrays(np.uint8, (*side, 4)))
    table = st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=6)

    def drawn(side: tuple[int, int]) -> st.SearchStrategy[np.ndarray]:
        index = arrays(np.int64, side, elements=st.integers(-1, 5))
        return st.tuples(table, index).map(lambda both: _draw(*both))

    return st.one_of(noise, sides.flatmap(drawn))


def _draw(table: list[tuple[int, int, int]], index: np.ndarray) -> np.ndarray:
    picture = np.zeros((*index.shape, 4), dtype=np.uint8)
    picture[..., :3] = np.array(table, dtype=np.uint8)[index % len(table)]
    picture[..., 3] = 255
    picture[index < 0] = 0
    return picture


def colors_of(pixels: np.ndarray) -> set[tuple[int, ...]]:
    return {tuple(rgb) for rgb in pixels[pixels[..., 3] > 0][:, :3].tolist()}


@settings(max_examples=60, deadline=None)
@given(pictures(), st.integers(1, 7))
def test_recovering_twice_changes_nothing(pixels: np.ndarray, factor: int) -> None:
    once = recover(enlarge(pixels, factor)).pixels
    twice = recover(once).pixels

    assert np.array_equal(once, twice)
    assert set(np.unique(once[..., 3])) <= {0, 255}


@settings(max_examples=60, deadline=None)
@given(pictures(), st.sampled_from(DITHERS))
def test_only_colours_of_the_palette_are_used(pixels: np.ndarray, dither: Dither) -> None:
    drawn = dither_to_palette(pixels, PALETTE, dither)

    assert colors_of(drawn) <= {tuple(rgb) for rgb in PALETTE.colors.tolist()}
    assert np.array_equal(drawn[..., 3], pixels[..., 3])


@settings(max_examples=60, deadline=None)
@given(pictures())
def test_snapping_twice_changes_nothing(pixels: np.ndarray) -> None:
    once = snap_to_palette(pixels, PALETTE)

    assert np.array_equal(snap_to_palette(once, PALETTE), once)


@settings(max_examples=60, deadline=None)
@given(pictures(), st.integers(1, 12))
def test_the_number_of_colours_is_exact(pixels: np.ndarray, count: int) -> None:
    assert len(colors_of(reduce_colors(pixels, count))) == min(count, len(colors_of(pixels)))


@settings(max_examples=40, deadline=None)
@given(pictures(), st.integers(2, 40))
def test_merging_never_adds_colours_and_keeps_its_limit(pixels: np.ndarray, most: int) -> None:
    merged = merge_colors(pixels, max_colors=most)

    assert len(colors_of(merged)) <= min(most, max(1, len(colors_of(pixels))))
    assert np.array_equal(merged[..., 3], pixels[..., 3])


@settings(max_examples=40, deadline=None)
@given(pictures(), st.booleans(), st.one_of(st.none(), st.just(PALETTE)), st.one_of(st.none(), st.integers(2, 8)))
def test_a_finished_sprite_is_what_was_asked_for(
    pixels: np.ndarray, transparent: bool, palette: Palette | None, max_colors: int | None
) -> None:
    finished = finish_sprite(
        pixels, size_px=(32, 40), palette=palette, max_colors=max_colors, transparent=transparent, native=True
    )

    assert finished.pixels.shape == (40, 32, 4)
    assert set(np.unique(finished.pixels[..., 3])) <= {0, 255}
    assert not finished.pixels[finished.pixels[..., 3] == 0].any()
    assert len(colors_of(finished.pixels)) <= (max_colors or 24)
    if palette is not None:
        assert colors_of(finished.pixels) <= {tuple(rgb) for rgb in palette.colors.tolist()}
    assert finished.facts.padded


@settings(max_examples=60, deadline=None)
@given(pictures(), st.sampled_from(["center", "bottom", "keep"]))
def test_placing_keeps_every_pixel_of_the_drawing(pixels: np.ndarray, anchor: str) -> None:
    placed = place(pixels, (30, 28), anchor)  # type: ignore[arg-type]  # words of a test

    assert placed.shape == (28, 30, 4)
    assert np.array_equal(trim(placed), trim(pixels))


@settings(max_examples=60, deadline=None)
@given(pictures(), st.sampled_from(["outer", "inner"]))
def test_an_outline_uses_one_colour_and_leaves_the_rest(pixels: np.ndarray, outline: str) -> None:
    ink = np.array([1, 2, 3], dtype=np.uint8)
    lined = add_outline(pixels, outline, ink)  # type: ignore[arg-type]  # words of a test

    assert colors_of(lined) <= colors_of(pixels) | {(1, 2, 3)}
    grown = (lined.shape[0] - pixels.shape[0]) // 2
    before = np.pad(pixels, ((grown, grown), (grown, grown), (0, 0)))
    changed = (lined != before).any(axis=-1)
    assert (lined[changed][:, :3] == ink).all()
    if outline == "outer":
        assert not changed[before[..., 3] > 0].any()


def cut_sheet(sheet: np.ndarray, layout: SheetLayout) -> list[np.ndarray]:
    return [sheet[one.y_px : one.y_px + one.height_px, one.x_px : one.x_px + one.width_px] for one in layout.frames]


@settings(max_examples=40, deadline=None)
@given(st.lists(pictures(12), min_size=1, max_size=7), st.integers(0, 3), st.integers(0, 2), st.booleans())
def test_a_packed_sheet_gives_every_frame_back(
    frames: list[np.ndarray], padding_px: int, extrude_px: int, power_of_two: bool
) -> None:
    sheet, layout = packed_sheet(frames, padding_px=padding_px, extrude_px=extrude_px, power_of_two=power_of_two)

    for cut, frame in zip(cut_sheet(sheet, layout), frames, strict=True):
        assert np.array_equal(cut, frame)
    taken = np.zeros(sheet.shape[:2], dtype=int)
    for one in layout.frames:
        reach = extrude_px
        taken[
            one.y_px - reach : one.y_px + one.height_px + reach, one.x_px - reach : one.x_px + one.width_px + reach
        ] += 1
    assert taken.max() == 1
    if power_of_two:
        assert (layout.width_px, layout.height_px) == power_of_two_size((layout.width_px, layout.height_px))


@settings(max_examples=40, deadline=None)
@given(pictures(10), st.integers(1, 9), st.integers(0, 3), st.integers(0, 2))
def test_a_grid_sheet_gives_every_frame_back(frame: np.ndarray, count: int, padding_px: int, extrude_px: int) -> None:
    frames = [np.roll(frame, number, axis=1) for number in range(count)]

    sheet, layout = grid_sheet(frames, padding_px=padding_px, extrude_px=extrude_px)

    for cut, one in zip(cut_sheet(sheet, layout), frames, strict=True):
        assert np.array_equal(cut, one)


@settings(max_examples=30, deadline=None)
@given(st.lists(pictures(10), min_size=2, max_size=4))
def test_a_set_shares_one_palette(set_of: list[np.ndarray]) -> None:
    every = set[tuple[int, ...]]().union(*map(colors_of, set_of))
    assume(len(every) >= 2)

    locked, palette = lock_set(set_of, max_colors=5)

    assert set().union(*map(colors_of, locked)) <= {tuple(rgb) for rgb in palette.colors.tolist()}
    assert len(palette.colors) == min(5, len(every))


@settings(max_examples=60, deadline=None)
@given(pictures())
def test_facts_agree_with_the_pixels(pixels: np.ndarray) -> None:
    facts = measure_facts(pixels)

    visible = pixels[..., 3] > 0
    assert facts.colors == len(colors_of(pixels))
    x, y, width, height = facts.bounding_box
    assert visible.sum() == visible[y : y + height, x : x + width].sum()
    left, top, right, bottom = facts.margins
    assert (left + width + right, top + height + bottom) == (facts.width_px, facts.height_px)
    assert 0 <= facts.orphan_pixels_per_1000 <= 1000
