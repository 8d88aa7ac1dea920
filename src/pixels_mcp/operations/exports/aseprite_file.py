"""Aseprite's own file: one layer, a cel a frame, tags, the palette.

Source: "Aseprite File Format (.ase/.aseprite) Specifications" in Aseprite's repository.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pixels_mcp.pixelart.pixels import Rgba

Direction = Literal["forward", "reverse", "pingpong"]
_DIRECTIONS: tuple[Direction, ...] = ("forward", "reverse", "pingpong")
_LAYER, _CEL, _TAGS, _PALETTE = 0x2004, 0x2005, 0x2018, 0x2019
_FILE, _FRAME = 0xA5E0, 0xF1FA
_COLORS_MAX = 256


@dataclass(frozen=True)
class AsepriteTag:
    """A named stretch of frames, first and last from 0; it repeats for ever where `repeat` is 0."""

    name: str
    first: int
    last: int
    direction: Direction = "forward"
    repeat: int = 0


def aseprite_bytes(frames: Sequence[Rgba], durations_ms: Sequence[int], tags: Sequence[AsepriteTag]) -> bytes:
    """Write a file.

    Args:
        frames: (H, W, 4) uint8 each, all of one size.
        durations_ms: How long each is shown.
        tags: Named stretches.
    """
    height, width = frames[0].shape[:2]
    palette = _palette(frames)
    parts: list[bytes] = []
    for number, (pixels, shown_ms) in enumerate(zip(frames, durations_ms, strict=True)):
        chunks = [_cel(pixels)]
        if number == 0:
            chunks = [_palette_chunk(palette), _layer(), *([_tags(tags)] if tags else []), *chunks]
        body = b"".join(chunks)
        parts.append(
            struct.pack("<IHHH2xI", len(body) + 16, _FRAME, len(chunks), min(shown_ms, 0xFFFF), len(chunks)) + body
        )
    body = b"".join(parts)
    head = struct.pack("<IHHHHHIH8x", 128 + len(body), _FILE, len(frames), width, height, 32, 1, 100)
    # No transparent index, square pixels, no grid.
    head += struct.pack("<B3xHBBhhHH84x", 0, len(palette), 1, 1, 0, 0, 16, 16)
    return head + body


def _chunk(kind: int, data: bytes) -> bytes:
    return struct.pack("<IH", len(data) + 6, kind) + data


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<H", len(data)) + data


def _cel(pixels: Rgba) -> bytes:
    height, width = pixels.shape[:2]
    head = struct.pack("<HhhBHh5x", 0, 0, 0, 255, 2, 0)
    return _chunk(
        _CEL, head + struct.pack("<HH", width, height) + zlib.compress(np.ascontiguousarray(pixels).tobytes())
    )


def _layer() -> bytes:
    visible_and_editable = 3
    return _chunk(_LAYER, struct.pack("<HHHHHHB3x", visible_and_editable, 0, 0, 0, 0, 0, 255) + _text("sprite"))


def _tags(tags: Sequence[AsepriteTag]) -> bytes:
    told = [
        struct.pack("<HHBH6xBBBx", tag.first, tag.last, _DIRECTIONS.index(tag.direction), tag.repeat, 0, 0, 0)
        + _text(tag.name)
        for tag in tags
    ]
    return _chunk(_TAGS, struct.pack("<H8x", len(tags)) + b"".join(told))


def _palette(frames: Sequence[Rgba]) -> np.ndarray:
    opaque = np.concatenate([frame[frame[..., 3] > 0][:, :3] for frame in frames])
    return np.unique(opaque, axis=0)[:_COLORS_MAX]


def _palette_chunk(palette: np.ndarray) -> bytes:
    entries = [struct.pack("<HBBBB", 0, *(int(level) for level in color), 255) for color in palette]
    head = struct.pack("<III8x", len(palette), 0, max(0, len(palette) - 1))
    return _chunk(_PALETTE, head + b"".join(entries))
