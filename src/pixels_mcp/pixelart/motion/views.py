"""A character seen from several sides: which views must be given, which are mirrored, and how they stand together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pixels_mcp.errors import MotionError
from pixels_mcp.pixelart.motion.anatomy import measure_figure
from pixels_mcp.pixelart.motion.clip import Clip
from pixels_mcp.pixelart.motion.motions import cropped, move, with_room
from pixels_mcp.pixelart.motion.stance import Stance
from pixels_mcp.pixelart.pixels import Rgba, require_rgba
from pixels_mcp.set_words import FACINGS, Body, Facing, MotionName

MIRROR_OF: Mapping[Facing, Facing] = {
    "west": "east",
    "south_west": "south_east",
    "north_west": "north_east",
    "east": "west",
    "south_east": "south_west",
    "north_east": "north_west",
}
"""What each side is the mirror of."""
NOTHING_DRAWN: Mapping[str, Clip] = {}
_WEST_SIDE = frozenset[Facing](["west", "south_west", "north_west"])


@dataclass(frozen=True, eq=False)
class MovedCharacter:
    """Clips of a character in several directions.

    Attributes:
        clips: By motion and direction: `walk_south`.
        mirrored: The directions that are the mirror of another.
        shifted_px: By how much a view was moved (down, right) so that all stand on the same spot.
    """

    clips: Mapping[str, Clip]
    mirrored: tuple[Facing, ...]
    shifted_px: Mapping[Facing, tuple[int, int]]


def animate_views(
    views: Mapping[Facing, Rgba],
    directions: int,
    motions: Sequence[MotionName],
    body: Body,
    drawn: Mapping[str, Clip] = NOTHING_DRAWN,
) -> MovedCharacter:
    """Make clips of a character in four or eight directions, all frames of one size, the feet in one place.

    Args:
        views: (H, W, 4) of each given side, `south` among them; what is missing of a pair is mirrored.
        directions: 4 or 8.
        motions: What it shall do.
        body: See `anatomy.guess_body`.
        drawn: Clips that an artist drew, by their names; they are taken instead, as large as the views.

    Raises:
        MotionError: A side is missing that no other is the mirror of; the views differ in size; one is empty.
    """
    size = _size_of(views, directions)
    rooms = {facing: with_room(picture) for facing, picture in views.items()}
    margin_px = rooms["south"][1]
    spot = _spot(rooms["south"][0])
    shifted: dict[Facing, tuple[int, int]] = {}
    clips: dict[str, Clip] = {}
    for facing in FACINGS[directions]:
        source = facing if facing in views else MIRROR_OF[facing]
        room = rooms[source][0]
        # Everything moves looking south, north or to the east; the west side is the mirror of that.
        room, shifted_px = _moved_to(room[:, ::-1] if source in _WEST_SIDE else room, spot)
        stance = Stance(body, MIRROR_OF[facing] if facing in _WEST_SIDE else facing)
        if facing in views and shifted_px != (0, 0):
            shifted[facing] = shifted_px
        for motion in dict.fromkeys(motions):
            name = f"{motion}_{facing}"
            if name in drawn:
                clips[name] = _with_margin(drawn[name], margin_px)
                continue
            clip = move(room, motion, stance)
            clips[name] = _mirrored_about(clip, spot[1]) if facing in _WEST_SIDE else clip
    in_order = {
        f"{motion}_{facing}": clips[f"{motion}_{facing}"] for motion in motions for facing in FACINGS[directions]
    }
    missing: tuple[Facing, ...] = tuple(facing for facing in FACINGS[directions] if facing not in views)
    return MovedCharacter(cropped(in_order, size, margin_px), missing, shifted)


def missing_views(given: Collection[Facing], directions: int) -> list[Facing]:
    """The sides that must be given beside the given ones: those that nothing is the mirror of, the east of a pair."""
    needed: list[Facing] = [one for one in FACINGS[directions] if one not in _WEST_SIDE]
    missing: list[Facing] = [one for one in needed if one not in given and MIRROR_OF.get(one) not in given]
    return missing


def _size_of(views: Mapping[Facing, Rgba], directions: int) -> tuple[int, int]:
    """Rows and columns of all views, which must be one size and enough of them."""
    missing = missing_views(views.keys(), directions)
    if missing:
        raise MotionError(
            f"{directions} directions need a view each to the {', '.join(missing)}",
            hint="give a sprite for each as a view; what looks to the west is mirrored from the east",
        )
    size = views["south"].shape[:2]
    for facing, picture in views.items():
        require_rgba(picture)
        if picture.shape[:2] != size:
            raise MotionError(
                f"the view {facing} is {picture.shape[1]} x {picture.shape[0]} px, the sprite {size[1]} x {size[0]}",
                hint="draw all views at one size, or bring them to it with the edit pad",
            )
    return size[0], size[1]


def _with_margin(clip: Clip, margin_px: int) -> Clip:
    around = ((margin_px, margin_px), (margin_px, margin_px), (0, 0))
    return Clip(tuple(np.pad(frame, around) for frame in clip.frames), clip.durations_ms, clip.play)


def _spot(room: Rgba) -> tuple[int, int]:
    """Where a figure stands: the row below its feet and the column of its axis."""
    figure = measure_figure(room)
    return figure.bottom, figure.axis


def _moved_to(room: Rgba, spot: tuple[int, int]) -> tuple[Rgba, tuple[int, int]]:
    """The view moved so that it stands on the spot, and by how much: down, right."""
    foot, axis = _spot(room)
    shift = spot[0] - foot, spot[1] - axis
    return np.roll(room, shift, axis=(0, 1)), shift


def _mirrored_about(clip: Clip, axis: int) -> Clip:
    """Every frame mirrored so that the column of the axis stays."""
    width = clip.frames[0].shape[1]
    frames = tuple(np.roll(frame[:, ::-1], 2 * axis - (width - 1), axis=1) for frame in clip.frames)
    return Clip(frames, clip.durations_ms, clip.play)
