"""Where the pixels of a frame stood in the first one: what a redraw's noise moves by."""

from __future__ import annotations

import numpy as np

from pixels_mcp.pixelart.motion.index_maps import take
from pixels_mcp.pixelart.motion.tracking import track_pixels
from pixels_mcp.pixelart.pixels import Rgba


def figure() -> Rgba:
    """A drawing whose pixels differ from their neighbours."""
    picture = np.zeros((24, 24, 4), dtype=np.uint8)
    chance = np.random.default_rng(4)
    picture[6:18, 8:16, :3] = chance.integers(0, 6, (12, 8, 3)) * 40
    picture[6:18, 8:16, 3] = 255
    return picture


def test_what_moved_is_found_where_it_went() -> None:
    first = figure()
    frame = np.roll(first, (2, -1), axis=(0, 1))

    places = track_pixels(frame, first)

    drawn = frame[..., 3] > 0
    rows, columns = np.nonzero(drawn)
    went_to = places[drawn]
    right = (went_to[:, 0] == rows - 2) & (went_to[:, 1] == columns + 1)
    assert right.mean() > 0.9
    assert (places[~drawn] == -1).all()
    assert np.array_equal(take(first, places)[drawn], frame[drawn])


def test_a_color_that_is_new_or_too_far_away_comes_from_nowhere() -> None:
    first = figure()
    frame = first.copy()
    frame[7, 9] = (1, 2, 3, 255)
    far = np.roll(first, 7, axis=1)

    assert track_pixels(frame, first)[7, 9].tolist() == [-1, -1]
    assert track_pixels(far, np.zeros_like(first)).max() == -1
