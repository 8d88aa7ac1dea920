"""Palette files of any format and ending: told by what they hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pixels_mcp.errors import PaletteError, PixelArtError
from pixels_mcp.pixelart.colors.palette_binary import read_palette_bytes
from pixels_mcp.pixelart.colors.palette_text import decode_text, read_palette_text
from pixels_mcp.pixelart.pictures import open_picture

MAX_FILE_BYTES = 1_000_000
MAX_STRIP_PIXELS = 1_000_000

_PICTURES = (b"\x89PNG", b"GIF8", b"BM", b"RIFF")


def read_palette_file(path: Path) -> np.ndarray:
    """Read the colours of a palette file; its ending does not matter.

    Read are hex lists, paint.net, GIMP, JASC, Microsoft RIFF, Adobe .act, .aco and .ase, raw NES palettes, and the
    colours of a PNG, GIF, BMP or WebP picture, each once.

    Returns:
        (N, 3) uint8 in the file's order, doubles kept.

    Raises:
        PaletteError: Missing, too large, of no known format, or with a line that is no color.
    """
    try:
        size_bytes = path.stat().st_size
        if size_bytes > MAX_FILE_BYTES:
            raise PaletteError(
                f"palette file '{path.name}' has {size_bytes} bytes", hint=f"at most {MAX_FILE_BYTES} are read"
            )
        data = path.read_bytes()
    except OSError as error:
        raise PaletteError(
            f"palette file '{path}' cannot be read: {error.strerror}", hint="check the path and the file's rights"
        ) from error
    try:
        return _colors(path, data)
    except PixelArtError as error:
        raise PaletteError(f"palette file '{path.name}': {error.message}", hint=error.hint) from error


def _colors(path: Path, data: bytes) -> np.ndarray:
    if data.startswith(_PICTURES) and data[8:12] != b"PAL ":
        return _read_strip(path)
    text = decode_text(data)
    return read_palette_bytes(data) if text is None else read_palette_text(text)


def _read_strip(path: Path) -> np.ndarray:
    pixels = open_picture(path, max_pixels=MAX_STRIP_PIXELS)
    opaque = pixels[pixels[..., 3] > 0][:, :3]
    colors, first = np.unique(opaque, axis=0, return_index=True)
    return colors[np.argsort(first)]
