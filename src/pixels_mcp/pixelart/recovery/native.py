"""Telling native pixel art, and exact enlargements of it, from pictures that need recovering."""

from __future__ import annotations

import numpy as np
from PIL import Image

from pixels_mcp.pixelart.colors.color import float_oklab
from pixels_mcp.pixelart.pixels import OPAQUE_FROM, Rgba, bands
from pixels_mcp.pixelart.quality import is_on_grid

MOST_COLORS = 1024
"""Native pixel art has at most so many colours; noise and compression make thousands."""

PLAIN_COLORS = 256
"""A picture with at most so many colours, no soft alpha and no grid is taken for pixel art."""

_FEWEST_CELLS, _FEWEST_LARGE_CELLS, _LARGE_BLOCK_PX = 8, 3, 16
"""Cells a side that an enlargement has at least, also by how much; small blocks may be how a thing was drawn."""

_LEAST_DETAIL, _FEW_DETAILS = 0.05, 0.1
"""Share of one-pixel details among all changes from which a picture is drawn pixel by pixel, and surely so."""

_VISIBLE_STEP, _STRONG_STEP = 24, 200
"""Differences of lightness (of 2,040) that count, and that an outline makes."""

PLAIN_MOST_PX, _LARGE_PLAIN_DETAIL = 128, 0.01
"""Side up to which few flat colours are enough, and the share of one-pixel details that larger pictures need."""

CLEANED_MOST_COLORS = 48
"""Colours that a small picture of thousands is brought to."""

_SMALL_PX, _SOFT_SHARE = (48, 256), 0.02
_CUT_OUT_SHARE, _LEAST_STRONG_STEPS, _LITTLE_HARM = 0.1, 0.6, 0.008
"""Measured: of drawings 0.65 to 0.9 of the change is in strong steps, or 48 colours change them by 0.003 to 0.007
(OKLab); of photographs 0.35 to 0.6 and 0.015 to 0.02."""


