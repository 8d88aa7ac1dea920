"""Previews show every pixel, and are small enough for every client."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from pixels_mcp.pictures.small_preview import BYTES_MAX, draw_preview


def noise(width_px: int, height_px: int, seed: int = 1) -> np.ndarray:
    """The picture that compresses worst."""
    return np.random.default_rng(seed).integers(0, 256, (height_px, width_px, 4), dtype=np.uint8)


def test_one_sprite_is_enlarged_by_whole_pixels() -> None:
    pixels = np.full((32, 32, 4), (200, 30, 60, 255), dtype=np.uint8)
    pixels[5, 7] = (1, 2, 3, 255)

    shown = np.array(Image.open(io.BytesIO(draw_preview([pixels], ["a"]))).convert("RGB"))

    assert shown.shape == (512, 512, 3)
    assert (shown[5 * 16 : 6 * 16, 7 * 16 : 8 * 16] == (1, 2, 3)).all()
    assert (shown[5 * 16, 8 * 16 :] == (200, 30, 60)).all()


def test_what_is_transparent_shows_a_checkerboard() -> None:
    shown = np.array(Image.open(io.BytesIO(draw_preview([np.zeros((16, 16, 4), dtype=np.uint8)], ["a"]))))

    assert len(np.unique(shown[..., :3].reshape(-1, 3), axis=0)) == 2


@pytest.mark.parametrize(("width_px", "height_px"), [(32, 32), (16, 48), (128, 128), (600, 300), (2048, 2048), (8, 8)])
def test_a_preview_of_the_worst_picture_fits(width_px: int, height_px: int) -> None:
    preview = draw_preview([noise(width_px, height_px)], ["a"])

    assert len(preview) <= BYTES_MAX
    assert max(Image.open(io.BytesIO(preview)).size) <= 512


@pytest.mark.parametrize("count", [2, 4, 16, 64])
def test_a_sheet_of_the_worst_pictures_fits(count: int) -> None:
    preview = draw_preview([noise(32, 32, seed) for seed in range(count)], [f"thing-000{k}.1" for k in range(count)])

    assert len(preview) <= BYTES_MAX
