"""Many pictures drawn in the colors of another palette; all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NotRequired, TypedDict

import numpy as np

from pixels_mcp.files import write_whole
from pixels_mcp.pictures.picture_sources import PictureTask

if TYPE_CHECKING:
    from pixels_mcp.pixelart.colors.palettes import Palette
    from pixels_mcp.pixelart.pixels import Rgba

WAYS = ("nearest", "hue", "lightness", "swap")
"""nearest: each color becomes the likest; hue: the likest of its own hue; lightness: by rank of lightness; swap: by
place in the old palette."""


class RecoloredFile(TypedDict):
    """What is told of a recolored picture.

    Attributes:
        distance: Mean over its pixels, OKLab.
        hue_turned: Share of its colored pixels.
        note: Where the palette does not carry the colors.
        frames, frame_ms: Of a moving picture, and each frame's time in their order.
    """

    source: str
    file: str
    changed_pixels: int
    distance: float
    hue_turned: float
    note: str | None
    frames: NotRequired[int]
    frame_ms: NotRequired[list[int]]
    comparison: NotRequired[str]


def recolor_files(tasks: Sequence[PictureTask], by: str, new: Palette, old: Palette | None) -> list[RecoloredFile]:
    """Recolor every picture and write it, with a before-and-after picture where the task names one.

    Args:
        tasks: What to do; read as a whole before anything is written.
        by: One of `WAYS`.
        new: The palette to draw in.
        old: With swap: the palette that the pictures have now.

    Returns:
        One for each task, in their order. A moving picture becomes a moving PNG with the same times.

    Raises:
        PixelsError: A picture cannot be read, or has colors that the old palette lacks.
    """
    from pixels_mcp.pixelart.colors.hue_match import describe_change, measure_change
    from pixels_mcp.pixelart.pictures import open_frames
    from pixels_mcp.pixelart.sheets.comparison import before_and_after
    from pixels_mcp.png import encode_png

    opened = [open_frames(task.source) for task in tasks]
    before = [np.concatenate(frames) for frames, _ in opened]
    # All frames at once: a color that stands in several of them becomes the same one in each.
    after = [_recolored(pixels, by, new, old) for pixels in before]
    told: list[RecoloredFile] = []
    for task, (frames, shown_ms), was, now in zip(tasks, opened, before, after, strict=True):
        task.target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(task.target, encode_png(now) if len(frames) == 1 else _moving(now, shown_ms))
        changed = int((was != now).any(axis=-1).sum())
        change = measure_change(was, now)
        one: RecoloredFile = {
            "source": str(task.source),
            "file": str(task.target),
            "changed_pixels": changed,
            "distance": change.distance,
            "hue_turned": change.hue_turned,
            "note": None if old is not None else describe_change(change, new.name),
        }
        if len(frames) > 1:
            one["frames"], one["frame_ms"] = len(frames), _times_ms(shown_ms)
        if task.comparison is not None:
            write_whole(task.comparison, encode_png(before_and_after(was, now)))
            one["comparison"] = str(task.comparison)
        told.append(one)
    return told


def _times_ms(shown_ms: Sequence[int]) -> list[int]:
    from pixels_mcp.pixelart.sheets.animation import shown_time_ms

    return [shown_time_ms(shown) for shown in shown_ms]


def _moving(stacked: Rgba, shown_ms: Sequence[int]) -> bytes:
    from pixels_mcp.pixelart.sheets.animation import animation_bytes

    return animation_bytes(np.split(stacked, len(shown_ms)), _times_ms(shown_ms), "png")


def _recolored(pixels: Rgba, by: str, new: Palette, old: Palette | None) -> Rgba:
    from pixels_mcp.pixelart.colors.hue_match import snap_by_hue
    from pixels_mcp.pixelart.colors.quantize import snap_to_palette
    from pixels_mcp.pixelart.colors.recolor import remap_by_lightness, swap_palette

    if old is not None:
        return swap_palette(pixels, old, new)
    ways = {"hue": snap_by_hue, "lightness": remap_by_lightness, "nearest": snap_to_palette}
    return ways[by](pixels, new)
