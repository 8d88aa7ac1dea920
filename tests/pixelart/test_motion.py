"""A sprite moves: whole pixels only, its own colors only, the feet where they were."""

from __future__ import annotations

import numpy as np
import pytest

from pixels_mcp.errors import MotionError
from pixels_mcp.exemplars.finder import find_exemplars
from pixels_mcp.pixelart.finish import finish_native
from pixels_mcp.pixelart.motion.anatomy import guess_body, measure_figure
from pixels_mcp.pixelart.motion.clip import Clip
from pixels_mcp.pixelart.motion.index_maps import leaning, moved, squashed, still, take
from pixels_mcp.pixelart.motion.measures import measure_clip
from pixels_mcp.pixelart.motion.motions import MOTIONS, animate
from pixels_mcp.pixelart.pixels import Rgba

RECOLORS = {"hurt", "shimmer"}


def figure(*, robe: bool = False, short_leg_px: int = 0) -> Rgba:
    """A person of 12 x 22 px on 32 x 32: head, trunk, arms, two legs (or a robe), a color for each."""
    picture = np.zeros((32, 32, 4), dtype=np.uint8)
    for (top, bottom, left, right), color in (
        ((6, 12, 13, 19), (240, 200, 160)),
        ((12, 21, 12, 20), (60, 90, 160)),
        ((12, 19, 10, 12), (200, 60, 60)),
        ((12, 19, 20, 22), (60, 160, 60)),
        ((21, 28, 12, 20 if robe else 15), (90, 60, 40)),
        ((21, 28 - short_leg_px, 17, 20), (120, 80, 50)),
    ):
        picture[top:bottom, left:right] = (*color, 255)
    return picture


CHARACTERS = [
    "knight",
    "wizard",
    "orc",
    "goblin",
    "skeleton",
    "zombie",
    "troll",
    "ogre",
    "elf",
    "dwarf",
    "human",
    "vampire",
    "mummy",
    "demon",
    "imp",
    "angel",
    "centaur",
    "minotaur",
    "gnoll",
    "kobold",
    "naga",
    "satyr",
    "cyclops",
    "golem",
    "lich",
]


def characters() -> list[tuple[str, Rgba]]:
    """Tiles of the exemplar library in few colors, as sprites have them."""
    tiles = [(word, find_exemplars(word, 2)) for word in CHARACTERS]
    return [(t.name, finish_native(t.pixels, size_px=(32, 32)).pixels) for _, two in tiles for t in two]


@pytest.mark.parametrize("motion", list(MOTIONS))
def test_a_motion_of_a_plain_figure_moves_and_brings_no_new_color(motion: str) -> None:
    sprite = figure()
    clip = animate(sprite, [motion], "biped")[motion]  # type: ignore[list-item, index]  # motions of a test

    assert len(clip.frames) == len(clip.durations_ms) >= 4
    assert len({frame.tobytes() for frame in clip.frames}) > 1
    assert all(np.isin(frame[..., 3], (0, 255)).all() for frame in clip.frames)
    if motion not in RECOLORS:
        own = {tuple(color) for color in sprite.reshape(-1, 4).tolist()} | {(0, 0, 0, 0)}
        assert {tuple(color) for frame in clip.frames for color in frame.reshape(-1, 4).tolist()} <= own


def test_a_walk_lifts_one_leg_then_the_other_and_stands_between() -> None:
    frames = animate(figure(), ["walk"], "biped")["walk"].frames
    foot = max(int(np.flatnonzero(frame.any(axis=(1, 2)))[-1]) for frame in frames)

    def standing(frame: Rgba) -> list[int]:
        return sorted({int(color) for color in frame[foot, frame[foot, :, 3] > 0, 0]})

    assert [standing(frame) for frame in frames] == [[120], [90, 120], [90], [90, 120]]


def test_a_shorter_leg_is_drawn_out_to_the_ground_when_it_stands() -> None:
    facts = measure_clip(animate(figure(short_leg_px=2), ["walk"], "biped")["walk"])
    assert facts.feet_drift_px == 0
    assert facts.palette_stable


def test_a_robe_sways_and_keeps_its_feet_down() -> None:
    facts = measure_clip(animate(figure(robe=True), ["walk"], "biped")["walk"])
    assert facts.feet_drift_px == 0
    assert 0.65 <= facts.silhouette_iou <= 0.97


