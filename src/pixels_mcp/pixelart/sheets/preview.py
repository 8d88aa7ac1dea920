"""Pictures to look at: an enlarged sprite, and a sheet of several on a checkerboard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from pixels_mcp.errors import PictureSizeError
from pixels_mcp.pixelart.pixels import Rgba, require_rgba
from pixels_mcp.png import encode_png

_CHECKER = np.array([[60, 60, 66], [76, 76, 84]], dtype=np.uint8)


def enlarge(pixels: Rgba, factor: int) -> Rgba:
    """Repeat every pixel `factor` times in both directions."""
    require_rgba(pixels)
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


def preview_png(pixels: Rgba, *, min_px: int = 256, max_px: int = 512, max_bytes: int = 100_000) -> bytes:
    """A PNG for somebody to look at: whole pixels enlarged by a whole number.

    The longer side gets to between `min_px` and `max_px` where a whole factor allows; a larger picture is thinned
    by a whole number (every n-th pixel).

    Args:
        pixels: (H, W, 4) uint8.
        min_px: Wished length of the longer side, at least.
        max_px: Length of the longer side, at most.
        max_bytes: The file is at most so long; the factor is lowered until it is.

    Raises:
        PictureSizeError: Not even one pixel in the smallest size fits into `max_bytes`.
    """
    require_rgba(pixels)
    longest = max(pixels.shape[:2])
    thin = -(-longest // max_px)
    shown = pixels[::thin, ::thin]
    longest = max(shown.shape[:2])
    factor = min(-(-min_px // longest), max_px // longest)
    while max(shown.shape[:2]) >= 1:
        encoded = encode_png(enlarge(shown, factor))
        if len(encoded) <= max_bytes:
            return encoded
        if factor > 1:
            factor -= 1
        elif min(shown.shape[:2]) > 1:
            shown = shown[::2, ::2]
        else:
            break
    raise PictureSizeError(f"a preview in {max_bytes} bytes is not possible", hint="allow more bytes")


def on_checkerboard(pixels: Rgba, square_px: int = 8) -> Rgba:
    """Lay a picture over a dark checkerboard, so that what is transparent can be seen."""
    height_px, width_px = pixels.shape[:2]
    rows = np.arange(int(height_px)) // square_px
    columns = np.arange(int(width_px)) // square_px
    board = _CHECKER[(rows[:, None] + columns[None]) % 2].astype(np.float32)
    alpha = pixels[..., 3:].astype(np.float32) / 255
    rgb = np.rint(pixels[..., :3] * alpha + board * (1 - alpha)).astype(np.uint8)
    return np.dstack([rgb, np.full((height_px, width_px), 255, dtype=np.uint8)])


def contact_sheet(
    pictures: Sequence[Rgba],
    labels: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    cell_px: int = 128,
    label_px: int = 0,
    gap_px: int = 8,
) -> Rgba:
    """Show several pictures beside each other on a checkerboard, each enlarged by a whole number.

    Args:
        pictures: (H, W, 4) uint8 each, at least one.
        labels: A line of text under each picture, cut to its cell.
        columns: Pictures in a row; by default as square as it gets.
        cell_px: Each picture is enlarged to at most this (and never made smaller).
        label_px: A cell is at least so wide, for its label.
        gap_px: Space around each.

    Returns:
        (H, W, 4) uint8, opaque.

    Raises:
        PictureSizeError: No picture was given.
    """
    if not pictures:
        raise PictureSizeError("a contact sheet needs at least one picture", hint="give some")
    shown = [enlarge(one, max(1, cell_px // max(one.shape[:2]))) for one in pictures]
    columns = columns or int(np.ceil(np.sqrt(len(shown))))
    rows = -(-len(shown) // columns)
    cell_width = max(label_px, *(one.shape[1] for one in shown))
    cell_height = max(one.shape[0] for one in shown)
    line_px = 14 if labels else 0
    step_x, step_y = cell_width + gap_px, cell_height + gap_px + line_px
    sheet = Image.new("RGBA", (columns * step_x + gap_px, rows * step_y + gap_px), (32, 32, 36, 255))
    draw = ImageDraw.Draw(sheet)
    for index, one in enumerate(shown):
        x, y = gap_px + index % columns * step_x, gap_px + index // columns * step_y
        left, top = x + (cell_width - one.shape[1]) // 2, y + (cell_height - one.shape[0]) // 2
        sheet.paste(Image.fromarray(on_checkerboard(one)), (left, top))
        if labels and index < len(labels):
            text = labels[index]
            while text and draw.textlength(text) > cell_width:
                text = text[:-1]
            draw.text((x, y + cell_height + 1), text, fill=(220, 220, 220, 255))
    return np.array(sheet)