def exact_block_px(pixels: Rgba) -> int:
    """The largest whole enlargement that the picture is to the bit, or 1.

    Args:
        pixels: (H, W, 4) uint8; colour under alpha 0 counts as well.

    Returns:
        1 for a plain picture, and where too few cells would be left.
    """
    height_px, width_px = pixels.shape[:2]
    packed = _packed(pixels)
    if (packed == packed[0, 0]).all():
        return 1
    shared = int(np.gcd(height_px, width_px))
    for block_px in range(min(height_px, width_px) // _FEWEST_LARGE_CELLS, 1, -1):
        if block_px < _LARGE_BLOCK_PX and min(height_px, width_px) < block_px * _FEWEST_CELLS:
            continue
        if shared % block_px == 0 and _rows_repeat(packed, block_px) and is_on_grid(pixels, block_px):
            return block_px
    return 1


def _rows_repeat(packed: np.ndarray, block_px: int) -> bool:
    """Whether a few rows have runs of this length: a quick look before every pixel is compared."""
    few = packed[:: max(1, len(packed) // 8)]
    runs = few.reshape(len(few), -1, block_px)
    return bool((runs == runs[..., :1]).all())


def looks_native(pixels: Rgba) -> bool:
    """Whether a picture is pixel art at its own size: few colours, and details that are one pixel wide.

    A detail is a pixel that is lighter or darker than both of its neighbours in the row (and in the column). An
    enlarged picture has none of them, also when it is smoothed; a native one is full of them.

    Args:
        pixels: (H, W, 4) uint8.
    """
    if min(pixels.shape[:2]) < 3 or not _few_colors(_packed(pixels), MOST_COLORS):
        return False
    return _least_detail_share(pixels) >= _LEAST_DETAIL


def is_barely_native(pixels: Rgba) -> bool:
    """Whether a large picture that looks native has so few details that ringing of compression may have made them."""
    return max(pixels.shape[:2]) > PLAIN_MOST_PX and _least_detail_share(pixels) < _FEW_DETAILS


def is_plain(pixels: Rgba) -> bool:
    """Whether a picture without a grid has so few flat colours that it can only be drawn pixel by pixel.

    A large one without any detail of one pixel is a smoothed or a vector drawing instead.
    """
    if len(np.unique(pixels[..., 3])) > 2 or not _few_colors(_packed(pixels), PLAIN_COLORS):
        return False
    return max(pixels.shape[:2]) <= PLAIN_MOST_PX or _least_detail_share(pixels) >= _LARGE_PLAIN_DETAIL


def has_soft_rim(pixels: Rgba) -> bool:
    """Whether a picture of more colours than a palette holds fades out at its rim, as smooth reduction leaves it."""
    alpha = pixels[..., 3]
    soft = int(((alpha > 0) & (alpha < 255)).sum())
    return soft >= _SOFT_SHARE * int((alpha > 0).sum()) > 0 and not _few_colors(_packed(pixels), PLAIN_COLORS)


def is_small_drawing(pixels: Rgba) -> bool:
    """Whether a picture without a grid is pixel art that something reduced smoothly: its size is right, its colours
    and its alpha are not.

    It is as small as sprites are and full of details of one pixel. Small photographs are, too; but a drawing
    either comes down to a small palette without much harm, or stands cut out on nothing and changes by strong steps.

    Args:
        pixels: (H, W, 4) uint8.
    """
    longest_px = max(pixels.shape[:2])
    if not _SMALL_PX[0] <= longest_px <= _SMALL_PX[1] or _least_detail_share(pixels) < _LEAST_DETAIL:
        return False
    solid = pixels[..., 3] >= OPAQUE_FROM
    if not solid.any():
        return False
    if 1 - solid.mean() >= _CUT_OUT_SHARE and _strong_step_share(pixels, solid) >= _LEAST_STRONG_STEPS:
        return True
    colors = pixels[solid][None, :, :3]
    few = np.asarray(Image.fromarray(colors).quantize(CLEANED_MOST_COLORS, kmeans=2).convert("RGB"))
    harm = np.linalg.norm(float_oklab(few.astype(float)) - float_oklab(colors.astype(float)), axis=-1)
    return float(harm.mean()) <= _LITTLE_HARM


def _strong_step_share(pixels: Rgba, solid: np.ndarray) -> float:
    """Which share of all change between neighbours is in steps that an outline would make."""
    step = np.abs(np.diff(_lightness(pixels), axis=1))[solid[:, 1:] & solid[:, :-1]]
    return float(step[step > _STRONG_STEP].sum() / max(step.sum(), 1))


def _packed(pixels: Rgba) -> np.ndarray:
    return np.ascontiguousarray(pixels).view(np.uint32)[..., 0]


def _few_colors(packed: np.ndarray, most: int) -> bool:
    # A sample shows most pictures with too many colours without sorting a million pixels.
    return len(np.unique(packed[::7, ::7])) <= most and len(np.unique(packed)) <= most


def _least_detail_share(pixels: Rgba) -> float:
    """Of both axes the smaller share of one-pixel details."""
    if min(pixels.shape[:2]) < 3:
        return 0.0
    light = _lightness(pixels)
    return min(_detail_share(light), _detail_share(light.T))


def _lightness(pixels: Rgba) -> np.ndarray:
    """(H, W) int16, 0 to 2,550: how light a pixel is, and that it is there at all."""
    light = np.empty(pixels.shape[:2], dtype=np.int16)
    for lines in bands(len(light)):
        red, green, blue, opacity = (pixels[lines, :, channel].astype(np.int32) for channel in range(4))
        light[lines] = (2 * red + 5 * green + blue) * opacity // 255 + 2 * opacity
    return light


def _detail_share(light: np.ndarray) -> float:
    """Share of one-pixel ridges and valleys along rows, among all changes."""
    turns = changes = 0
    for lines in bands(len(light)):
        step = np.diff(light[lines], axis=1)
        clear = np.abs(step) > _VISIBLE_STEP
        rises = step > 0
        turns += int(np.count_nonzero(clear[:, 1:] & clear[:, :-1] & (rises[:, 1:] != rises[:, :-1])))
        changes += int(np.count_nonzero(step))
    return turns / changes if changes else 0.0