def test_nine_of_ten_real_characters_walk_and_breathe_well() -> None:
    failures: list[tuple[object, ...]] = []
    sprites = characters()
    assert len(sprites) >= 40
    for name, sprite in sprites:
        clips = animate(sprite, ["walk", "idle"], guess_body(sprite))
        walk, idle = measure_clip(clips["walk"]), measure_clip(clips["idle"])
        walks = 0.6 <= walk.silhouette_iou <= 0.97 and walk.flicker <= 0.08 and walk.axis_drift_px <= 1
        breathes = idle.flicker <= 0.02 and idle.feet_drift_px == 0 and idle.silhouette_iou < 1
        if not (walks and breathes and walk.loop_closes):
            failures.append((name, walk, idle))
    assert len(failures) <= len(sprites) / 10, failures


def test_all_clips_of_a_sprite_have_one_canvas_with_the_middle_in_the_middle() -> None:
    clips = animate(figure(), ["idle", "attack", "death"], "biped")
    sizes = {frame.shape for clip in clips.values() for frame in clip.frames}

    assert len(sizes) == 1
    (height, width, _) = sizes.pop()
    assert width >= 32
    assert height == 32
    still_frame = clips["idle"].frames[0]
    assert np.array_equal(still_frame[:, (width - 32) // 2 : (width + 32) // 2], figure())


def test_a_lunge_is_not_cut_off_at_the_sprites_edge() -> None:
    wide = np.zeros((32, 32, 4), dtype=np.uint8)
    wide[4:30, 0:32] = (90, 90, 200, 255)
    frames = animate(wide, ["attack"], "biped")["attack"].frames
    assert {int((frame[..., 3] > 0).sum()) for frame in frames} == {26 * 32}


def test_what_has_no_legs_gets_about_in_its_own_way() -> None:
    sprite = figure()
    for body, motion in (("flyer", "flap"), ("slime", "hop"), ("floater", "float")):
        walk = animate(sprite, ["walk"], body)["walk"]  # type: ignore[arg-type]  # words of a test
        own = animate(sprite, [motion], body)[motion]  # type: ignore[list-item, arg-type, index]  # motions of a test
        assert [frame.tobytes() for frame in walk.frames] == [frame.tobytes() for frame in own.frames]


def test_bodies_are_guessed_from_words_and_shapes() -> None:
    sprite = figure()
    assert guess_body(sprite) == "biped"
    assert guess_body(sprite, ["giant", "bat"]) == "flyer"
    assert guess_body(sprite, ["slime"]) == "slime"
    dog = np.zeros((32, 32, 4), dtype=np.uint8)
    dog[14:22, 4:28] = (150, 100, 60, 255)
    dog[22:28, 5:8] = dog[22:28, 12:15] = dog[22:28, 20:23] = (120, 80, 40, 255)
    assert guess_body(dog) == "quadruped"


def test_index_maps_move_lean_and_squash() -> None:
    sprite = figure()
    assert np.array_equal(take(sprite, still(sprite)), sprite)
    assert np.array_equal(take(sprite, moved(still(sprite), 2, -3)), np.roll(sprite, (2, -3), axis=(0, 1)))
    lower = take(sprite, squashed(sprite, 2))
    assert measure_figure(lower).height == measure_figure(sprite).height - 2
    assert measure_figure(lower).bottom == measure_figure(sprite).bottom
    assert measure_figure(take(sprite, squashed(sprite, -2))).height == measure_figure(sprite).height + 2
    tilted = take(sprite, leaning(still(sprite), 0.25, 28))
    assert np.array_equal(tilted[27], sprite[27])
    assert np.flatnonzero(tilted[6, :, 3])[0] > np.flatnonzero(sprite[6, :, 3])[0]


def test_measures_see_what_flickers_what_stands_still_and_what_jumps() -> None:
    sprite = figure()
    other = sprite.copy()
    other[sprite[..., 3] > 0, 0] += 1
    assert measure_clip(Clip((sprite, other), (100, 100))).flicker == 1.0
    assert not measure_clip(Clip((sprite, other), (100, 100))).palette_stable
    assert measure_clip(Clip((sprite, sprite), (100, 100))).silhouette_iou == 1.0
    jumping = Clip((sprite, np.roll(sprite, 6, axis=1)), (100, 100))
    assert measure_clip(jumping).silhouette_iou < 0.5
    assert measure_clip(jumping).axis_drift_px == 6


@pytest.mark.parametrize(
    ("sprite", "why"),
    [
        (np.zeros((32, 32, 4), np.uint8), "the sprite is empty"),
        (np.full((4, 200, 4), 255, np.uint8), "200 x 4 px, 6 x 6 are the least"),
    ],
)
def test_what_cannot_move_is_refused_with_its_size(sprite: Rgba, why: str) -> None:
    with pytest.raises(MotionError, match=why):
        animate(sprite, ["walk"], "biped")
