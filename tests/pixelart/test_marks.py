"""A maker's mark in a corner, and the few colours of an artist."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.beasts import beast, blurred, enlarged, on_ground, starred
from pixels_mcp.pixelart.colors.quantize import few_colors
from pixels_mcp.pixelart.pixelize import PixelizeOptions, pixelize
from pixels_mcp.pixelart.recovery.marks import find_corner_mark


@pytest.mark.parametrize(("seed", "ground"), [(0, (244, 240, 232)), (1, (250, 250, 250)), (2, (90, 140, 190))])
def test_a_makers_mark_is_told_and_goes_where_cleaning_is_asked(seed: int, ground: tuple[int, int, int]) -> None:
    animal = beast(48, seed)
    picture = blurred(starred(enlarged(on_ground(animal.art, ground), 14), 26), 0.8)

    told = pixelize(picture)
    cleaned = pixelize(picture, PixelizeOptions(remove_specks=True))

    assert any("lower right corner" in note for note in told.notes)
    assert not any("corner" in note for note in cleaned.notes)
    assert (cleaned.pixels[-6:, -6:, 3] == 0).all()
    assert (cleaned.pixels[:38, :38, 3] == told.pixels[:38, :38, 3]).all()


def test_a_drawing_alone_bears_no_mark_and_neither_does_a_sheet() -> None:
    art = beast(48, 3).art

    assert find_corner_mark(art) is None
    assert find_corner_mark(np.tile(art, (2, 2, 1))) is None


def test_few_colours_are_plainly_different_ones() -> None:
    ramp = np.linspace(20, 230, 60).astype(np.uint8)
    smooth = np.dstack([*[np.tile(ramp, (8, 1))] * 3, np.full((8, 60), 255, dtype=np.uint8)])

    made = pixelize(smooth, PixelizeOptions(max_colors="auto"))

    assert made.facts.colors == few_colors(smooth)
    assert 6 <= made.facts.colors <= 16
