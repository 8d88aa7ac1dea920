"""Draw a sprite in the terminal: as a picture where the terminal can, else in half blocks."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pixels_mcp.pixelart.pixels import Rgba

_LOWER, _UPPER = "\N{LOWER HALF BLOCK}", "\N{UPPER HALF BLOCK}"
_RESET = "\x1b[0m"
_PICTURE_PX_MAX = 384


def can_draw() -> bool:
    """Whether somebody is looking at a terminal that understands colors."""
    return sys.stdout.isatty() and sys.stderr.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def draw_files(files: Sequence[Path]) -> None:
    """Draw sprites on the terminal, one under the other; more than four are left to a picture viewer."""
    from pixels_mcp.pixelart.pictures import open_picture

    for file in files[:4]:
        draw(open_picture(file))


def draw(pixels: Rgba) -> None:
    """Draw one sprite on stderr, sharply: whole pixels, nothing smoothed.

    Args:
        pixels: (H, W, 4) uint8.
    """
    if not _draw_picture(pixels):
        columns, rows = shutil.get_terminal_size()
        if pixels.shape[1] <= columns and pixels.shape[0] <= 4 * rows:
            sys.stderr.write(half_blocks(pixels))
            sys.stderr.flush()


def has_size(terminal: IO[str]) -> bool:
    """Whether it is a terminal that tells how many columns and rows it has."""
    try:
        return min(os.get_terminal_size(terminal.fileno())) > 0
    except OSError:
        return False


def _draw_picture(pixels: Rgba) -> bool:
    # One that tells no size (as `script` and containers make them) is asked nothing: its cells have no size either.
    if not has_size(sys.stdout):
        return False
    from textual_image import renderable  # asks the terminal, once, what it can show

    if renderable.Image not in (renderable.SixelImage, renderable.TGPImage):
        return False
    from PIL import Image

    from pixels_mcp.cli.output import notes
    from pixels_mcp.pixelart.sheets.preview import enlarge

    factor = max(1, _PICTURE_PX_MAX // max(pixels.shape[:2]))
    notes().print(renderable.Image(Image.fromarray(enlarge(pixels, factor))))
    return True


def half_blocks(pixels: Rgba) -> str:
    """Write a sprite with two pixels in each character, in 24-bit colors; transparent pixels stay the terminal's.

    Args:
        pixels: (H, W, 4) uint8; alpha of 128 and more counts as opaque.
    """
    lines: list[str] = []
    for top in range(0, pixels.shape[0], 2):
        cells = [_cell(pixels[top : top + 2, column].tolist()) for column in range(pixels.shape[1])]
        lines.append("".join(cells) + _RESET)
    return "\n".join(lines) + "\n"


def _cell(pair: list[list[int]]) -> str:
    upper = pair[0] if pair[0][3] >= 128 else None
    lower = pair[1] if len(pair) > 1 and pair[1][3] >= 128 else None
    if upper and lower:
        return f"{_RESET}{_color(38, upper)}{_color(48, lower)}{_UPPER}"
    if upper:
        return f"{_RESET}{_color(38, upper)}{_UPPER}"
    if lower:
        return f"{_RESET}{_color(38, lower)}{_LOWER}"
    return f"{_RESET} "


def _color(ground: int, rgba: list[int]) -> str:
    return f"\x1b[{ground};2;{rgba[0]};{rgba[1]};{rgba[2]}m"
