"""Palettes as text: hex lists, paint.net, GIMP, JASC, and plain triples of numbers; told by what they hold."""

from __future__ import annotations

import codecs
import re

import numpy as np

from pixels_mcp.errors import PaletteError
from pixels_mcp.pixelart.colors.hex_codes import HEX_CODE, colors_from_codes

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NUMBERS = re.compile(r"\s*(\d+)[\s,;]+(\d+)[\s,;]+(\d+)(?:[\s,;]+(\d+)\b)?")
_HEADER = re.compile(r"[A-Za-z][\w -]*:")
_FIRST_CODE = re.compile(HEX_CODE.pattern + r"(?![0-9A-Za-z])")
_COMMENT = re.compile(r";|//|#(?:\s|#|$)")

Lines = list[tuple[int, str]]
"""Lines that are not blank, with their numbers from 1."""


def decode_text(data: bytes) -> str | None:
    """Turn a file's bytes into text: by its mark, as UTF-8, else as Latin-1; None where they are no text.

    Only names and comments differ between encodings: colours are plain digits in all of them.
    """
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if len(data) >= 8 and len(data) % 2 == 0 and (not any(data[1::2]) or not any(data[::2])):
        return data.decode("utf-16-le" if not any(data[1::2]) else "utf-16-be", errors="replace")
    if any(byte < 32 and byte not in b"\t\n\f\r\x1a" for byte in data):
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_palette_text(text: str) -> np.ndarray:
    """Read the colours of a palette in text, in its order, doubles kept; fully transparent entries are left out.

    Returns:
        (N, 3) uint8.

    Raises:
        PaletteError: A line is no color; it is named by its number.
    """
    lines = [(number, line.strip(" \t\x1a\0,[]\"'")) for number, line in enumerate(text.splitlines(), 1)]
    lines = [(number, line) for number, line in lines if line]
    first = lines[0][1].lower() if lines else ""
    if first.startswith("gimp palette"):
        return _read_gimp(lines[1:])
    if first.startswith("jasc-pal"):
        return _read_jasc(lines[1:])
    paint_net = first.startswith(";") and "paint.net" in first
    lines = [(number, line) for number, line in lines if not _COMMENT.match(line)]
    if lines and all(_is_triple(line) for _, line in lines):
        return _triples(lines, alpha=False)
    return _read_codes(lines, alpha_first=True if paint_net else None)


def _read_gimp(lines: Lines) -> np.ndarray:
    alpha = any(re.match(r"channels:\s*rgba", line, re.IGNORECASE) for _, line in lines)
    entries = [(number, line) for number, line in lines if not line.startswith("#") and not _HEADER.match(line)]
    return _triples(entries, alpha=alpha)


def _read_jasc(lines: Lines) -> np.ndarray:
    """The version and the number of colours stand first; the number is often wrong and is not needed."""
    while lines and re.fullmatch(r"\d+", lines[0][1]):
        lines = lines[1:]
    return _triples(lines, alpha=True)


def _triples(lines: Lines, *, alpha: bool) -> np.ndarray:
    colors: list[list[int]] = []
    for number, line in lines:
        match = _NUMBERS.match(line)
        levels = [int(level) for level in match.groups(default="255")] if match else [256]
        if max(levels[:3]) > 255:
            raise _not_a_color(number, line)
        colors.append(levels)
    seen = [levels[:3] for levels in colors if levels[3] > 0 or not alpha]
    return np.array(seen or [levels[:3] for levels in colors], dtype=np.uint8).reshape(-1, 3)


def _read_codes(lines: Lines, alpha_first: bool | None) -> np.ndarray:
    codes: list[str] = []
    for number, line in lines:
        match = _FIRST_CODE.match(line)
        if match is None:
            raise _not_a_color(number, line)
        words = [word for word in re.split(r"[\s,;\"']+", line) if word]
        # Several colours on one line are all written alike; anything else after the first is its name.
        alike = all(HEX_CODE.fullmatch(word) and len(word) == len(words[0]) for word in words)
        codes += words if alike else [match.group(0)]
    seen = [code for code in codes if not (alpha_first and code.startswith("00") and len(code) == 8)]
    return colors_from_codes(seen or codes, alpha_first=alpha_first)


def _is_triple(line: str) -> bool:
    match = _NUMBERS.fullmatch(line)
    return match is not None and match.group(4) is None and all(int(level) <= 255 for level in match.groups()[:3])


def _not_a_color(number: int, line: str) -> PaletteError:
    shown = line if len(line) <= 40 else line[:37] + "..."
    return PaletteError(f"line {number} is not a color: '{shown}'", hint="write colors as #rrggbb, one a line")
