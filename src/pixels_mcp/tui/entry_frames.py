"""What moves in an entry of the library: its clips, cut out of its sheet. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pixels_mcp.bevy.formats.entry_sheet import sheet_of_entry
from pixels_mcp.bevy.frames import cut_frames
from pixels_mcp.errors import PixelsError
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.told_apart import is_row

STILL_MS = 100


@dataclass(frozen=True, eq=False)
class FrameClip:
    """Frames in the order in which they are shown, (H, W, 4) uint8, and how long each is."""

    name: str
    frames: tuple[Rgba, ...]
    frame_ms: tuple[int, ...]


def clips_of(pixels: Rgba, facts: Mapping[str, object]) -> list[FrameClip]:
    """The clips of an animation; of everything else the picture itself, which stands still.

    Facts that do not fit the picture give the picture too: it is to be looked at all the same.
    """
    still = [FrameClip("", (pixels,), (STILL_MS,))]
    if "clips" not in facts:
        return still
    try:
        sheet = sheet_of_entry(facts, pixels.shape[1], pixels.shape[0], image="x.png")
        frame_px = facts["frame_px"]
        assert is_row(frame_px)
        frames = cut_frames(pixels, (int(frame_px[0]), int(frame_px[1])))
        clips = [
            FrameClip(name, tuple(frames[number] for number in order), tuple(clip.ms[at] for at in times))
            for name, clip in sheet.animations.items()
            for times in [_order(len(clip.frames), there_and_back=clip.play == "PingPong")]
            for order in [[clip.frames[at] for at in times]]
        ]
    except (PixelsError, ValueError, TypeError, IndexError, KeyError, AssertionError):
        return still
    return clips or still


def _order(count: int, *, there_and_back: bool) -> list[int]:
    """In which order frames are shown."""
    return [*range(count), *(range(count - 2, 0, -1) if there_and_back else ())]
