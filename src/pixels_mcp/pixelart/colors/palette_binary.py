"""Palettes as bytes: Microsoft RIFF, Adobe swatches (.aco, .ase) and color tables (.act), raw triples.

Sources: Adobe Photoshop File Formats Specification (color swatches, color table); Microsoft, "Multimedia Programming
Interface and Data Specifications 1.0" (PAL chunk); the layout of .ase is not published and is read as writers make it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from pixels_mcp.errors import PaletteError

ACT_BYTES = (768, 772)
"""An Adobe color table: 256 triples, with or without the count and the transparent color at the end."""

NES_BYTES = (192, 1536)
"""A NES palette: 64 triples, alone or once for each of eight emphasis settings."""

_OTHERS = {
    b"\xff\xd8\xff": ("a JPEG picture, whose colors are not exact", "save the strip of colors as PNG"),
    b"PK\x03\x04": ("a ZIP archive", "export the palette as .gpl or .hex"),
    b"%PDF": ("a PDF", "export the palette as .gpl or .hex"),
    b"8BPS": ("a Photoshop picture", "export the swatches as .aco or .ase"),
}


def read_palette_bytes(data: bytes) -> np.ndarray:
    """Read the colours of a palette that is no text and no picture, in its order, doubles kept.

    Returns:
        (N, 3) uint8.

    Raises:
        PaletteError: It is of no format that is known, or is cut short.
    """
    for mark, (what, step) in _OTHERS.items():
        if data.startswith(mark):
            raise PaletteError(f"it is {what}", hint=step)
    if len(data) > 6 and data[4:6] == b"\xe0\xa5":
        raise PaletteError("it is an Aseprite picture", hint="save the palette as .gpl in Aseprite")
    try:
        if data[:4] == b"RIFF" and data[8:12] == b"PAL ":
            return _read_riff(data)
        if data[:4] == b"ASEF":
            return np.array(list(_ase_colors(data)), dtype=np.uint8).reshape(-1, 3)
        if len(data) in NES_BYTES:
            return _triples(data[:192])
        if len(data) in ACT_BYTES:
            return _read_act(data)
        if data[:2] in {b"\0\1", b"\0\2"} and len(data) >= 4 + 10 * int.from_bytes(data[2:4], "big") > 4:
            return np.array([_aco_color(data[at : at + 10]) for at in _aco_places(data)], dtype=np.uint8)
    except (struct.error, IndexError) as error:
        raise PaletteError("it is cut short", hint="save the palette again") from error
    raise PaletteError(
        f"its {len(data)} bytes are of no palette format that is known",
        hint="known are hex lists, paint.net, GIMP, JASC, Microsoft RIFF, Adobe .act .aco .ase, NES and pictures",
    )


def _triples(data: bytes) -> np.ndarray:
    return np.frombuffer(data, dtype=np.uint8).reshape(-1, 3).copy()


def _read_riff(data: bytes) -> np.ndarray:
    at = 12
    while data[at : at + 4] != b"data":
        (length,) = struct.unpack_from("<I", data, at + 4)
        at += 8 + length + length % 2
    _, count = struct.unpack_from("<HH", data, at + 8)
    body = data[at + 12 : at + 12 + 4 * count]
    whole = body[: len(body) // 4 * 4]  # the count may be larger than what follows
    return np.frombuffer(whole, dtype=np.uint8).reshape(-1, 4)[:, :3].copy()


def _read_act(data: bytes) -> np.ndarray:
    colors = _triples(data[:768])
    if len(data) == 768:
        if colors.max() <= 63:
            raise PaletteError(
                "its 256 triples are all at most 63: levels of VGA (0 to 63), or a dark color table (0 to 255)",
                hint="save the palette as .gpl or .hex",
            )
        return colors
    count = int.from_bytes(data[768:770], "big")
    return colors[:count] if 0 < count <= 256 else colors


def _aco_places(data: bytes) -> range:
    return range(4, 4 + 10 * int.from_bytes(data[2:4], "big"), 10)


def _aco_color(entry: bytes) -> list[int]:
    space, first, second, third, fourth = struct.unpack(">5H", entry)
    if space == 0:
        return [level >> 8 for level in (first, second, third)]
    if space == 1:
        return _from_hsv(first / 65535, second / 65535, third / 65535)
    if space == 2:  # CMYK, 0 is full ink
        return [round(255 * ink / 65535 * fourth / 65535) for ink in (first, second, third)]
    if space == 8:
        return [round(255 * min(first, 10_000) / 10_000)] * 3
    raise PaletteError(f"a swatch is in Adobe's color space {space}", hint="convert the swatches to RGB")


def _from_hsv(hue: float, saturation: float, value: float) -> list[int]:
    import colorsys

    return [round(255 * level) for level in colorsys.hsv_to_rgb(hue, saturation, value)]


def _ase_colors(data: bytes) -> Iterator[list[int]]:
    """Blocks of a kind and a length; a colour is a name, a model of four letters and floats from 0 to 1."""
    (block_count,) = struct.unpack_from(">I", data, 8)
    at = 12
    for _ in range(block_count):
        kind, length = struct.unpack_from(">HI", data, at)
        if kind == 1:
            (name_length,) = struct.unpack_from(">H", data, at + 6)
            place = at + 8 + 2 * name_length
            yield _ase_color(data[place : place + 4], data, place + 4)
        at += 6 + length


def _ase_color(model: bytes, data: bytes, at: int) -> list[int]:
    if model == b"RGB ":
        levels = list(struct.unpack_from(">3f", data, at))
    elif model == b"Gray":
        levels = list(struct.unpack_from(">f", data, at)) * 3
    elif model == b"CMYK":
        *inks, black = struct.unpack_from(">4f", data, at)
        levels = [(1 - ink) * (1 - black) for ink in inks]
    else:
        raise PaletteError(f"a swatch is in {model.decode('latin-1')!r}", hint="convert the swatches to RGB")
    return [round(255 * min(1.0, max(0.0, level))) for level in levels]
