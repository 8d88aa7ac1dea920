"""What the screens are not started in, and how many colors they take."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from helpers.commands import PIXELS, pixels
from helpers.waiting import PATIENCE_S
from pixels_mcp.errors import TerminalError
from pixels_mcp.tui.terminal_check import choose_colors, put_colors, require_terminal

GOOD = {"TERM": "xterm-256color"}


@pytest.mark.parametrize("term", ["dumb", "", "unknown"])
def test_a_terminal_that_can_do_nothing_is_refused(term: str) -> None:
    with pytest.raises(TerminalError, match="TERM is") as caught:
        require_terminal({"TERM": term}, is_terminal=True, encoding="utf-8")
    assert caught.value.steps


def test_no_terminal_and_no_utf_8_are_refused_by_name() -> None:
    with pytest.raises(TerminalError, match="need a terminal"):
        require_terminal(GOOD, is_terminal=False, encoding="utf-8")
    with pytest.raises(TerminalError, match="encoding is latin-1") as caught:
        require_terminal(GOOD, is_terminal=True, encoding="latin-1")
    assert "UTF-8" in str(caught.value)
    require_terminal(GOOD, is_terminal=True, encoding="UTF-8")


@pytest.mark.parametrize(
    ("wish", "environment", "answered", "colors", "is_told"),
    [
        ("auto", {"COLORTERM": "truecolor"}, False, "truecolor", False),
        ("auto", {}, True, "truecolor", False),
        ("auto", {}, False, "256", True),
        ("auto", {"NO_COLOR": "1", "COLORTERM": "truecolor"}, False, "none", False),
        ("truecolor", {"NO_COLOR": "1"}, False, "truecolor", False),
        ("none", {}, True, "none", False),
    ],
)
def test_colors_are_what_is_wished_else_what_the_terminal_tells(
    wish: str, environment: dict[str, str], answered: bool, colors: str, is_told: bool
) -> None:
    chosen, told = choose_colors(wish, environment, shows_24_bit=answered)  # type: ignore[arg-type]  # words of a test

    assert (chosen, bool(told)) == (colors, is_told)


def test_the_library_that_draws_hears_of_it() -> None:
    environment: dict[str, str] = {}

    put_colors("none", environment)

    assert environment == {"NO_COLOR": "1", "TEXTUAL_COLOR_SYSTEM": "256"}


def test_without_a_terminal_the_command_ends_with_2_and_says_what_else_there_is(home: Path) -> None:
    done = pixels("tui")

    assert done.returncode == 2
    assert "error: the screens need a terminal" in done.stderr
    assert "pixels-mcp generate" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_dumb_terminal_is_refused_by_the_command(home: Path) -> None:
    end, other = pty.openpty()
    try:
        process = subprocess.Popen(
            [*PIXELS, "tui"], stdin=other, stdout=other, stderr=other, env={**os.environ, "TERM": "dumb"}
        )
        assert process.wait(PATIENCE_S) == 2
        told = os.read(end, 4_096).decode()
    finally:
        os.close(end)
        os.close(other)
    assert "TERM is dumb" in told
