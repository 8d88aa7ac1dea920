"""Colours that are near to each other: shades of a ramp stay, noise and tints go."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.beasts import beast, blurred, enlarged, glowing, shaded_ball
from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.pixels import color_keys
from pixels_mcp.pixelart.recovery.cutout import CutChoice
from pixels_mcp.pixelart.recovery.recover import recover


@pytest.mark.parametrize("seed", range(4))
def test_shades_of_a_ramp_survive_noise_and_compression(seed: int) -> None:
    art, ramp, shade = shaded_ball(seed)
    picture = blurred(enlarged(art, 17.3), 0.6, noise=3.0, jpeg=88, seed=seed)

    pixels = recover(picture, size_px=(40, 40), choice=CutChoice(ground="keep")).pixels

    distance = np.linalg.norm(oklab(pixels[..., :3])[..., None, :] - oklab(ramp), axis=-1)
    assert len(np.unique(color_keys(pixels[..., :3]))) >= 24
    assert (distance.argmin(axis=-1) == shade).mean() >= 0.95


@pytest.mark.parametrize("noise", [3.0, 6.0])
def test_noise_makes_no_shades(noise: float) -> None:
    flat = beast(40, 1, shades=1)
    picture = blurred(enlarged(np.where(flat.art[..., 3:] > 0, flat.art, [90, 140, 200, 255]), 14), 0.6, noise=noise)

    pixels = recover(picture, choice=CutChoice(ground="keep")).pixels

    truth = len(np.unique(color_keys(flat.art[flat.art[..., 3] > 0][:, :3]))) + 1
    assert len(np.unique(color_keys(pixels[..., :3]))) <= truth + 1


@pytest.mark.parametrize(("ground", "seed"), [((32, 72, 78), 0), ((70, 60, 90), 1), ((200, 190, 180), 3)])
def test_a_ground_that_fades_leaves_the_figure_its_own_colours(ground: tuple[int, int, int], seed: int) -> None:
    animal = beast(64, seed)

    pixels = recover(glowing(animal.art, 12, ground, seed)).pixels

    both = (pixels[..., 3] > 0) & animal.parts
    off = np.abs(pixels[both][:, :3].astype(int) - animal.art[both][:, :3]).max(axis=1)
    assert np.percentile(off, 95) <= 3


@pytest.mark.parametrize(("seed", "cell_px"), [(696_313_679, 18.82), (563_111_583, 18.2)])
def test_faint_shading_shows_its_own_cells_beside_the_blocks_of_compression(seed: int, cell_px: float) -> None:
    art, _, _ = shaded_ball(seed, shades=18)

    pixels = recover(blurred(enlarged(art, cell_px), 0.6, noise=3.0, jpeg=88)).pixels

    assert pixels.shape == art.shape


@pytest.mark.parametrize("seed", range(3))
def test_two_large_shades_of_a_cloud_stay_two_in_a_noisy_jpeg(seed: int) -> None:
    random = np.random.default_rng(seed)
    art = np.full((60, 60, 4), (205, 104, 97, 255), dtype=np.uint8)
    art[:24][random.random((24, 60)) < 0.3] = (120, 40, 54, 255)
    y, x = np.mgrid[0:60, 0:60]
    art[y > 24 + 4 * np.sin(x / 7)] = (64, 46, 60, 255)
    lower = (y > 42 + 3 * np.sin(x / 5 + 1)) & (x > 8)
    art[lower] = (56, 42, 56, 255)
    upper = (art[..., :3] == (64, 46, 60)).all(axis=-1)

    picture = blurred(enlarged(art, 11), 1.0, noise=4.0, jpeg=60, seed=seed)
    pixels = recover(picture, size_px=(60, 60), choice=CutChoice(ground="keep")).pixels

    keys = color_keys(pixels[..., :3])
    common = [int(np.bincount(keys[cells]).argmax()) for cells in (upper, lower)]
    assert common[0] != common[1]
    for cells, key in zip((upper, lower), common, strict=True):
        assert (keys[cells] == key).mean() >= 0.95


def test_a_slow_fade_and_noise_make_no_areas() -> None:
    y = np.linspace(0, 1, 60)[:, None, None]
    art = np.full((60, 60, 4), 255, dtype=np.uint8)
    art[..., :3] = np.array([52, 40, 55]) + y * np.array([9, 6, 5])

    picture = blurred(enlarged(art, 11), 0.6, noise=6.0, jpeg=80)
    pixels = recover(picture, size_px=(60, 60), choice=CutChoice(ground="keep")).pixels

    assert len(np.unique(color_keys(pixels[..., :3]))) == 1


def test_the_cream_of_a_book_is_not_the_white_of_a_face_far_from_it() -> None:
    random = np.random.default_rng(1)
    art = np.full((60, 60, 4), (40, 30, 36, 255), dtype=np.uint8)
    art[4:24, 8:50], art[32:56, 8:40] = (229, 228, 224, 255), (226, 219, 206, 255)
    art[26:30][random.random((4, 60)) < 0.5] = (150, 70, 60, 255)

    picture = blurred(enlarged(art, 9), 0.6, noise=2.0, jpeg=85)
    pixels = recover(picture, size_px=(60, 60), choice=CutChoice(ground="keep")).pixels

    white, cream = (
        np.median(pixels[part][..., :3].reshape(-1, 3), axis=0) for part in (np.s_[6:22, 10:48], np.s_[34:54, 10:38])
    )
    assert np.abs(white - (229, 228, 224)).max() <= 4
    assert np.abs(cream - (226, 219, 206)).max() <= 4
