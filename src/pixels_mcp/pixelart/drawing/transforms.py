"""A picture turned, mirrored, cut and grown, pixel for pixel; nothing is sampled anew."""

from __future__ import annotations

from typing import Literal

import numpy as np

from pixels_mcp.errors import PictureSizeError
from pixels_mcp.pixelart.pixels import Rgba, require_rgba

SIDE_PX_MAX = 2_048
Axis = Literal["x", "y"]


def turn(pixels: Rgba, quarters: int) -> Rgba:
    """Turn clockwise by quarters."""
    require_rgba(pixels)
    return np.ascontiguousarray(np.rot90(pixels, -quarters))


def mirror(pixels: Rgba, axis: Axis) -> Rgba:
    """Mirror along `x` (left becomes right) or `y` (top becomes bottom)."""
    require_rgba(pixels)
    return np.ascontiguousarray(pixels[:, ::-1] if axis == "x" else pixels[::-1])


def crop_by(pixels: Rgba, left: int, top: int, right: int, bottom: int) -> Rgba:
    """Cut so many pixels off each side.

    Raises:
        PictureSizeError: Nothing would be left.
    """
    require_rgba(pixels)
    height, width = pixels.shape[:2]
    if left + right >= width or top + bottom >= height:
        raise PictureSizeError(
            f"cutting {left + right} px of the width and {top + bottom} px of the height off {width} x {height} px "
            "leaves nothing",
            hint="cut less",
        )
    return pixels[top : height - bottom, left : width - right].copy()


def pad_by(pixels: Rgba, left: int, top: int, right: int, bottom: int) -> Rgba:
    """Add so many transparent pixels on each side.

    Raises:
        PictureSizeError: It becomes too large.
    """
    require_rgba(pixels)
    _check_side(pixels.shape[1] + left + right, pixels.shape[0] + top + bottom)
    return np.pad(pixels, ((top, bottom), (left, right), (0, 0)))


def enlarge_by(pixels: Rgba, factor: int) -> Rgba:
    """Make every pixel a square of `factor` x `factor`.

    Raises:
        PictureSizeError: It becomes too large.
    """
    require_rgba(pixels)
    _check_side(pixels.shape[1] * factor, pixels.shape[0] * factor)
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


def shrink_by(pixels: Rgba, factor: int) -> Rgba:
    """Undo `enlarge_by`.

    Raises:
        PictureSizeError: The picture does not consist of squares of `factor` x `factor` equal pixels.
    """
    require_rgba(pixels)
    height, width = pixels.shape[:2]
    small = pixels[::factor, ::factor]
    if height % factor or width % factor or not np.array_equal(enlarge_by(small, factor), pixels):
        raise PictureSizeError(
            f"the {width} x {height} picture does not consist of squares of {factor} x {factor} equal pixels",
            hint="only what was enlarged by a whole factor can be made smaller without loss; pixelize finds a grid",
        )
    return small.copy()


def _check_side(width: int, height: int) -> None:
    if max(width, height) > SIDE_PX_MAX:
        raise PictureSizeError(
            f"it would become {width} x {height} px, at most {SIDE_PX_MAX} a side are made", hint="grow it by less"
        )
