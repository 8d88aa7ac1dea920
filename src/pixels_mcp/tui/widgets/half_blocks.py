"""Pixels to terminal cells: two pixels in each cell, whole zoom factors alone. Pure functions, no widget.

A sprite of 32 x 32 pixels is 32 x 16 cells, exact to the pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from pixels_mcp.pixelart.pixels import OPAQUE_FROM, Rgba

UPPER_HALF = "\N{UPPER HALF BLOCK}"

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Backdrop:
    """What is seen through transparent pixels: squares of two colors; the same color twice is a plain ground."""

    light: Rgb
    dark: Rgb
    square_px: int = 4

    @classmethod
    def plain(cls, rgb: Rgb) -> Backdrop:
        """One color."""
        return cls(rgb, rgb)


SQUARES = Backdrop((58, 60, 66), (46, 48, 53))
BLACK, WHITE = Backdrop.plain((0, 0, 0)), Backdrop.plain((255, 255, 255))


def zoom_that_fits(width_px: int, height_px: int, columns: int, rows: int) -> int:
    """How often each pixel can be repeated in so many cells; where not even once, minus the stride that fits.

    Returns:
        1 and more, or -2 and less: every second pixel, every third, ...
    """
    columns, rows = max(1, columns), max(1, rows)
    zoom = min(columns // width_px, 2 * rows // height_px)
    return zoom if zoom >= 1 else -max(-(-width_px // columns), -(-height_px // (2 * rows)), 2)


def zoomed(pixels: Rgba, zoom: int) -> Rgba:
    """Repeat every pixel, or for a negative `zoom` take every n-th: nothing is ever blended."""
    if zoom < 0:
        return pixels[::-zoom, ::-zoom]
    return pixels.repeat(zoom, axis=0).repeat(zoom, axis=1) if zoom > 1 else pixels


def shrunk(pixels: Rgba, factor: int) -> Rgba:
    """The mean of every `factor` x `factor` pixels, weighted by alpha, for thumbnails: (H, W, 4) uint8."""
    if factor <= 1:
        return pixels
    height, width = (-(-side // factor) * factor for side in pixels.shape[:2])
    padded = np.zeros((height, width, 4), np.float64)
    padded[: pixels.shape[0], : pixels.shape[1]] = pixels
    blocks = padded.reshape(height // factor, factor, width // factor, factor, 4)
    weight = blocks[..., 3:].sum(axis=(1, 3))
    rgb = (blocks[..., :3] * blocks[..., 3:]).sum(axis=(1, 3)) / np.maximum(weight, 1)
    return np.dstack([np.rint(rgb), np.rint(weight / factor**2)]).astype(np.uint8)


def laid_on(pixels: Rgba, backdrop: Backdrop) -> NDArray[np.uint8]:
    """What is seen of a picture on a ground: (H, W, 3) uint8, H even."""
    height, width = pixels.shape[:2]
    padded = np.zeros((height + height % 2, width, 4), np.uint8)
    padded[:height] = pixels
    rows, columns = np.indices(padded.shape[:2]) // backdrop.square_px
    is_dark = ((rows + columns) % 2 == 1)[..., None]
    behind = np.where(is_dark, np.array(backdrop.dark, np.uint8), np.array(backdrop.light, np.uint8))
    return np.where(padded[..., 3:] >= OPAQUE_FROM, padded[..., :3], behind)


def to_strips(pixels: Rgba, *, zoom: int = 1, backdrop: Backdrop = SQUARES) -> list[Strip]:
    """Draw a picture: one strip for each two rows of pixels, equal neighbours joined in one segment.

    Args:
        pixels: (H, W, 4) uint8, straight alpha.
        zoom: As `zoom_that_fits` gives it.
        backdrop: What is seen through it.
    """
    rgb = laid_on(zoomed(pixels, zoom), backdrop).astype(np.uint32)
    packed = rgb[..., 0] << 16 | rgb[..., 1] << 8 | rgb[..., 2]
    width = packed.shape[1]
    strips: list[Strip] = []
    for above, below in zip(packed[0::2], packed[1::2], strict=True):
        is_new = np.ones(width, bool)
        is_new[1:] = (above[1:] != above[:-1]) | (below[1:] != below[:-1])
        starts = np.flatnonzero(is_new)
        lengths = np.diff(starts, append=width).tolist()
        runs = zip(above[starts].tolist(), below[starts].tolist(), lengths, strict=True)
        strips.append(Strip([_segment(upper, lower, cells) for upper, lower, cells in runs], width))
    return strips


def centered(strip: Strip, columns: int, blank: Style) -> Strip:
    """Put a strip in the middle of a line of `columns` cells."""
    left = max(0, (columns - strip.cell_length) // 2)
    return Strip([Segment(" " * left, blank), *strip]).adjust_cell_length(columns, blank)


@lru_cache(maxsize=1 << 15)
def _segment(above: int, below: int, cells: int) -> Segment:
    if above == below:
        return Segment(" " * cells, Style.from_color(None, _color(below)))
    return Segment(UPPER_HALF * cells, Style.from_color(_color(above), _color(below)))


@lru_cache(maxsize=1 << 12)
def _color(rgb: int) -> Color:
    return Color.from_rgb(rgb >> 16, rgb >> 8 & 255, rgb & 255)
