"""Recovering true pixel art from pictures that only look like it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from helpers.beasts import blurred
from helpers.fake_art import agreement, fake, scene, sprite_names, tile
from pixels_mcp.errors import PictureSizeError
from pixels_mcp.pixelart.recovery.cells import read_cells
from pixels_mcp.pixelart.recovery.grid import grid_of_size
from pixels_mcp.pixelart.recovery.recover import recover, recover_image
from pixels_mcp.pixelart.recovery.search import find_grid

DAMAGES: dict[str, dict[str, Any]] = {
    "hard edges": {},
    "off phase": {"shift": (0.4, 0.3)},
    "blurred": {"shift": (0.4, 0.3), "blur": 0.1},
    "drifting": {"drift": 0.06, "blur": 0.05},
    "noisy": {"noise": 5.0, "blur": 0.05},
    "compressed": {"jpeg": 80, "blur": 0.05},
}


@pytest.mark.parametrize("cell_px", [4.5, 8, 11.6, 20.3, 36])
@pytest.mark.parametrize("damage", list(DAMAGES))
def test_the_drawing_comes_back_cell_by_cell(damage: str, cell_px: float) -> None:
    name = sprite_names()[round(cell_px * 10 + len(damage)) % len(sprite_names())]

    recovery = recover(fake(scene(name), cell_px, **DAMAGES[damage]))

    assert recovery.kind == "grid"
    # Nothing shows how wide drifting cells are beside the drawing.
    margin = 2 if damage == "drifting" else 1
    assert abs(recovery.pixels.shape[0] - 44) <= margin
    assert abs(recovery.pixels.shape[1] - 44) <= margin
    truth = np.pad(tile(name), ((6, 6), (6, 6), (0, 0)))
    assert agreement(recovery.pixels, truth) >= 0.9


@pytest.mark.parametrize("cell_px", [8, 9, 12])
@pytest.mark.parametrize("inside", [0.4, 0.5, 0.6])
def test_a_cell_that_an_edge_cuts_takes_one_of_the_two_colors(cell_px: int, inside: float) -> None:
    dark, light = (120, 60, 56, 255), (228, 222, 216, 255)
    rows = (np.arange(12 * cell_px) + 0.5) / cell_px
    large = np.where((rows >= 4 + inside)[:, None, None], dark, light).astype(np.uint8).repeat(12 * cell_px, axis=1)

    colors = read_cells(blurred(large, 0.7), grid_of_size(large, (12, 12))).rgb[4]

    away = [np.abs(colors - np.array(color[:3])).max() for color in (dark, light)]
    assert min(away) <= 24


def test_a_clean_enlargement_comes_back_to_the_bit() -> None:
    art = np.pad(tile("sprite_tengu_warrior"), ((6, 6), (6, 6), (0, 0)))

    recovery = recover(fake(scene("sprite_tengu_warrior", background=(255, 0, 255)), 8))

    assert recovery.background_removed
    assert np.array_equal(recovery.pixels, art)


def test_every_result_has_hard_alpha_and_no_colour_where_nothing_is() -> None:
    for name in sprite_names()[::6]:
        pixels = recover(fake(scene(name), 9.4, shift=(0.3, 0.2), noise=4, jpeg=85)).pixels

        assert set(np.unique(pixels[..., 3])) <= {0, 255}
        assert not pixels[pixels[..., 3] == 0].any()


@pytest.mark.parametrize("name", sprite_names()[::4])
def test_native_art_keeps_its_pixels(name: str) -> None:
    art = scene(name)

    recovery = recover(art)

    assert recovery.kind == "native"
    assert recovery.pixels.shape == art.shape
    opaque = recovery.pixels[..., 3] > 0
    assert np.array_equal(recovery.pixels[opaque], art[opaque])


@pytest.mark.parametrize("name", sprite_names()[::5])
def test_recovering_twice_changes_nothing(name: str) -> None:
    once = recover_image(Image.fromarray(fake(scene(name), 10.67, shift=(0.2, 0.4), blur=0.1, noise=3)))
    twice = recover_image(once)

    assert once.size == twice.size
    assert once.tobytes() == twice.tobytes()


def test_a_sheet_keeps_one_grid_for_all_its_sprites() -> None:
    names = sprite_names()[:4]
    sheet = np.concatenate([scene(name, margin_px=3) for name in names], axis=1)

    recovery = recover(fake(sheet, 7.3, shift=(0.3, 0.1), blur=0.08))

    assert abs(recovery.pixels.shape[1] - 4 * 38) <= 1
    assert abs(recovery.pixels.shape[0] - 38) <= 1


def test_cells_need_not_be_square() -> None:
    art = scene("sprite_ettin")
    columns = np.arange(int(44 * 12.5)) * 44 // int(44 * 12.5)
    rows = np.arange(44 * 8) * 44 // (44 * 8)

    grid = find_grid(art[rows[:, None], columns[None]]).grid

    assert grid is not None
    assert grid.cell_width_px == pytest.approx(12.5, rel=0.02)
    assert grid.cell_height_px == pytest.approx(8, rel=0.02)


def test_a_photo_is_told_from_pixel_art() -> None:
    random = np.random.default_rng(0)
    spectrum = np.fft.fftn(random.standard_normal((256, 256, 3)), axes=(0, 1))
    frequency = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.fftfreq(256)[None])
    frequency[0, 0] = 1
    soft = np.fft.ifftn(spectrum / frequency[..., None] ** 1.3, axes=(0, 1)).real
    photo = np.full((256, 256, 4), 255, dtype=np.uint8)
    photo[..., :3] = (soft - soft.min()) / (soft.max() - soft.min()) * 255

    recovery = recover(photo)

    assert recovery.kind == "none"
    assert np.array_equal(recovery.pixels, photo)


def test_a_given_cell_overrides_what_is_found() -> None:
    recovery = recover(fake(scene("sprite_ettin"), 8), cell_px=16)

    assert recovery.pixels.shape[:2] == (22, 22)


@pytest.mark.parametrize("cell_px", [0.5, 400])
def test_a_cell_that_does_not_fit_is_refused_with_the_limits(cell_px: float) -> None:
    with pytest.raises(PictureSizeError, match="does not fit a picture of 352 x 352 px"):
        recover(fake(scene("sprite_ettin"), 8), cell_px=cell_px)


def test_a_transparent_picture_is_read_by_its_opaque_parts() -> None:
    art = np.pad(tile("sprite_ettin"), ((4, 4), (4, 4), (0, 0)))

    recovery = recover(fake(art, 7.5))

    assert recovery.pixels.shape == art.shape
    assert agreement(recovery.pixels, art, levels=0) >= 0.99
    assert not recovery.background_removed
