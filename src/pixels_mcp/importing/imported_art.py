"""What art from elsewhere holds: frames of one size, how long each stands, and which of them make an animation."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import JsonValue

from pixels_mcp.errors import InvalidArgumentError, PictureTooLargeError, UnreadablePictureError
from pixels_mcp.pixelart.pictures import MAX_PIXELS
from pixels_mcp.pixelart.pixels import Rgba

Admit = Callable[[Path], Path]
"""Gives the file to read for one that a sheet names, or refuses it."""

Play = Literal["Loop", "Once", "PingPong"]

CLIP_NAME = "all"
"""Of the one animation of a file that has no names for them."""

FRAME_MS = 100
"""Of a frame whose file says nothing, or less than any screen shows."""

SHORTEST_MS = 10
TEXT_BYTES_MAX = 16_000_000


@dataclass(frozen=True)
class ImportedClip:
    """One animation: frame numbers, milliseconds for each, and what follows the last one."""

    frames: tuple[int, ...]
    ms: tuple[int, ...]
    play: Play = "Loop"


@dataclass(frozen=True, eq=False)
class ImportedArt:
    """The content of a file.

    Attributes:
        frames: (H, W, 4) uint8 each, all of one size; one for a still picture.
        clips: By name; empty for a still picture.
        pivot: Point of a frame that stands at the entity's position, 0 to 1, y down; None is the centre.
        sources: sha256 of each file that was read, by what it is: `file`, `image`.
        texts: Text chunks of a PNG.
        operation: What made pixels of it, for its recipe.
        asked: Words that it was made from, for its recipe.
        notes: What a person should know of it.
    """

    frames: tuple[Rgba, ...]
    sources: Mapping[str, str]
    clips: Mapping[str, ImportedClip] = field(default_factory=dict[str, ImportedClip])
    pivot: tuple[float, float] | None = None
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    operation: str = "import"
    asked: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    notes: tuple[str, ...] = ("imported, as it was",)


def shown_ms(told: Sequence[int]) -> tuple[int, ...]:
    """Times as they are shown; what is not told or too short becomes 100 ms, as browsers do it."""
    return tuple(ms if ms >= SHORTEST_MS else FRAME_MS for ms in told)


def of_one_size(frames: Sequence[Rgba], pivot: tuple[float, float]) -> tuple[Rgba, ...]:
    """Put frames of several sizes on canvases of the largest, with their pivots in one place.

    Raises:
        PictureTooLargeError: Together they have more pixels than are read.
    """
    height_px, width_px = (max(frame.shape[axis] for frame in frames) for axis in (0, 1))
    check_size(width_px * height_px * len(frames))
    placed: list[Rgba] = []
    for frame in frames:
        top = round((height_px - frame.shape[0]) * pivot[1])
        left = round((width_px - frame.shape[1]) * pivot[0])
        canvas = np.zeros((height_px, width_px, 4), np.uint8)
        canvas[top : top + frame.shape[0], left : left + frame.shape[1]] = frame
        placed.append(canvas)
    return tuple(placed)


def check_size(pixel_count: int) -> None:
    """Refuse frames that would fill the memory.

    Raises:
        PictureTooLargeError: Together they have more pixels than are read.
    """
    if pixel_count > MAX_PIXELS:
        raise PictureTooLargeError(
            f"the frames have {pixel_count:,} pixels together, at most {MAX_PIXELS:,} are read", hint="split the sheet"
        )


def cut(sheet: Rgba, box: tuple[int, int, int, int], what: str) -> Rgba:
    """Cut x, y, width and height out of a sheet.

    Raises:
        InvalidArgumentError: The box reaches out of it.
    """
    x, y, width_px, height_px = box
    if min(x, y) < 0 or min(width_px, height_px) < 1 or x + width_px > sheet.shape[1] or y + height_px > sheet.shape[0]:
        raise InvalidArgumentError(
            f"{what} ({width_px} x {height_px} at {x}, {y}) reaches out of the picture of {sheet.shape[1]} x"
            f" {sheet.shape[0]}",
            hint="export the sheet again, picture and data together",
        )
    return sheet[y : y + height_px, x : x + width_px]


def read_text(file: Path) -> tuple[str, str]:
    """Read a data file; returns its text and its sha256.

    Raises:
        UnreadablePictureError: It is not there, too large, or no UTF-8 text.
    """
    try:
        if file.stat().st_size > TEXT_BYTES_MAX:
            raise UnreadablePictureError(
                f"{file} has {file.stat().st_size:,} bytes, at most {TEXT_BYTES_MAX:,} are read", hint="split the sheet"
            )
        data = file.read_bytes()
        return data.decode("utf-8-sig"), hashlib.sha256(data).hexdigest()
    except OSError as error:
        raise UnreadablePictureError(f"cannot read {file}: {error.strerror}", hint="check the path") from error
    except UnicodeDecodeError as error:
        raise UnreadablePictureError(f"{file} is not UTF-8 text", hint="export it again") from error


def sha256_of(file: Path) -> str:
    """The hash of a file's bytes.

    Raises:
        UnreadablePictureError: It cannot be read.
    """
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UnreadablePictureError(f"cannot read {file}: {error.strerror}", hint="check the path") from error
