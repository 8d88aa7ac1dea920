"""A person at a real terminal, with the real worker and mini: draw, cancel, retry, rate, tag, delete, undo, compare,
deploy, change a setting, quit, and find everything again."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from helpers.bevy_games import make_game, speaking
from helpers.commands import PIXELS, end_worker
from helpers.tmux_terminal import TmuxTerminal, tmux_terminal
from helpers.toolchains import need_program
from pixels_mcp.comparisons.comparison_store import ComparisonStore
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings

PROMPT = "16-bit queen's knight?"


def open_screens(terminal: TmuxTerminal, home: Path) -> None:
    """Start `pixels-mcp tui` and wait until the worker is there."""
    environment = {"PIXELS_HOME": str(home), "COLORTERM": "truecolor", "LANG": "C.UTF-8", "PATH": os.environ["PATH"]}
    environment["PYTHONPATH"] = os.environ.get("PYTHONPATH", "")
    terminal.start([*PIXELS, "tui"], environment)
    terminal.wait_for("[1 Draw]", "o cpu", seconds=180)


def ask(terminal: TmuxTerminal, prompt: str) -> None:
    """Put another prompt into the form, and draw."""
    terminal.press("F1")
    terminal.wait_for("[1 Draw]")
    terminal.press("C-u")
    terminal.type(prompt)
    terminal.press("Enter")


@pytest.mark.timeout(900)
def test_a_person_draws_sorts_compares_and_deploys_and_finds_all_of_it_again(home: Path, tmp_path: Path) -> None:
    need_program("tmux", "apt-get install tmux")
    game = make_game(tmp_path / "game")
    library, paths = Library(find_paths().library), find_paths()
    try:
        with tmux_terminal() as terminal, speaking(game, "sprites/hero.png"):
            open_screens(terminal, home)

            terminal.type(PROMPT)
            terminal.press("Enter")
            terminal.wait_for("1/1 done", "16-bit-queen-s-knight-0001.1", "▀")

            terminal.press("F1", "C-n")
            terminal.wait_for("a prompt a line")
            for number in range(20):
                terminal.type(f"a green dragon number {number}")
                terminal.press("Enter")
            terminal.press("C-s")
            terminal.wait_for("0/20 done")
            ask(terminal, "an iron shield")
            terminal.press("F5")
            shown = terminal.wait_for("Running", "Waiting", "an-iron-shield")
            assert shown.index("Running") < shown.index("0002 batch") < shown.index("an-iron-shield")
            terminal.press("j", "x")
            terminal.wait_for("cancelled")
            terminal.press("R")
            terminal.wait_for("draws it again")
            terminal.press("g", "x")
            terminal.wait_for("0002 batch", "is stopped")

            terminal.press("F2")
            terminal.wait_for("[2 Gallery]", " of ")
            terminal.press("/")
            terminal.type("queen")
            terminal.press("Enter")
            terminal.wait_for("1 of", PROMPT)
            terminal.press("*", "4")
            terminal.wait_for("****.")
            terminal.press("t")
            terminal.wait_for("Tags of")
            terminal.type("boss")
            terminal.press("Enter")
            terminal.wait_for("****.  boss")
            terminal.press("Enter")
            terminal.wait_for(f"prompt: {PROMPT}", "32x32 at")
            terminal.press("Escape", "x")
            terminal.wait_for("no sprite has all of these words")
            terminal.press("u")
            terminal.wait_for("1 of", "****.  boss")

            terminal.press("d")
            terminal.wait_for("Deploy 16-bit")
            terminal.type(str(game))
            terminal.press("Tab")
            terminal.type("hero")
            terminal.press("C-s")
            terminal.wait_for("the game shows it")
            terminal.press("Escape")

            terminal.press("F3", "n")
            terminal.wait_for("A new comparison")
            terminal.type("a ruby potion")
            terminal.press("C-s")
            terminal.wait_for("round 1 of 3", "which is best?", seconds=180)
            terminal.press("a")
            terminal.wait_for("votes of the person: 1, 2 open")

            terminal.press("F7")
            terminal.wait_for("[7 Settings]", "> default_model")
            while "> rows_max" not in terminal.read():
                terminal.press("j")
            terminal.press("Enter")
            terminal.wait_for("rows_max", "at most")
            terminal.press("C-u")
            terminal.type("5")
            terminal.press("Enter")
            terminal.wait_for("rows_max", "file")
            terminal.press("q")
            terminal.wait_for("ended with 0")
            terminal.stop()

            open_screens(terminal, home)
            terminal.press("F2")
            terminal.wait_for("[2 Gallery]", "prompt:")
            terminal.press("/")
            terminal.type("rating>=4 tag:boss")
            terminal.press("Enter")
            terminal.wait_for("1 of", "****.  boss")
            terminal.press("F3")
            terminal.wait_for("votes of the person: 1, 2 open")
            assert load_settings(paths).rows_max == 5
            assert (game / "assets" / "sprites" / "hero.png").exists()

            # The worker dies while it draws: the job is drawn by the next one.
            ask(terminal, "a lost lamp")
            deadline_s = time.monotonic() + 60
            while "lost-lamp" not in terminal.read() and time.monotonic() < deadline_s:
                time.sleep(0.05)
            end_worker(kill=True)
            terminal.wait_for("1/1 done  a lost lamp", seconds=180)
            terminal.press("Escape", "q")
            terminal.wait_for("ended with 0")
    finally:
        end_worker()

    kept = library.search("queen")
    assert [(entry.rating, entry.tags) for entry in kept] == [(4, ("boss",))]
    assert [len(one.votes) for one in ComparisonStore(paths.comparisons).latest()] == [1]
    assert len(library.search("lost lamp")) == 1
