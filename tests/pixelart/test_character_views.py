"""Characters in four and eight directions: given views move, the west mirrors the east, all stand on one spot."""

from __future__ import annotations

import numpy as np
import pytest

from pixels_mcp.errors import MotionError
from pixels_mcp.pixelart.motion.anatomy import measure_figure
from pixels_mcp.pixelart.motion.measures import measure_clip
from pixels_mcp.pixelart.motion.views import animate_views
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.set_words import Facing


def front(right_px: int = 0, down_px: int = 0) -> Rgba:
    picture = np.zeros((32, 32, 4), dtype=np.uint8)
    picture[5:12, 12:20] = (240, 200, 160, 255)
    picture[12:21, 11:21] = (60, 90, 160, 255)
    picture[21:28, 12:15] = picture[21:28, 17:20] = (90, 60, 40, 255)
    return np.roll(picture, (down_px, right_px), axis=(0, 1))


def side() -> Rgba:
    """Looks to the right: a nose, an arm before the body, one leg before the other."""
    picture = np.zeros((32, 32, 4), dtype=np.uint8)
    picture[5:12, 12:19] = (240, 200, 160, 255)
    picture[8, 19] = (220, 170, 130, 255)
    picture[12:21, 12:19] = (60, 90, 160, 255)
    picture[14:18, 16:19] = (40, 60, 120, 255)
    picture[21:28, 12:15] = (90, 60, 40, 255)
    picture[21:28, 16:19] = (110, 80, 60, 255)
    return picture


def views() -> dict[Facing, Rgba]:
    return {"south": front(), "north": front(), "east": side()}


def test_four_directions_come_from_three_views_and_the_west_is_the_mirror_of_the_east() -> None:
    made = animate_views(views(), 4, ["walk", "attack"], "biped")

    assert list(made.clips) == [f"{m}_{d}" for m in ("walk", "attack") for d in ("south", "east", "north", "west")]
    assert made.mirrored == ("west",)
    axis = measure_figure(made.clips["walk_east"].frames[0]).axis
    width = made.clips["walk_east"].frames[0].shape[1]
    for east, west in zip(made.clips["walk_east"].frames, made.clips["walk_west"].frames, strict=True):
        assert np.array_equal(np.roll(east[:, ::-1], 2 * axis - (width - 1), axis=1), west)


def test_all_directions_walk_on_one_spot_within_the_bounds() -> None:
    made = animate_views(views(), 4, ["walk"], "biped")

    feet = {measure_figure(clip.frames[0]).bottom for clip in made.clips.values()}
    assert len(feet) == 1
    for clip in made.clips.values():
        facts = measure_clip(clip)
        assert 0.65 <= facts.silhouette_iou <= 0.97
        assert facts.flicker <= 0.02
        assert facts.feet_drift_px == 0
        assert facts.axis_drift_px <= 1
        assert facts.loop_closes


def test_a_view_that_stands_elsewhere_is_moved_to_the_spot_and_that_is_told() -> None:
    given: dict[Facing, Rgba] = {**views(), "north": front(right_px=2, down_px=-3)}

    made = animate_views(given, 4, ["idle"], "biped")

    assert made.shifted_px == {"north": (3, -2)}
    south, north = (measure_figure(made.clips[f"idle_{d}"].frames[0]) for d in ("south", "north"))
    assert (south.bottom, south.axis) == (north.bottom, north.axis)


def test_a_blow_goes_where_the_figure_looks() -> None:
    clips = animate_views(views(), 4, ["attack"], "biped").clips

    def lunge(facing: str) -> tuple[float, float]:
        still, out = (np.argwhere(clips[f"attack_{facing}"].frames[n][..., 3] > 0).mean(axis=0) for n in (4, 2))
        return float(out[0] - still[0]), float(out[1] - still[1])

    assert lunge("south")[0] > 1
    assert lunge("north")[0] < -1
    assert lunge("east")[1] > 1
    assert lunge("west")[1] < -1


def test_eight_directions_take_the_slanting_views_too() -> None:
    given: dict[Facing, Rgba] = {**views(), "south_east": side(), "north_east": side()}

    made = animate_views(given, 8, ["walk"], "biped")

    assert len(made.clips) == 8
    assert made.mirrored == ("north_west", "west", "south_west")


def test_a_west_that_is_given_is_taken_as_it_is() -> None:
    other = side()[:, ::-1].copy()
    other[14:18, 13:16] = (200, 0, 0, 255)  # a shield that only the left shows

    made = animate_views({**views(), "west": other}, 4, ["idle"], "biped")

    assert made.mirrored == ()
    red = (200, 0, 0, 255)
    assert (made.clips["idle_west"].frames[0] == red).all(axis=-1).any()
    assert not (made.clips["idle_east"].frames[0] == red).all(axis=-1).any()


def test_a_missing_view_and_one_of_another_size_are_named() -> None:
    with pytest.raises(MotionError, match="a view each to the north"):
        animate_views({"south": front(), "east": side()}, 4, ["walk"], "biped")
    with pytest.raises(MotionError, match="south_east, north_east"):
        animate_views(views(), 8, ["walk"], "biped")
    with pytest.raises(MotionError, match=r"view north is 16 x 16 px, the sprite 32 x 32"):
        animate_views({**views(), "north": front()[8:24, 8:24]}, 4, ["walk"], "biped")
