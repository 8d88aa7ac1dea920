"""Sprites in half blocks: two pixels in a character, nothing smoothed."""

from __future__ import annotations

import io
import os
import pty
import re
import termios

import numpy as np

from pixels_mcp.cli.terminal_pictures import half_blocks, has_size


def test_each_pixel_has_its_color_and_transparent_ones_have_none() -> None:
    pixels = np.zeros((3, 2, 4), dtype=np.uint8)
    pixels[0, 0] = (1, 2, 3, 255)
    pixels[1, 0] = (4, 5, 6, 255)
    pixels[1, 1] = (7, 8, 9, 255)
    pixels[2, 0] = (10, 11, 12, 255)

    lines = half_blocks(pixels).splitlines()

    assert lines == [
        "\x1b[0m\x1b[38;2;1;2;3m\x1b[48;2;4;5;6m▀\x1b[0m\x1b[38;2;7;8;9m▄\x1b[0m",
        "\x1b[0m\x1b[38;2;10;11;12m▀\x1b[0m \x1b[0m",
    ]


def test_a_sprite_is_as_many_columns_wide_as_it_has_pixels() -> None:
    pixels = np.full((32, 24, 4), 255, dtype=np.uint8)
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in half_blocks(pixels).splitlines()]

    assert len(lines) == 16
    assert {len(line) for line in lines} == {24}


def test_a_terminal_without_a_size_is_told_apart_from_one_with() -> None:
    ours, theirs = pty.openpty()
    try:
        with os.fdopen(theirs, "w") as terminal:
            assert not has_size(terminal)
            termios.tcsetwinsize(terminal, (24, 80))
            assert has_size(terminal)
    finally:
        os.close(ours)
    assert not has_size(io.StringIO())
