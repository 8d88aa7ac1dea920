"""Which motions there are, and one call for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from pixels_mcp.pixelart.motion import air, blows, gaits, shine
from pixels_mcp.pixelart.motion.clip import Clip
from pixels_mcp.pixelart.pixels import Rgba, require_rgba
from pixels_mcp.set_words import Body, MotionName

MOTIONS: Mapping[MotionName, Callable[[Rgba, Body], Clip]] = {
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
    height, width = sprite.shape[:2]
    margin_px = round(_MARGIN_SHARE * max(height, width))
    room = np.pad(sprite, ((margin_px, margin_px), (margin_px, margin_px), (0, 0)))
    clips: dict[MotionName, Clip] = {}
    for motion in dict.fromkeys(motions):
        means = _WALK_OF.get(body, motion) if motion in ("walk", "run") else motion
        clips[motion] = MOTIONS[means](room, body)
    drawn = np.logical_or.reduce([frame[..., 3] > 0 for clip in clips.values() for frame in clip.frames])
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    # Grown by as much on both sides, so that the middle stays the middle; the foot line stays at the bottom.
    above = max(0, margin_px - int(rows[0]))
    below = max(0, int(rows[-1]) + 1 - margin_px - height)
    aside = max(0, margin_px - int(columns[0]), int(columns[-1]) + 1 - margin_px - width)
    window = np.s_[margin_px - above : margin_px + height + below, margin_px - aside : margin_px + width + aside]
    return {
        motion: Clip(tuple(frame[window] for frame in clip.frames), clip.durations_ms, clip.play)
        for motion, clip in clips.items()
    }
