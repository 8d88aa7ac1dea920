"""A tile is redrawn as weakly as makes another picture of it."""

from __future__ import annotations

import numpy as np

from pixels_mcp.exemplars.redraw_strength import is_its_tile_again, next_strength, strengths_in_turn
from pixels_mcp.pixelart.pixels import Rgba


def _tile() -> Rgba:
    tile = np.zeros((16, 16, 4), np.uint8)
    tile[3:13, 3:13] = (180, 60, 40, 255)
    return tile


def test_a_tile_is_redrawn_weakly_first_and_never_with_more_than_all() -> None:
    assert strengths_in_turn(0.4) == (0.3, 0.4, 0.5, 0.6)
    assert strengths_in_turn(1.0) == (0.75, 1.0)


def test_more_than_the_models_strength_is_for_tiles_of_more_colors_than_a_sign_has() -> None:
    sign, picture = _tile(), _tile()
    picture[4:6, 4:6], picture[8:9, 8:9] = (250, 250, 250, 255), (20, 20, 20, 255)

    assert [next_strength(tried, (0.4, 0.5, 0.6), sign) for tried in (0.3, 0.4)] == [0.4, None]
    assert [next_strength(tried, (0.4, 0.5, 0.6), picture) for tried in (0.3, 0.4, 0.5, 0.6)] == [0.4, 0.5, 0.6, None]
    assert next_strength(0.7, (), picture) is None


def test_a_render_that_is_its_tile_but_for_a_few_pixels_is_told() -> None:
    render = _tile()
    render[3, 3:13] = (40, 60, 180, 255)  # a tenth of the pixels that are seen

    assert is_its_tile_again(render, _tile())


def test_a_render_of_other_colors_or_another_shape_is_a_picture_of_its_own() -> None:
    recolored, moved = _tile(), np.roll(_tile(), 4, axis=1)
    recolored[3:8, 3:13] = (40, 60, 180, 255)

    assert not is_its_tile_again(recolored, _tile())
    assert not is_its_tile_again(moved, _tile())


def test_what_is_faint_in_a_render_counts_as_nothing() -> None:
    render = _tile()
    render[render[..., 3] == 0] = (40, 60, 180, 90)

    assert is_its_tile_again(render, _tile())
