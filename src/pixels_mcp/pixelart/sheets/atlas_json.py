"""A sheet's layout as JSON that other tools read: TexturePacker's (hash and array) and Aseprite's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pixels_mcp.errors import SheetError
from pixels_mcp.pixelart.sheets.sheet import Frame, SheetLayout
from pixels_mcp.told_apart import JsonObject

_APP = "https://pypi.org/project/pixels-mcp/"

TagDirection = Literal["forward", "reverse", "pingpong", "pingpong_reverse"]
TAG_DIRECTIONS: tuple[TagDirection, ...] = get_args(TagDirection)


@dataclass(frozen=True)
class FrameTag:
    """A named stretch of frames, first and last from 0, and which way it runs."""

    first: int
    last: int
    direction: TagDirection = "forward"


def texture_packer_json(layout: SheetLayout, image_name: str, *, as_array: bool = False) -> JsonObject:
    """TexturePacker's generic JSON, "hash" (frames by name) or "array".

    Args:
        layout: Where the frames stand.
        image_name: The sheet's file name.
        as_array: List the frames in order instead of by name.
    """
    entries = [{"filename": one.name, **_entry(one), "pivot": _pivot(one)} for one in layout.frames]
    frames: Any = entries
    if not as_array:
        frames = {entry.pop("filename"): entry for entry in entries}
    return {"frames": frames, "meta": _meta(layout, image_name)}


def aseprite_json(
    layout: SheetLayout,
    image_name: str,
    *,
    durations_ms: Sequence[int] | None = None,
    tags: Mapping[str, FrameTag] | None = None,
    as_hash: bool = False,
) -> JsonObject:
    """Aseprite's JSON, "array" or "hash", with durations and frame tags.

    Args:
        layout: Where the frames stand.
        image_name: The sheet's file name.
        durations_ms: How long each frame is shown; 100 where nothing is given.
        tags: By name.
        as_hash: Frames by name instead of in a list, as Aseprite writes it when nothing else is chosen.

    Raises:
        SheetError: A duration for another number of frames, or a tag beyond the last frame.
    """
    count = len(layout.frames)
    shown_ms = list(durations_ms) if durations_ms is not None else [100] * count
    if len(shown_ms) != count:
        raise SheetError(f"{len(shown_ms)} durations for {count} frames", hint="give one per frame")
    for name, tag in (tags or {}).items():
        if not 0 <= tag.first <= tag.last < count:
            raise SheetError(f"tag '{name}' covers frames {tag.first} to {tag.last} of {count}", hint="count from 0")
    entries = [
        {"filename": one.name, **_entry(one), "duration": shown}
        for one, shown in zip(layout.frames, shown_ms, strict=True)
    ]
    spans = [
        {"name": name, "from": tag.first, "to": tag.last, "direction": tag.direction}
        for name, tag in (tags or {}).items()
    ]
    slices = [
        {
            "name": "pivot",
            "color": "#0000ffff",
            "keys": [
                {
                    "frame": index,
                    "bounds": {"x": 0, "y": 0, "w": one.width_px, "h": one.height_px},
                    "pivot": {"x": round(one.pivot[0] * one.width_px), "y": round(one.pivot[1] * one.height_px)},
                }
                for index, one in enumerate(layout.frames)
            ],
        }
    ]
    frames: Any = {entry.pop("filename"): entry for entry in entries} if as_hash else entries
    meta = _meta(layout, image_name) | {"frameTags": spans, "layers": [], "slices": slices}
    return {"frames": frames, "meta": meta}


def _entry(one: Frame) -> JsonObject:
    return {
        "frame": {"x": one.x_px, "y": one.y_px, "w": one.width_px, "h": one.height_px},
        "rotated": False,
        "trimmed": False,
        "spriteSourceSize": {"x": 0, "y": 0, "w": one.width_px, "h": one.height_px},
        "sourceSize": {"w": one.width_px, "h": one.height_px},
    }


def _pivot(one: Frame) -> dict[str, float]:
    return {"x": one.pivot[0], "y": one.pivot[1]}


def _meta(layout: SheetLayout, image_name: str) -> JsonObject:
    return {
        "app": _APP,
        "version": "1.0",
        "image": image_name,
        "format": "RGBA8888",
        "size": {"w": layout.width_px, "h": layout.height_px},
        "scale": "1",
    }
