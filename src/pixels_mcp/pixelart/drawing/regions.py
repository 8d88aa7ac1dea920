"""A part of a picture, named by a rectangle, a color, its outline or ground, or by a mask."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from pixels_mcp.errors import RegionError
from pixels_mcp.pixelart.colors.palettes import parse_color
from pixels_mcp.pixelart.pixels import OPAQUE_FROM, Rgba, require_rgba

Region = NDArray[np.bool_]
"""(H, W) bool."""

_RECTANGLE = re.compile(r"(-?\d{1,5})\s*,\s*(-?\d{1,5})\s*,\s*(-?\d{1,5})\s*,\s*(-?\d{1,5})")
_INSIDE = re.compile(r"inside:(\d{1,4})")
WAYS = "x,y,width,height; color:#rrggbb; outline; background; inside:N (all but a rim of N px)"


def find_region(pixels: Rgba, words: str) -> Region:
    """Find the pixels that a region names.

    Args:
        pixels: (H, W, 4) uint8.
        words: See `WAYS`; `outline` is the drawing's own outermost pixels, `background` what is transparent.

    Returns:
        (H, W) bool, True in at least one place.

    Raises:
        RegionError: It is no region, lies off the picture, or names no pixel of it.
        PaletteError: The color is none.
    """
    require_rgba(pixels)
    text = words.strip().lower()
    height, width = pixels.shape[:2]
    if rectangle := _RECTANGLE.fullmatch(text):
        return _rectangle(tuple(int(number) for number in rectangle.groups()), width, height)
    opaque = pixels[..., 3] >= OPAQUE_FROM
    if text.startswith("color:"):
        region = opaque & (pixels[..., :3] == parse_color(text.removeprefix("color:"))).all(axis=-1)
    elif text == "outline":
        region = rim_of(opaque)
    elif text == "background":
        region = ~opaque
    elif inside := _INSIDE.fullmatch(text):
        rim_px = int(inside[1])
        region = np.zeros((height, width), dtype=np.bool_)
        region[rim_px : height - rim_px, rim_px : width - rim_px] = True
    else:
        raise RegionError(f"{words!r} is no region", hint=f"give {WAYS}")
    if not region.any():
        raise RegionError(f"no pixel of the {width} x {height} picture is in the region {words!r}", hint=f"give {WAYS}")
    return region


def read_mask(mask: Rgba, size_px: tuple[int, int]) -> Region:
    """Read a mask picture: opaque pixels are meant; where none is transparent, light ones are.

    Args:
        mask: (H, W, 4) uint8.
        size_px: (width, height) of the picture that it is for.

    Raises:
        RegionError: It has another size, or names nothing.
    """
    require_rgba(mask)
    height, width = mask.shape[:2]
    if (width, height) != size_px:
        raise RegionError(
            f"the mask is {width} x {height} px, the picture {size_px[0]} x {size_px[1]}",
            hint="draw the mask on a canvas of the picture's size",
        )
    region = mask[..., 3] >= OPAQUE_FROM
    if region.all():
        region = mask[..., :3].mean(axis=-1) >= 128
    if not region.any():
        raise RegionError(
            "the mask is empty: it has no opaque and no light pixel",
            hint="paint what shall change, and leave the rest transparent",
        )
    return region


def rim_of(opaque: Region) -> Region:
    """The outermost pixels of a drawing: those beside what is not opaque, also across the picture's edge."""
    around = np.pad(opaque, 1)
    closed = around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:]
    return opaque & ~closed


def _rectangle(numbers: tuple[int, ...], width: int, height: int) -> Region:
    x, y, across, down = numbers
    told = f"the region {x},{y},{across},{down}"
    if across < 1 or down < 1:
        raise RegionError(f"{told} has no area", hint="give x,y,width,height with a width and height of 1 or more")
    if x < 0 or y < 0 or x + across > width or y + down > height:
        raise RegionError(
            f"{told} reaches beyond the picture of {width} x {height} px",
            hint=f"x + width may be at most {width}, y + height at most {height}",
        )
    region = np.zeros((height, width), dtype=np.bool_)
    region[y : y + down, x : x + across] = True
    return region
