"""Bring a picture of a pack onto a canvas that the model draws on: 16 or 32 px."""

from __future__ import annotations

import numpy as np

from pixels_mcp.exemplars.ramps import Rgba

CANVASES_PX = (16, 32)
"""Sides of the square pictures that are trained on."""

SMALLEST_SIDE_PX = 9
"""Art whose longer side is shorter was drawn for 8 px cells and would stand lost on a canvas of 16."""

FILLED_SHARE = 0.8
"""Share of its square that a floor, a wall or water covers at least (crystal walls have gaps)."""

MOST_NARROWED = 1.25
"""Art so many times a canvas (cells of 16 px and an outline round them) is brought down to it by whole lines; on the
next canvas it would be a dwarf."""

LARGEST_HALVED_PX = 64
SMALLEST_HALVED_PX = 40


def hard_alpha(pixels: Rgba) -> Rgba:
    """Alpha of 0 or 255, no colour under 0."""
    opaque = pixels[..., 3] > 127
    hard = np.where(opaque[..., None], pixels, 0).astype(np.uint8)
    hard[..., 3] = np.where(opaque, 255, 0)
    return hard


def fit_to_canvas(pixels: Rgba, *, fills: bool, may_halve: bool) -> Rgba | None:
    """Put what a picture shows in the middle of the smallest canvas that holds it.

    Args:
        pixels: (H, W, 4) uint8.
        fills: Whether it is to cover its square (a floor): then it must have a canvas's size and cover it.
        may_halve: Whether art of 40 to 64 px may be drawn at half its size (machines and buildings stay readable,
            faces do not).

    Returns:
        (S, S, 4) uint8 with hard alpha, S one of `CANVASES_PX`, or None where it fits none.
    """
    hard = hard_alpha(pixels)
    if fills:
        fitting = hard.shape[0] == hard.shape[1] and hard.shape[0] in CANVASES_PX
        return hard if fitting and (hard[..., 3] > 0).mean() >= FILLED_SHARE else None
    rows, columns = np.nonzero(hard[..., 3])
    if len(rows) == 0:
        return None
    part = hard[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    longer = max(part.shape[:2])
    if may_halve and SMALLEST_HALVED_PX <= longer <= LARGEST_HALVED_PX:
        part = halved(part)
        longer = max(part.shape[:2])
    below = next((side for side in CANVASES_PX if side < longer <= side * MOST_NARROWED), None)
    if below is not None:
        part = narrowed(part, below)
        longer = below
    side = next((side for side in CANVASES_PX if longer <= side), None)
    if side is None or longer < SMALLEST_SIDE_PX:
        return None
    canvas = np.zeros((side, side, 4), dtype=np.uint8)
    # Standing things keep their feet where most art has them: a spare row is left above, not below.
    top, left = -(-(side - part.shape[0]) // 2), (side - part.shape[1]) // 2
    canvas[top : top + part.shape[0], left : left + part.shape[1]] = part
    return canvas


def narrowed(pixels: Rgba, side_px: int) -> Rgba:
    """Bring a picture down to a side by leaving out the lines that are most like the line after them.

    Every pixel that stays is as it was drawn; outlines stay whole, plain parts get shorter.
    """
    for axis in (0, 1):
        while pixels.shape[axis] > side_px:
            lines = np.moveaxis(pixels, axis, 0).astype(np.float32)
            lines[..., 3] *= 3.0  # what is drawn and what is not differ more than two colors do
            apart = np.abs(lines[1:] - lines[:-1]).sum((1, 2))
            off_middle = np.abs(np.arange(len(apart)) - (len(apart) - 1) / 2)
            pixels = np.delete(pixels, int(np.lexsort((off_middle, apart))[0]), axis)
    return pixels


def halved(pixels: Rgba) -> Rgba:
    """Halve a picture: each block of 2 x 2 px becomes the one of its pixels that is nearest to the block's mean.

    A block of which at least half is clear becomes clear. No colour is made that was not there.
    """
    height, width = (side + side % 2 for side in pixels.shape[:2])
    padded = np.zeros((height, width, 4), dtype=np.uint8)
    padded[: pixels.shape[0], : pixels.shape[1]] = pixels
    blocks = padded.reshape(height // 2, 2, width // 2, 2, 4).swapaxes(1, 2).reshape(height // 2, width // 2, 4, 4)
    opaque = blocks[..., 3] > 0
    weight = opaque[..., None].astype(np.float32)
    mean = (blocks[..., :3] * weight).sum(2) / np.maximum(weight.sum(2), 1.0)
    apart = np.abs(blocks[..., :3] - mean[:, :, None]).sum(-1) + np.where(opaque, 0.0, 1e6)
    chosen = np.take_along_axis(blocks, apart.argmin(2)[..., None, None], axis=2)[:, :, 0]
    chosen[opaque.sum(2) <= 2] = 0
    return chosen
