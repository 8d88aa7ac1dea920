"""Taking a background away without eating the drawing."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.fake_art import scene, sprite_names, tile
from pixels_mcp.pixelart.recovery.cutout import remove_background

WHITE, BLACK, RED, MAGENTA = (255, 255, 255, 255), (0, 0, 0, 255), (200, 30, 30, 255), (255, 0, 255, 255)


def ring(background: tuple[int, ...], inside: tuple[int, ...], hole_px: int, size_px: int = 24) -> np.ndarray:
    """A square of ink on a background, with a square of another colour in its middle."""
    picture = np.full((size_px, size_px, 4), background, dtype=np.uint8)
    picture[3:-3, 3:-3] = RED
    start = (size_px - hole_px) // 2
    picture[start : start + hole_px, start : start + hole_px] = inside
    return picture


@pytest.mark.parametrize("name", sprite_names()[::3])
def test_what_is_left_is_the_drawing(name: str) -> None:
    cut, removed = remove_background(scene(name, background=(0, 200, 70)))

    assert removed
    drawn = np.pad(tile(name), ((6, 6), (6, 6), (0, 0)))[..., 3] > 0
    kept = cut[..., 3] > 0
    assert (kept & drawn).sum() / (kept | drawn).sum() >= 0.97


def test_a_hole_shows_the_background_and_goes() -> None:
    cut, _ = remove_background(ring(WHITE, WHITE, hole_px=6))

    assert cut[12, 12, 3] == 0


def test_a_white_eye_on_white_stays() -> None:
    cut, _ = remove_background(ring(WHITE, WHITE, hole_px=1))

    assert cut[11, 11].tolist() == list(WHITE)


def test_a_white_ghost_on_white_stays_inside_its_outline() -> None:
    ghost = np.full((24, 24, 4), WHITE, dtype=np.uint8)
    ghost[3:-3, 3:-3] = BLACK
    ghost[4:-4, 4:-4] = WHITE

    cut, removed = remove_background(ghost)

    assert removed
    assert cut[0, 0, 3] == 0
    assert cut[12, 12].tolist() == list(WHITE)


def test_a_key_colour_goes_everywhere() -> None:
    cut, _ = remove_background(ring(MAGENTA, MAGENTA, hole_px=1))

    assert cut[11, 11, 3] == 0


@pytest.mark.parametrize("name", ["floor_lab-stone5", "floor_marble_floor1", "floor_slime2", "floor_snake3"])
def test_a_floor_has_no_background(name: str) -> None:
    floor = np.tile(tile(name), (2, 2, 1))

    cut, removed = remove_background(floor)

    assert not removed
    assert np.array_equal(cut, floor)


def test_a_picture_that_is_cut_out_already_is_left_alone() -> None:
    art = tile("sprite_ettin")

    cut, removed = remove_background(art)

    assert not removed
    assert np.array_equal(cut, art)


def test_a_plain_picture_does_not_vanish() -> None:
    plain = np.full((16, 16, 4), RED, dtype=np.uint8)

    cut, removed = remove_background(plain)

    assert not removed
    assert np.array_equal(cut, plain)
