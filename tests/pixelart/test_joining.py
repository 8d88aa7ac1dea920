"""Grounds that meet themselves: a true seam is covered, a joint of the texture's own is only turned off the edge."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from pixels_mcp.pixelart.colors.color_transfer import with_colors_of
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.quality import seam_errors
from pixels_mcp.pixelart.tiles.joining import joined

EARTH = np.array([[70, 48, 30], [96, 68, 42], [122, 88, 54], [150, 112, 70]], dtype=np.uint8)


def ground(seed: int, side: int = 32, *, wraps: bool = False, slope: float = 0.0) -> Rgba:
    """Clouds of four browns; the slope makes one side darker than the other, as a photograph is."""
    noise = np.random.default_rng(seed).standard_normal((side, side))
    smooth = ndimage.gaussian_filter(noise, 1.2, mode="wrap" if wraps else "reflect")
    smooth = smooth / smooth.std() + slope * np.linspace(-1, 1, side)[None]
    pixels = np.full((side, side, 4), 255, dtype=np.uint8)
    pixels[..., :3] = EARTH[np.digitize(smooth, [-0.7, 0.0, 0.7])]
    return pixels


def bricks(shift: int = 0) -> Rgba:
    """Courses of 8 px with dark joints; the tile ends in a joint, as one cut out of a wall does."""
    pixels = np.full((32, 32, 4), 255, dtype=np.uint8)
    pixels[..., :3] = (170, 60, 50)
    pixels[7::8, :, :3] = (60, 50, 50)
    for course in range(4):
        pixels[8 * course : 8 * course + 7, (8 * (course % 2) + 15) % 32 :: 16, :3] = (60, 50, 50)
    return np.roll(pixels, shift, axis=0)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("slope", [0.0, 1.5])
def test_a_ground_with_a_seam_joins_afterwards_in_its_own_colors(seed: int, slope: float) -> None:
    rough = ground(seed, slope=slope)

    smooth = joined(rough)

    assert max(seam_errors(smooth)) <= 1.0
    assert {*map(tuple, smooth.reshape(-1, 4).tolist())} <= {*map(tuple, rough.reshape(-1, 4).tolist())}


def test_a_ground_that_joins_already_stays_to_the_bit() -> None:
    calm = next(one for seed in range(20) if max(seam_errors(one := ground(seed, wraps=True))) <= 1.0)
    assert np.array_equal(joined(calm), calm)


@pytest.mark.parametrize("shift", [0, 3])
def test_bricks_that_end_in_a_joint_are_turned_and_not_cut(shift: int) -> None:
    wall = bricks(shift)

    turned = joined(wall)

    assert max(seam_errors(turned)) <= 1.0
    is_turned = (
        np.array_equal(np.roll(wall, (down, right), (0, 1)), turned) for down in range(32) for right in range(32)
    )
    assert any(is_turned)


def test_only_the_asked_axis_is_touched() -> None:
    rough = ground(3, slope=2.0)
    along_x = joined(rough, (1,))
    assert seam_errors(along_x)[0] <= 1.0
    assert np.array_equal(joined(along_x, (1,)), along_x)


def test_a_flat_redraw_gets_the_colors_of_its_model_in_their_shares() -> None:
    model, redrawn = ground(1, wraps=True), ground(2, wraps=True)
    redrawn[..., :3] = redrawn[..., :3] // 4 + np.array([60, 40, 70], dtype=np.uint8)  # flat and of another hue

    colored = with_colors_of(redrawn, model)

    def shares(pixels: Rgba) -> list[float]:
        return [float((pixels[..., :3] == color).all(axis=-1).mean()) for color in EARTH]

    assert sum(shares(colored)) == pytest.approx(1.0)
    assert np.abs(np.array(shares(colored)) - np.array(shares(model))).max() < 0.05
    # Light stays light: the pattern is that of the redraw.
    light, was = colored[..., :3].sum(axis=-1).ravel(), redrawn[..., :3].sum(axis=-1).ravel()
    assert np.corrcoef(light, was)[0, 1] > 0.85
