"""Pixels in cells: what a terminal shows is the sprite, pixel by pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rich.style import Style
from textual.strip import Strip

from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.tui.widgets.half_blocks import (
    SQUARES,
    UPPER_HALF,
    Backdrop,
    laid_on,
    shrunk,
    to_strips,
    zoom_that_fits,
    zoomed,
)

TILES = Path(__file__).parents[1] / "data" / "tiles"
KNIGHT = open_picture(TILES / "sprite_vampire_knight.png")


def noise(height: int, width: int) -> np.ndarray:
    """Every pixel another color, every third transparent."""
    pixels = np.random.default_rng(3).integers(0, 256, (height, width, 4), np.uint8)
    pixels[..., 3] = np.where(np.arange(height * width).reshape(height, width) % 3, 255, 0)
    return pixels


def read_back(strips: list[Strip]) -> np.ndarray:
    """The pixels that cells show: (H, W, 3) uint8."""
    rows: list[list[tuple[int, int, int]]] = []
    for strip in strips:
        upper: list[tuple[int, int, int]] = []
        lower: list[tuple[int, int, int]] = []
        for segment in strip:
            style = segment.style or Style()
            assert style.bgcolor is not None
            for sign in segment.text:
                lower.append(style.bgcolor.get_truecolor())
                upper.append(style.color.get_truecolor() if sign == UPPER_HALF and style.color else lower[-1])
        rows += [upper, lower]
    return np.array(rows, np.uint8)


@pytest.mark.parametrize("zoom", [1, 2, 3, -2, -3])
@pytest.mark.parametrize("pixels", [KNIGHT, noise(31, 17), noise(1, 1)], ids=["knight", "odd noise", "one pixel"])
@pytest.mark.parametrize("backdrop", [SQUARES, Backdrop.plain((9, 8, 7))], ids=["squares", "plain"])
def test_cells_show_every_pixel_exactly(pixels: np.ndarray, zoom: int, backdrop: Backdrop) -> None:
    shown = read_back(to_strips(pixels, zoom=zoom, backdrop=backdrop))

    assert np.array_equal(shown, laid_on(zoomed(pixels, zoom), backdrop))


def test_a_sprite_of_32_pixels_is_32_by_16_cells() -> None:
    strips = to_strips(KNIGHT)

    assert len(strips) == 16
    assert {strip.cell_length for strip in strips} == {32}


def test_what_is_transparent_shows_the_backdrop_and_what_is_opaque_hides_it() -> None:
    pixels = np.array([[[255, 0, 0, 255], [255, 0, 0, 0]]], np.uint8)

    assert laid_on(pixels, Backdrop.plain((1, 2, 3))).tolist() == [[[255, 0, 0], [1, 2, 3]], [[1, 2, 3], [1, 2, 3]]]


@pytest.mark.parametrize(
    ("size", "cells", "zoom"),
    [
        ((32, 32), (32, 16), 1),
        ((32, 32), (95, 60), 2),
        ((16, 16), (32, 16), 2),
        ((64, 64), (32, 16), -2),
        ((33, 32), (32, 16), -2),
        ((100, 20), (32, 16), -4),
        ((32, 32), (0, 0), -32),
    ],
)
def test_zoom_is_whole(size: tuple[int, int], cells: tuple[int, int], zoom: int) -> None:
    assert zoom_that_fits(*size, *cells) == zoom


def test_a_thumbnail_is_the_mean_of_what_is_opaque() -> None:
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0] = (200, 100, 0, 255)
    pixels[0, 1] = (100, 0, 0, 255)

    assert shrunk(pixels, 2).tolist() == [[[150, 50, 0, 128]]]
    assert shrunk(KNIGHT, 2).shape == (16, 16, 4)
    assert shrunk(noise(5, 3), 2).shape == (3, 2, 4)
