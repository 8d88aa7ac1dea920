"""Palette files: .hex (one colour a line), .gpl (GIMP), .pal (JASC), and a strip of colours as a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from pixels_mcp.errors import PaletteError, PixelArtError
from pixels_mcp.pixelart.pictures import open_picture

MAX_FILE_BYTES = 1_000_000
MAX_STRIP_PIXELS = 1_000_000


def read_palette_file(path: Path) -> np.ndarray:
    """Read the colours of a palette file, chosen by its ending.

    Returns:
        (N, 3) uint8 in the file's order, doubles kept.

    Raises:
        PaletteError: Missing, too large, of an unknown ending, or not what its ending says.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise PaletteError(f"'{path.name}' is no palette file", hint=f"known endings: {', '.join(READERS)}")
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise PaletteError(
                f"palette file '{path.name}' has {path.stat().st_size} bytes",
                hint=f"at most {MAX_FILE_BYTES} are read",
            )
        colors = reader(path)
    except PaletteError:
        raise
    except (OSError, ValueError, PixelArtError) as error:
        raise PaletteError(f"palette file '{path}' cannot be read: {error}") from error
    return np.array(colors, dtype=np.uint8).reshape(-1, 3)


def _lines(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8-sig", errors="strict")
    return [line.strip() for line in text.splitlines() if line.strip()]


def _read_hex(path: Path) -> list[list[int]]:
    codes = [line.lstrip("#") for line in _lines(path) if not line.startswith(";")]
    return [_triple(list(bytes.fromhex(code[-6:] if len(code) == 8 else code)), code) for code in codes]


def _read_gpl(path: Path) -> list[list[int]]:
    lines = _lines(path)
    if not lines or not lines[0].startswith("GIMP Palette"):
        raise ValueError("its first line is not 'GIMP Palette'")
    entries = [line for line in lines[1:] if line[0].isdigit()]
    return [_triple([int(word) for word in line.split()[:3]], line) for line in entries]


def _read_jasc(path: Path) -> list[list[int]]:
    lines = _lines(path)
    if len(lines) < 3 or lines[0] != "JASC-PAL":
        raise ValueError("its first line is not 'JASC-PAL'")
    entries = lines[3:]
    if len(entries) != int(lines[2]):
        raise ValueError(f"it announces {lines[2]} colors and has {len(entries)}")
    return [_triple([int(word) for word in line.split()[:3]], line) for line in entries]


def _read_strip(path: Path) -> list[list[int]]:
    pixels = open_picture(path, max_pixels=MAX_STRIP_PIXELS)
    opaque = pixels[pixels[..., 3] > 0][:, :3]
    colors, first = np.unique(opaque, axis=0, return_index=True)
    return colors[np.argsort(first)].tolist()


def _triple(levels: list[int], line: str) -> list[int]:
    if len(levels) != 3 or not all(0 <= level <= 255 for level in levels):
        raise ValueError(f"'{line}' is not a color")
    return levels


READERS: dict[str, Callable[[Path], list[list[int]]]] = {
    ".hex": _read_hex,
    ".gpl": _read_gpl,
    ".pal": _read_jasc,
    ".png": _read_strip,
    ".gif": _read_strip,
    ".webp": _read_strip,
    ".bmp": _read_strip,
}
