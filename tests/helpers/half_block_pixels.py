"""The pixels that a terminal shows, read back out of its cells: what was drawn, not what was meant."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

Rgb = tuple[int, int, int]
Pixels = NDArray[np.uint8]

NO_COLOR: Rgb = (1, 2, 3)
"""Where a cell has none of its own."""

GROUND: tuple[Rgb, Rgb] = ((58, 60, 66), (46, 48, 53))
"""The squares that are seen through a sprite, of 4 x 4 half cells."""

_PIECES = re.compile(r"\x1b\[([\d;:]*)m|\x1b[^m\n]*?(?:\x1b\\|\x07)|(.)")


def screen_pixels(captured: str) -> Pixels:
    """What `tmux capture-pane -e` told: two pixels for each cell, (2 * rows, columns, 3)."""
    lines: list[list[tuple[Rgb, Rgb]]] = []
    front = back = NO_COLOR
    for line in captured.splitlines():
        cells: list[tuple[Rgb, Rgb]] = []
        for numbers, sign in _PIECES.findall(line):
            if not sign:
                front, back = _colors([int(number or 0) for number in re.split("[;:]", numbers)], front, back)
            else:
                cells.append((front if sign == "\N{UPPER HALF BLOCK}" else back, back))
        lines.append(cells)
    width = max(map(len, lines))
    pixels = np.zeros((2 * len(lines), width, 3), np.uint8)
    for row, cells in enumerate(lines):
        for column, (upper, lower) in enumerate(cells):
            pixels[2 * row, column], pixels[2 * row + 1, column] = upper, lower
    return pixels


def _colors(numbers: list[int], front: Rgb, back: Rgb) -> tuple[Rgb, Rgb]:
    rest = list(numbers)
    while rest:
        number = rest.pop(0)
        if number in (38, 48) and rest[:1] == [2]:
            rgb = (rest[1], rest[2], rest[3])
            front, back = (rgb, back) if number == 38 else (front, rgb)
            del rest[:4]
        elif number in (0, 39, 49):
            front = front if number == 49 else NO_COLOR
            back = back if number == 39 else NO_COLOR
    return front, back


def on_squares(sprite: Pixels, zoom: int) -> Pixels:
    """A sprite (H, W, 4), each pixel repeated, as it has to look on the squares."""
    large = np.kron(sprite, np.ones((zoom, zoom, 1), np.uint8))
    height, width = large.shape[:2]
    shown = np.zeros((height, width, 3), np.uint8)
    for y in range(height):
        for x in range(width):
            shown[y, x] = large[y, x, :3] if large[y, x, 3] >= 128 else GROUND[(y // 4 + x // 4) % 2]
    return shown


def stands_on(screen: Pixels, wanted: Pixels) -> bool:
    """Whether a picture stands somewhere on the screen, each pixel as it is."""
    height, width = wanted.shape[:2]
    corners = np.argwhere((screen[: len(screen) - height + 1, : screen.shape[1] - width + 1] == wanted[0, 0]).all(-1))
    return any(np.array_equal(screen[y : y + height, x : x + width], wanted) for y, x in corners)
