"""A sheet with Aseprite's JSON (hash or array), or TexturePacker's, which has the same frames without times and tags.

Source: what Aseprite 1.3 writes (`aseprite --data`), and TexturePacker's "JSON (Hash)" and "JSON (Array)".
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pixels_mcp.asked_words.checked_words import explain
from pixels_mcp.documents import parse_json
from pixels_mcp.errors import UnreadablePictureError
from pixels_mcp.importing.imported_art import (
    Admit,
    ImportedArt,
    ImportedClip,
    Play,
    check_size,
    cut,
    of_one_size,
    read_text,
    sha256_of,
    shown_ms,
)
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba

FRAMES_MAX = 4_096

_Count = Annotated[int, Field(ge=0, le=1_000_000)]


class _Lenient(BaseModel):
    """Other programs write more than this reads."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Box(_Lenient):
    x: _Count = 0
    y: _Count = 0
    w: _Count
    h: _Count


class _SheetFrame(_Lenient):
    frame: _Box
    rotated: bool = False
    spriteSourceSize: _Box | None = None  # noqa: N815  # the file's word
    sourceSize: _Box | None = None  # noqa: N815  # the file's word
    duration: Annotated[int, Field(ge=0, le=3_600_000)] = 0


class _FrameTag(_Lenient):
    name: str = Field(min_length=1, max_length=64)
    first: _Count = Field(alias="from")
    last: _Count = Field(alias="to")
    direction: Literal["forward", "reverse", "pingpong", "pingpong_reverse"] = "forward"
    repeat: int | None = None


class _Meta(_Lenient):
    image: str = Field(min_length=1)
    frameTags: tuple[_FrameTag, ...] = ()  # noqa: N815  # the file's word


class _Document(_Lenient):
    frames: dict[str, _SheetFrame] | list[_SheetFrame] = Field(min_length=1, max_length=FRAMES_MAX)
    meta: _Meta


def read_aseprite_sheet(file: Path, admit: Admit) -> ImportedArt:
    """Read the JSON and the picture that lies beside it, where `admit` lets it be read.

    Frames get their trimmed edges back; turned ones are turned back.

    Raises:
        UnreadablePictureError: The JSON is none of this kind, or its picture is not there or damaged.
        InvalidArgumentError: A frame reaches out of the picture.
        PictureTooLargeError: The picture is too large.
    """
    text, sha256 = read_text(file)
    try:
        document = _Document.model_validate(parse_json(text))
    except ValidationError as error:
        raise _unusable(file, explain(error)) from error
    except ValueError as error:
        raise _unusable(file, f"not JSON: {error}") from error
    # Aseprite writes the path that the picture had on the machine that exported it.
    picture = admit(file.with_name(document.meta.image.replace("\\", "/").rpartition("/")[2]))
    sheet = open_picture(picture)
    told = list(document.frames.values()) if isinstance(document.frames, dict) else document.frames
    wholes = [one.sourceSize or one.frame for one in told]
    check_size(sum(whole.w * whole.h for whole in wholes))
    frames = of_one_size([_untrimmed(sheet, one, f"frame {number}") for number, one in enumerate(told)], (0.5, 0.5))
    times = shown_ms([one.duration for one in told])
    clips = {tag.name: _clip(file, tag, times) for tag in document.meta.frameTags}
    if not clips and len(frames) > 1:
        clips = {"all": ImportedClip(tuple(range(len(frames))), times)}
    return ImportedArt(frames, {"file": sha256, "image": sha256_of(picture)}, clips)


def _untrimmed(sheet: Rgba, one: _SheetFrame, what: str) -> Rgba:
    box = one.frame
    if one.rotated:
        pixels = np.rot90(cut(sheet, (box.x, box.y, box.h, box.w), what))
    else:
        pixels = cut(sheet, (box.x, box.y, box.w, box.h), what)
    inner, whole = one.spriteSourceSize, one.sourceSize
    if inner is None or whole is None or (whole.w, whole.h) == (box.w, box.h):
        return pixels
    canvas = np.zeros((max(whole.h, 1), max(whole.w, 1), 4), np.uint8)
    place = cut(canvas, (inner.x, inner.y, box.w, box.h), f"the trimmed {what}")
    place[:] = pixels
    return canvas


def _clip(file: Path, tag: _FrameTag, times: tuple[int, ...]) -> ImportedClip:
    if not tag.first <= tag.last < len(times):
        raise _unusable(file, f"tag {tag.name!r} covers frames {tag.first} to {tag.last} of {len(times)}")
    frames = tuple(range(tag.first, tag.last + 1))
    if tag.direction.endswith("reverse"):
        frames = frames[::-1]
    play: Play = "PingPong" if tag.direction.startswith("pingpong") else "Once" if tag.repeat == 1 else "Loop"
    return ImportedClip(frames, tuple(times[frame] for frame in frames), play)


def _unusable(file: Path, why: str) -> UnreadablePictureError:
    return UnreadablePictureError(
        f"{file} is no sheet that is read: {why}", hint="export it from Aseprite or TexturePacker as JSON, with its PNG"
    )
