"""A clip: the frames of one motion and how long each stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pixels_mcp.pixelart.motion.index_maps import IndexMap, take
from pixels_mcp.pixelart.pixels import Rgba


@dataclass(frozen=True, eq=False)
class Clip:
    """Frames of one size.

    Attributes:
        frames: (H, W, 4) each.
        durations_ms: One for each frame.
        play: `Loop` goes on for ever, `Once` stays on its last frame.
    """

    frames: tuple[Rgba, ...]
    durations_ms: tuple[int, ...]
    play: Literal["Loop", "Once"] = "Loop"


def clip_of(
    sprite: Rgba, maps: Sequence[IndexMap], durations_ms: Sequence[int], *, play: Literal["Loop", "Once"] = "Loop"
) -> Clip:
    """Draw a clip's frames from index maps."""
    return Clip(tuple(take(sprite, places) for places in maps), tuple(durations_ms), play)
