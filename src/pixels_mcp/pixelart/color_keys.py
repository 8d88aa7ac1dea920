"""Transparency by colour (PNG's tRNS chunk) at depths for which Pillow compares wrong numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

_GRAY_STEPS = {"L;2": 85, "L;4": 17}
"""Pillow scales grey of 2 and 4 bits to 8, but not the transparent level."""


def read_color_key(picture: Image.Image, path: Path) -> np.ndarray | None:
    """Find the pixels that a PNG's transparent colour takes away, and drop that colour from the picture's facts.

    Args:
        picture: Opened, not yet decoded.
        path: Its file; 16-bit RGB is decoded a second time for the low bytes, which Pillow drops.

    Returns:
        (H, W) bool; None where Pillow handles the transparency itself, or there is none.
    """
    key = picture.info.get("transparency")
    raw_mode = _raw_mode(picture)
    if key is None or raw_mode is None:
        return None
    if raw_mode in _GRAY_STEPS and isinstance(key, int):
        picture.info["transparency"] = key * _GRAY_STEPS[raw_mode]
    elif picture.mode == "I;16" and isinstance(key, int):
        del picture.info["transparency"]
        return np.array(picture) == key
    elif raw_mode == "RGB;16B" and isinstance(key, tuple):
        del picture.info["transparency"]
        high, low = np.array(picture), _low_bytes(path)
        return (high.astype(np.uint16) * 256 + low == np.array(key, dtype=int)).all(axis=-1)
    return None


def _raw_mode(picture: Image.Image) -> str | None:
    if not isinstance(picture, PngImagePlugin.PngImageFile) or not picture.tile:
        return None
    arguments = picture.tile[0].args
    return arguments if isinstance(arguments, str) else str(arguments[0]) if arguments else None


def _low_bytes(path: Path) -> np.ndarray:
    with Image.open(path, formats=("PNG",)) as picture:
        # The unpacker for little-endian levels takes each second byte as the high one: here it is the low one.
        picture.tile = [tile._replace(args="RGB;16L") for tile in picture.tile]
        return np.array(picture)
