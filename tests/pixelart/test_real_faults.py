"""Faults that pictures of image models have: lattices that disagree, half steps, sheets of fine cells, few edges."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from helpers.beasts import meadow
from helpers.fake_art import agreement, fake, scene, tile
from helpers.real_art import (
    Picture,
    beast,
    blurred,
    boxes,
    compressed,
    enlarged,
    half_steps,
    mixed_lattices,
    noisy,
    painting,
    reduced,
    sheet_of,
    transparent,
)
from pixels_mcp.errors import NoGridError
from pixels_mcp.pixelart.inspection import inspect_picture
from pixels_mcp.pixelart.pixelize import PixelizeOptions, pixelize
from pixels_mcp.pixelart.recovery.cutout import CutChoice
from pixels_mcp.pixelart.recovery.joint import recover_frames, recover_set
from pixels_mcp.pixelart.recovery.native import looks_native
from pixels_mcp.pixelart.recovery.recover import recover
from pixels_mcp.pixelart.recovery.strokes import strokes_of


@pytest.mark.parametrize("seed", range(3))
def test_parts_with_lattices_of_their_own_come_back_in_square_cells_of_about_the_right_size(seed: int) -> None:
    recovery = recover(mixed_lattices(beast(60, seed), 12, seed=seed))

    assert recovery.grid is not None
    assert recovery.grid.cell_width_px == recovery.grid.cell_height_px
    assert recovery.grid.cell_width_px == pytest.approx(12, rel=0.1)


@pytest.mark.parametrize("seed", range(3))
def test_two_steps_that_nearly_agree_are_one(seed: int) -> None:
    recovery = recover(mixed_lattices(beast(64, seed), 12, block=32, spread=0.15, seed=seed))

    assert recovery.grid is not None
    assert recovery.grid.cell_width_px == recovery.grid.cell_height_px
    assert recovery.pixels.shape[0] == pytest.approx(recovery.pixels.shape[1], abs=2)


@pytest.mark.parametrize("seed", [0, 5, 6, 12])
def test_no_row_or_column_is_won_or_lost_where_parts_disagree_about_the_cell(seed: int) -> None:
    recovery = recover(mixed_lattices(beast(84, seed), 11, block=28, spread=0.15, seed=seed))

    rows, columns = recovery.pixels.shape[:2]
    assert rows == pytest.approx(columns, abs=1)
    assert columns == pytest.approx(84, rel=0.08)


def test_cells_are_not_halved_where_the_stairs_speak_against_it() -> None:
    recovery = recover(mixed_lattices(beast(75, 68895077), 12.85, block=32, spread=0.15, seed=1066473527))

    assert recovery.pixels.shape[:2] == pytest.approx((75, 75), rel=0.05)


def test_details_in_half_cells_are_no_parts_that_disagree() -> None:
    halves = strokes_of(half_steps(beast(60, 1), 7.6, share=0.6, seed=1)).stairs()
    parts = strokes_of(mixed_lattices(beast(84, 0), 11, block=28, spread=0.15, seed=0)).stairs()

    assert halves.about_alike < 0.85 < parts.about_alike


@pytest.mark.parametrize(("block", "seed"), [(10, 3), (10, 4), (16, 0)])
def test_where_parts_have_cells_of_their_own_the_size_follows_the_mean_of_their_stairs(block: int, seed: int) -> None:
    recovery = recover(mixed_lattices(beast(84, seed), 6, block=block, spread=0.2, seed=seed))

    assert recovery.pixels.shape[:2] == pytest.approx((84, 84), rel=0.04)


@pytest.mark.parametrize("seed", [3, 4])
def test_cells_a_tenth_wider_than_high_are_not_counted_as_squares(seed: int) -> None:
    large = Image.fromarray(enlarged(beast(84, seed, shades=6), 10)).resize((924, 840), Image.Resampling.BICUBIC)

    recovery = recover(noisy(blurred(np.asarray(large), 0.7), 2))

    assert recovery.pixels.shape[:2] == pytest.approx((84, 84), abs=1)


@pytest.mark.parametrize("cell_px", [4.2, 9.3, 15.98, 31.0])
def test_stairs_tell_the_cell(cell_px: float) -> None:
    stairs = strokes_of(noisy(blurred(enlarged(beast(48, 2), cell_px), 0.6), 2)).stairs()

    assert stairs.cell_px == pytest.approx(cell_px, rel=0.04)
    assert stairs.agreeing > 0.8
    assert stairs.count >= 20


def test_stairs_of_a_painting_do_not_agree() -> None:
    assert strokes_of(painting(512)).stairs().agreeing < 0.5


@pytest.mark.parametrize(("across_px", "down_px"), [(10.0, 8.5), (9.2, 10.9)])
def test_a_stretched_screenshot_keeps_the_step_of_each_axis(across_px: float, down_px: float) -> None:
    art = beast(48, 2, shades=6)
    size_px = round(48 * across_px), round(48 * down_px)
    large = np.asarray(Image.fromarray(enlarged(art, 20)).resize(size_px, Image.Resampling.BOX))

    recovery = recover(blurred(large, 0.7))

    assert recovery.pixels.shape[:2] == (48, 48)
    assert recovery.grid is not None
    assert recovery.grid.cell_width_px == pytest.approx(across_px, rel=0.01)
    assert recovery.grid.cell_height_px == pytest.approx(down_px, rel=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_half_steps_inside_a_scene_do_not_hide_its_cells(seed: int) -> None:
    recovery = recover(compressed(noisy(half_steps(beast(60, seed, shades=6), 7.6, seed=seed), 4, seed), 92))

    assert recovery.pixels.shape[:2] == pytest.approx((60, 60), abs=1)


@pytest.mark.parametrize("seed", range(3))
def test_a_sheet_of_fine_cells_is_read(seed: int) -> None:
    figures = [beast(37 + number % 3, seed * 9 + number) for number in range(6)]
    sheet = sheet_of(figures, 3, 3.85, seed=seed)

    recovery = recover(sheet)

    assert recovery.pixels.shape[:2] == pytest.approx((sheet.shape[0] / 3.85, sheet.shape[1] / 3.85), rel=0.04)


def test_blocks_of_jpeg_do_not_halve_a_cell_of_16_px() -> None:
    recovery = recover(compressed(noisy(blurred(enlarged(beast(64), 16.02), 0.7), 6), 60))

    assert recovery.pixels.shape[:2] == (64, 64)


def test_cells_of_8_px_in_a_jpeg_stay() -> None:
    recovery = recover(compressed(noisy(blurred(enlarged(beast(64), 8), 0.7), 3), 60))

    assert recovery.pixels.shape[:2] == (64, 64)


@pytest.mark.parametrize("noise", [0, 3])
def test_ringing_of_compression_makes_no_native_pixels_of_a_simple_figure(noise: int) -> None:
    art = scene("sprite_urand_assassin", background=(236, 236, 236))
    picture = compressed(noisy(blurred(enlarged(art, 8), 0.6), noise), 50)
    assert looks_native(picture)

    assert recover(picture).pixels.shape == art.shape


def test_a_few_details_in_half_steps_do_not_halve_the_cell() -> None:
    recovery = recover(compressed(blurred(half_steps(beast(64), 14.78, share=0.35), 0.7), 80))

    assert recovery.pixels.shape[:2] == (64, 64)


@pytest.mark.parametrize("count", [5, 8, 12, 20, 40])
@pytest.mark.parametrize("quality", [None, 90])
def test_simple_figures_of_large_uneven_cells_come_back(count: int, quality: int | None) -> None:
    right = 0
    for seed in range(5):
        art = boxes(24, count, seed)
        picture = enlarged(art, 17.7)
        damaged = picture if quality is None else compressed(picture, quality)
        recovery = recover(damaged, choice=CutChoice(ground="keep"))
        right += recovery.pixels.shape == art.shape and agreement(recovery.pixels, art) > 0.97

    assert right >= 4


def test_a_picture_of_five_by_five_cells_is_read_as_such() -> None:
    art = np.full((5, 5, 4), 255, dtype=np.uint8)
    art[..., :3] = np.random.default_rng(3).integers(0, 4, (5, 5, 1)) * 70

    assert np.array_equal(recover(enlarged(art, 96), choice=CutChoice(ground="keep")).pixels, art)
    assert recover(compressed(enlarged(art, 97.3), 85)).pixels.shape[:2] == (5, 5)


def test_cells_that_really_are_oblong_stay() -> None:
    art = beast(40)
    rows, columns = (np.arange(479) / 11.98).astype(int), (np.arange(721) / 18.03).astype(int)

    grid = recover(art[rows[:, None], columns]).grid

    assert grid is not None
    assert (grid.cell_width_px, grid.cell_height_px) == pytest.approx((18.03, 11.98), rel=0.02)


@pytest.mark.parametrize("seed", range(3))
def test_a_small_picture_of_many_colors_keeps_its_size_and_comes_down_to_a_small_palette(seed: int) -> None:
    made = pixelize(reduced(transparent(beast(100, seed, shades=6)), 128))

    assert made.pixels.shape == (128, 128, 4)
    assert made.facts.colors <= 48
    assert set(np.unique(made.pixels[..., 3])) == {0, 255}
    assert any("small palette" in note for note in made.notes)
    again = pixelize(made.pixels)
    assert np.array_equal(again.pixels, made.pixels)


def test_few_hundred_colors_and_a_soft_rim_are_cleaned_too() -> None:
    picture = reduced(transparent(beast(100, 3, shades=6)), 64)
    assert len(np.unique(picture.reshape(-1, 4), axis=0)) < 1024

    recovery = recover(picture)

    assert recovery.cleaned
    assert recovery.pixels.shape == picture.shape
    assert len(np.unique(recovery.pixels.reshape(-1, 4), axis=0)) <= 49
    assert set(np.unique(recovery.pixels[..., 3])) == {0, 255}


@pytest.mark.parametrize(("cell_px", "seed"), [(6.53, 0), (7.7, 1), (10.3, 2), (12.4, 3)])
def test_a_flat_map_at_cells_that_are_not_whole_is_read(cell_px: float, seed: int) -> None:
    art = meadow(seed)

    recovery = recover(compressed(blurred(enlarged(art, cell_px), 0.5), 92))

    assert recovery.pixels.shape == art.shape
    assert np.abs(recovery.pixels[..., :3].astype(int) - art[..., :3]).max(axis=-1).mean() <= 4


def test_hard_colors_under_a_soft_alpha_come_back_without_a_rim() -> None:
    art = transparent(beast(32, 4))
    large = enlarged(art, 16).copy()
    large[..., 3] = blurred(large, 2)[..., 3]

    recovery = recover(large)

    assert recovery.pixels.shape == art.shape
    assert (recovery.pixels == art).all(axis=-1).mean() > 0.98


@pytest.mark.parametrize("quality", [None, 60])
@pytest.mark.parametrize("seed", range(3))
def test_a_painting_shows_no_cells(seed: int, quality: int | None) -> None:
    picture = painting(384, seed)

    assert recover(picture if quality is None else compressed(picture, quality)).kind == "none"


def test_the_blocks_of_a_smooth_jpeg_are_no_cells() -> None:
    y, x = np.mgrid[0:480, 0:640] / 640
    smooth = np.stack([40 + 120 * x, 90 + 60 * y, 160 - 80 * x * y, np.full_like(x, 255)], axis=-1)

    assert recover(compressed(smooth.astype(np.uint8), 60)).kind == "none"


def test_a_smoothed_drawing_of_flat_colors_is_not_native() -> None:
    y, x = np.mgrid[0:500, 0:500]
    art = np.full((500, 500, 4), 255, dtype=np.uint8)
    for radius, shade in ((220, 60), (150, 140), (80, 220)):
        cover = np.clip(radius - np.hypot(x - 250, y - 250), 0, 1)
        art[..., :3] = np.rint(art[..., :3] + cover[..., None] * (shade - art[..., :3].astype(float)))

    assert len(np.unique(art[..., 0])) < 256
    assert recover(art).kind == "none"


def test_small_art_without_details_of_one_pixel_is_native() -> None:
    art = enlarged(boxes(16, 6, 2), 2)[1:, 1:]

    assert recover(art, choice=CutChoice(ground="keep")).kind == "native"


def test_an_unsure_answer_says_so_and_names_the_other_cells() -> None:
    picture = mixed_lattices(beast(84, 0), 12, seed=0)

    made = pixelize(picture)

    assert made.confidence < 0.25
    assert made.other_cells_px
    assert any("unsure" in note and f"{made.other_cells_px[0]:.3g}" in note for note in made.notes)
    assert made.to_dict()["other_cells_px"]
    assert inspect_picture(picture).cell_candidates


def test_a_refusal_names_the_likeliest_cell_and_a_given_one_is_followed() -> None:
    photo = painting(256, 1)
    cell_px = inspect_picture(photo).cell_candidates[0][0]

    with pytest.raises(NoGridError) as refusal:
        pixelize(photo)

    assert refusal.value.hint is not None
    assert f"{cell_px:.3g}" in refusal.value.hint
    assert pixelize(photo, PixelizeOptions(cell_px=8)).pixels.shape == (32, 32, 4)


def test_the_asked_size_decides_where_the_picture_leaves_it_open() -> None:
    picture = compressed(blurred(half_steps(beast(48), 14, share=1.0), 1.2), 70)

    fine, coarse = (recover(picture, near_px=near_px).grid for near_px in (7.0, 14.0))

    assert fine is not None
    assert coarse is not None
    assert coarse.cell_width_px == pytest.approx(14, rel=0.05)


def _stripes_and_boxes(side: int, seed: int) -> Picture:
    """Stripes two cells wide, and boxes of any size in front of them."""
    random = np.random.default_rng(seed)
    art = np.zeros((side, side, 4), np.uint8)
    art[..., 3] = 255
    for x in range(0, side, 2):
        art[:, x : x + 2, :3] = random.integers(0, 4) * 20 + 60
    for y in range(0, side, 2):
        if random.random() < 0.5:
            art[y : y + 2, :, :3] += np.uint8(random.integers(0, 3) * 15)
    for _ in range(24):
        y, x = random.integers(8, side - 12, 2)
        height, width = random.integers(1, 7, 2)
        art[y : y + height, x : x + width, :3] = random.integers(0, 5, 3) * 60
    return art


def test_edges_that_lie_only_at_half_of_a_step_are_of_cells_of_half_the_size() -> None:
    # The stripes repeat every 16 px and nothing repeats every 8 px; what stands in front of them has cells of 8 px.
    drawn = mixed_lattices(_stripes_and_boxes(64, 18), 8, block=64, spread=0.03, seed=18)

    grid = recover(compressed(noisy(blurred(drawn, 1.4), 5, 18), 70)).grid

    assert grid is not None
    assert grid.cell_width_px == pytest.approx(8, rel=0.02)


def test_native_pictures_of_a_set_keep_their_pixels_however_plain_they_are() -> None:
    art = [boxes(16, 4, seed, ground=(255, 0, 255)) for seed in range(3)]

    for cell_px in (None, 1.0):
        recovered = recover_set(art, cell_px=cell_px, choice=CutChoice(ground="keep"))
        for picture, recovery in zip(art, recovered, strict=True):
            assert np.array_equal(recovery.pixels, picture)


def test_plain_native_frames_keep_their_pixels() -> None:
    frames = [np.roll(boxes(16, 4, 7), step, axis=1) for step in range(3)]

    for frame, recovery in zip(frames, recover_frames(frames, choice=CutChoice(ground="keep")), strict=True):
        assert np.array_equal(recovery.pixels, frame)


def test_a_given_cell_of_one_pixel_is_the_picture_itself() -> None:
    art = scene("sprite_ettin")

    assert np.array_equal(recover(art, cell_px=1, choice=CutChoice(ground="keep")).pixels, art)


def test_a_scene_with_a_plain_grid_stays_sure() -> None:
    recovery = recover(fake(scene("sprite_ettin"), 9.4, blur=0.05))

    assert recovery.confidence > 0.5
    assert agreement(recovery.pixels, np.pad(tile("sprite_ettin"), ((6, 6), (6, 6), (0, 0)))) > 0.9


@pytest.mark.parametrize("line_px", [3, 4])
def test_where_no_lattice_fits_the_thin_lines_of_a_drawing_survive(line_px: int) -> None:
    random, picture = np.random.default_rng(0), np.full((400, 400, 4), 255, dtype=np.uint8)
    picture[..., :3] = (120, 150, 110)
    for _ in range(60):
        (width, height), (x, y) = random.integers(12, 70, 2), random.integers(0, 380, 2)
        picture[y : y + height, x : x + width, :3] = (30, 25, 35)
        inside = np.s_[y + line_px : y + height - line_px, x + line_px : x + width - line_px, :3]
        picture[inside] = random.integers(60, 230, 3)

    recovery = recover(noisy(blurred(picture, 0.5), 2), choice=CutChoice(ground="keep"))

    assert recovery.grid is not None
    assert recovery.grid.cell_width_px == pytest.approx(line_px, rel=0.1)
    assert recovery.confidence < 0.25


@pytest.mark.parametrize("cell_px", [8.04, 8.11])
def test_a_flat_map_in_cells_of_nearly_a_block_of_jpeg_is_read(cell_px: float) -> None:
    art = meadow(4)

    recovery = recover(compressed(blurred(enlarged(art, cell_px), 0.5), 92))

    assert recovery.pixels.shape == art.shape
