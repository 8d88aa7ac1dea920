"""Colours that are near to each other: shades of a ramp stay, noise and tints go."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.beasts import beast, blurred, enlarged, glowing
from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.pixels import color_keys
from pixels_mcp.pixelart.recovery.cutout import CutChoice
from pixels_mcp.pixelart.recovery.recover import recover


def ramp_of(random: np.random.Generator, count: int) -> np.ndarray:
    """(count, 3) uint8, a ramp from a dark colour to a light one."""
    dark, light = random.integers(10, 70, 3), random.integers(150, 240, 3)
    return np.rint(dark + (light - dark) * np.linspace(0, 1, count)[:, None]).astype(np.uint8)


def shaded_ball(seed: int, shades: int = 27, side: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(side, side, 4) art in rings of a ramp, the ramp, and which shade each cell has."""
    random = np.random.default_rng(seed)
    ramp = ramp_of(random, shades)
    y, x = np.mgrid[0:side, 0:side]
    middle_y, middle_x = random.uniform(0.3, 0.6, 2) * side
    far = np.hypot(y - middle_y, x - middle_x)
    shade = np.clip((shades - 1 - far / far.max() * (shades - 0.01)), 0, shades - 1).astype(int)
    return np.dstack([ramp[shade], np.full((side, side), 255, dtype=np.uint8)]), ramp, shade


@pytest.mark.parametrize("seed", range(4))
def test_shades_of_a_ramp_survive_noise_and_compression(seed: int) -> None:
    art, ramp, shade = shaded_ball(seed)
    picture = blurred(enlarged(art, 17.3), 0.6, noise=3.0, jpeg=88, seed=seed)

    found = recover(picture, size_px=(40, 40), choice=CutChoice(ground="keep")).pixels

    distance = np.linalg.norm(oklab(found[..., :3])[..., None, :] - oklab(ramp), axis=-1)
    assert len(np.unique(color_keys(found[..., :3]))) >= 24
    assert (distance.argmin(axis=-1) == shade).mean() >= 0.95


@pytest.mark.parametrize("noise", [3.0, 6.0])
def test_noise_makes_no_shades(noise: float) -> None:
    flat = beast(40, 1, shades=1)
    picture = blurred(enlarged(np.where(flat.art[..., 3:] > 0, flat.art, [90, 140, 200, 255]), 14), 0.6, noise=noise)

    found = recover(picture, choice=CutChoice(ground="keep")).pixels

    truth = len(np.unique(color_keys(flat.art[flat.art[..., 3] > 0][:, :3]))) + 1
    assert len(np.unique(color_keys(found[..., :3]))) <= truth + 1


@pytest.mark.parametrize(("ground", "seed"), [((32, 72, 78), 0), ((70, 60, 90), 1), ((200, 190, 180), 3)])
def test_a_ground_that_fades_leaves_the_figure_its_own_colours(ground: tuple[int, int, int], seed: int) -> None:
    animal = beast(64, seed)

    found = recover(glowing(animal.art, 12, ground, seed)).pixels

    both = (found[..., 3] > 0) & animal.parts
    off = np.abs(found[both][:, :3].astype(int) - animal.art[both][:, :3]).max(axis=1)
    assert np.percentile(off, 95) <= 3
