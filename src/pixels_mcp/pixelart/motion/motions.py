"""Which motions there are, and one call for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from pixels_mcp.errors import MotionError
from pixels_mcp.pixelart.motion import air, blows, gaits, shine
from pixels_mcp.pixelart.motion.anatomy import measure_figure
from pixels_mcp.pixelart.motion.clip import Clip
from pixels_mcp.pixelart.motion.stance import Stance
from pixels_mcp.pixelart.pixels import Rgba, require_rgba
from pixels_mcp.set_words import Body, MotionName

ClipName = TypeVar("ClipName", bound=str)

MOTIONS: Mapping[MotionName, Callable[[Rgba, Stance], Clip]] = {
    "idle": gaits.idle,
    "walk": gaits.walk,
    "run": gaits.run,
    "flap": air.flap,
    "hop": air.hop,
    "glide": air.glide,
    "hurt": blows.hurt,
    "death": blows.death,
    "attack": blows.attack,
    "spin": shine.spin,
    "float": air.hover,
    "flicker": shine.flicker,
    "shimmer": shine.shimmer,
}
"""Every motion by its name."""

_WALK_OF: Mapping[Body, MotionName] = {"flyer": "flap", "slime": "hop", "floater": "float"}
"""How bodies without legs get about."""

_FLATTEST = 6
"""A drawing so many times as wide as it is high has no legs to walk with: a banner, a row of figures."""

_MARGIN_SHARE = 0.5
"""Room on every side while frames are worked out, of the sprite's larger side: a lunge must not be cut off."""


def animate(sprite: Rgba, motions: Sequence[MotionName], body: Body) -> dict[MotionName, Clip]:
    """Make clips of one sprite, all frames of one size, the feet in one place.

    Args:
        sprite: (H, W, 4) uint8, hard alpha.
        motions: What it shall do; a walk of something without legs is how that gets about.
        body: See `anatomy.guess_body`.

    Returns:
        A clip for each motion; the canvas is the smallest around all their frames that holds the sprite's own.

    Raises:
        MotionError: The sprite is empty or too small.
    """
    require_rgba(sprite)
    room, margin_px = with_room(sprite)
    moved: dict[MotionName, Clip] = {m: move(room, m, Stance(body)) for m in dict.fromkeys(motions)}
    return cropped(moved, sprite.shape[:2], margin_px)


def with_room(sprite: Rgba) -> tuple[Rgba, int]:
    """The sprite with room on every side for a lunge, and how many pixels that is."""
    margin_px = round(_MARGIN_SHARE * max(sprite.shape[:2]))
    return np.pad(sprite, ((margin_px, margin_px), (margin_px, margin_px), (0, 0))), margin_px


def move(room: Rgba, motion: MotionName, stance: Stance) -> Clip:
    """One motion of a sprite that has room around it."""
    means = motion
    if motion in ("walk", "run"):
        _require_upright(room)
        means = _WALK_OF.get(stance.body, motion)
    return MOTIONS[means](room, stance)


def _require_upright(room: Rgba) -> None:
    figure = measure_figure(room)
    if figure.width > _FLATTEST * figure.height:
        raise MotionError(
            f"the drawing is {figure.width} x {figure.height} px, too flat to walk (at most {_FLATTEST} times as wide)",
            hint="let it float, flap or shimmer, or crop the sprite to one figure",
        )


def cropped(clips: Mapping[ClipName, Clip], size: tuple[int, int], margin_px: int) -> dict[ClipName, Clip]:
    """Take away the room that no frame of any clip uses.

    Args:
        clips: Of one character, all with the same room.
        size: Rows and columns of its sprite, which the frames keep.
        margin_px: Room on every side.
    """
    height, width = size
    drawn = np.logical_or.reduce([frame[..., 3] > 0 for clip in clips.values() for frame in clip.frames])
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    # Grown by as much on both sides, so that the middle stays the middle; the foot line stays at the bottom.
    above = max(0, margin_px - int(rows[0]))
    below = max(0, int(rows[-1]) + 1 - margin_px - height)
    aside = max(0, margin_px - int(columns[0]), int(columns[-1]) + 1 - margin_px - width)
    window = np.s_[margin_px - above : margin_px + height + below, margin_px - aside : margin_px + width + aside]
    return {
        name: Clip(tuple(frame[window] for frame in clip.frames), clip.durations_ms, clip.play)
        for name, clip in clips.items()
    }
