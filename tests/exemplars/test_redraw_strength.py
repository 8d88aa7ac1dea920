"""A tile is redrawn as weakly as makes another picture of it."""

from __future__ import annotations

import numpy as np

from pixels_mcp.exemplars.redraw_strength import RedrawTry, is_its_tile_again, next_try, tries_in_turn
from pixels_mcp.pixelart.near_copies import share_different
from pixels_mcp.pixelart.pixels import Rgba


def _tile() -> Rgba:
    tile = np.zeros((16, 16, 4), np.uint8)
    tile[3:13, 3:13] = (180, 60, 40, 255)
    return tile


MINIS = RedrawTry(0.4, 12)


def test_a_tile_is_redrawn_weakly_first_and_never_with_more_than_all() -> None:
    assert tries_in_turn(MINIS, 32, fills=False) == ((0.3, 12), (0.4, 12), (0.5, 12), (0.6, 12))
    assert tries_in_turn(RedrawTry(1.0, 12), 32, fills=False) == ((0.75, 12), (1.0, 12))


def test_small_things_begin_more_weakly_and_take_about_half_of_the_steps() -> None:
    assert tries_in_turn(MINIS, 16, fills=False) == ((0.28, 7), (0.4, 5), (0.5, 4), (0.56, 7))
    assert {steps for _, steps in tries_in_turn(RedrawTry(0.4, 1), 16, fills=False)} == {1}
    assert {steps for _, steps in tries_in_turn(MINIS, 16, fills=False, are_steps_asked=True)} == {12}


def test_grounds_of_every_size_have_strengths_of_their_own_and_all_steps() -> None:
    of_grounds = RedrawTry(0.75, 12)
    for side_px in (16, 32):
        assert tries_in_turn(of_grounds, side_px, fills=True) == ((0.5, 12), (0.75, 12), (0.92, 12))


def test_the_strongest_tries_are_for_tiles_of_more_colors_than_a_sign_has() -> None:
    sign, picture = _tile(), _tile()
    picture[4:6, 4:6], picture[8:9, 8:9] = (250, 250, 250, 255), (20, 20, 20, 255)
    tries = tries_in_turn(MINIS, 32, fills=False)

    assert [next_try(tried, tries, sign) for tried in (0.3, 0.4, 0.5)] == [(0.4, 12), (0.5, 12), None]
    assert [next_try(tried, tries, picture) for tried in (0.3, 0.4, 0.5, 0.6)] == [*tries[1:], None]
    assert next_try(0.3, (), picture) is None


def test_a_plain_ground_is_no_sign() -> None:
    ground = np.full((16, 16, 4), (90, 160, 70, 255), np.uint8)
    tries = tries_in_turn(RedrawTry(0.75, 12), 16, fills=True)

    assert [next_try(tried, tries, ground) for tried in (0.5, 0.75, 0.92)] == [*tries[1:], None]


def test_a_render_that_is_its_tile_but_for_a_few_pixels_is_told() -> None:
    render = _tile()
    render[3, 3:13] = (40, 60, 180, 255)  # a tenth of the pixels that are seen

    assert is_its_tile_again(render, _tile())


def test_a_render_of_other_colors_or_another_shape_is_a_picture_of_its_own() -> None:
    recolored, moved = _tile(), np.roll(_tile(), 4, axis=1)
    recolored[3:8, 3:13] = (40, 60, 180, 255)

    assert not is_its_tile_again(recolored, _tile())
    assert not is_its_tile_again(moved, _tile())


def test_shades_that_the_pixel_step_brings_together_count_as_one() -> None:
    render = _tile()
    render[3:6, 3:13] = (197, 60, 40, 255)  # 3.4 and 6.4 hundredths of OKLab from the tile's red, merged 4.9
    render[6:9, 3:13] = (212, 60, 40, 255)

    assert share_different(render, _tile()) == 0.3
    assert is_its_tile_again(render, _tile())


def test_what_is_faint_in_a_render_counts_as_nothing() -> None:
    render = _tile()
    render[render[..., 3] == 0] = (40, 60, 180, 90)

    assert is_its_tile_again(render, _tile())
