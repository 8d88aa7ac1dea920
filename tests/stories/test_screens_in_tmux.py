"""A person at a real terminal, with the real worker and mini: draw, cancel, retry, rate, tag, delete, undo, compare,
deploy, change a setting, quit, and find everything again."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import numpy as np
import pytest

from helpers.bevy_games import make_game, speaking
from helpers.commands import PIXELS, end_worker
from helpers.half_block_pixels import Pixels, on_squares, screen_pixels, stands_on
from helpers.tmux_terminal import TmuxTerminal, tmux_terminal
from helpers.toolchains import need_program
from helpers.waiting import PATIENCE_S
from pixels_mcp.comparisons.comparison_store import ComparisonStore
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.paths import find_paths
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.settings import load_settings, write_setting

PROMPT = "16-bit queen's knight?"
FRAMES = 4
JOBS = 8


def open_screens(terminal: TmuxTerminal, home: Path) -> None:
    """Start `pixels-mcp tui` and wait until the worker is there."""
    environment = {"PIXELS_HOME": str(home), "COLORTERM": "truecolor", "LANG": "C.UTF-8", "PATH": os.environ["PATH"]}
    environment["PYTHONPATH"] = os.environ.get("PYTHONPATH", "")
    terminal.start([*PIXELS, "tui"], environment)
    terminal.wait_for("[1 Draw]", "o cpu", seconds=180)


def add_walker(library: Library) -> list[Pixels]:
    """An animation of 24 x 24 pixels, each of a color of its own or none; gives its frames."""
    rng = np.random.default_rng(15)
    sheet = rng.integers(0, 256, (24, FRAMES * 24, 4), np.uint8)
    sheet[..., 3] = rng.choice([0, 255], sheet.shape[:2])
    clip = {"frames": list(range(FRAMES)), "ms": [120] * FRAMES, "play": "Loop"}
    facts = {"frame_px": [24, 24], "clips": {"walk": clip}, "pivot": [0.5, 1.0], "colors": 99}
    new = NewEntry(seed=7, prompt="a walker", model="mini", facts=facts, entry_kind="animation")
    recipe = Recipe(request={"prompt": "a walker"}, plan={"seed": 7}, model_sha256="a" * 64)
    library.add("walker-9000.1", sheet, recipe, new)
    return [sheet[:, 24 * number : 24 * number + 24] for number in range(FRAMES)]


def shown_sprite(terminal: TmuxTerminal, sprite: Pixels) -> bool:
    """Whether each pixel of a sprite stands in the cells of the terminal, at the zoom that it tells."""
    zoom = re.search(r"\d+x\d+ at (\d+)x", terminal.read())
    return zoom is not None and stands_on(screen_pixels(terminal.read_colors()), on_squares(sprite, int(zoom[1])))


def wait_for_sprite(terminal: TmuxTerminal, sprite: Pixels) -> None:
    """Wait until it stands there, exact to the pixel."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not shown_sprite(terminal, sprite):
        assert time.monotonic() < deadline_s, "its pixels do not stand on the screen"


def look_at_walker(terminal: TmuxTerminal, frames: list[Pixels]) -> None:
    """Large: as it moves, standing, and a step further."""
    deadline_s, seen = time.monotonic() + PATIENCE_S, set[int]()
    while len(seen) < 2 and time.monotonic() < deadline_s:
        seen |= {number for number, frame in enumerate(frames) if shown_sprite(terminal, frame)}
    assert len(seen) > 1, "two frames are seen while it moves, exact to the pixel"
    terminal.press("Space")
    before = -1
    while (at := int(re.findall(r"frame (\d) of", terminal.read())[0]) - 1) != before:
        before = at
        time.sleep(0.3)
    wait_for_sprite(terminal, frames[at])
    terminal.press(".")
    terminal.wait_for(f"frame {(at + 1) % FRAMES + 1} of {FRAMES}")
    wait_for_sprite(terminal, frames[(at + 1) % FRAMES])
    assert not shown_sprite(terminal, frames[at])


def go_down_to(terminal: TmuxTerminal, name: str) -> None:
    """Move the cursor of a list down, each step seen before the next."""
    deadline_s = time.monotonic() + PATIENCE_S
    cursor = ""
    while not cursor.startswith(f"> {name}"):
        assert time.monotonic() < deadline_s, f"{name} is not there"
        shown = re.findall(r"^> .*", terminal.read(), re.MULTILINE)
        if shown and shown[0] != cursor:
            cursor = shown[0]
            if not cursor.startswith(f"> {name}"):
                terminal.press("j")


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
    write_setting(paths, "rows_max", "2")  # small batches end soon where they are cancelled
    write_setting(paths, "dtype", "fp32")  # no need to measure which is faster here
    try:
        with tmux_terminal() as terminal, speaking(game, "sprites/hero.png"):
            open_screens(terminal, home)

            terminal.type(PROMPT)
            terminal.press("Enter")
            terminal.wait_for("1/1 done", "16-bit-queen-s-knight-0001.1", "▀")

            terminal.press("F1", "C-n")
            terminal.wait_for("a prompt a line")
            for number in range(JOBS):
                terminal.type(f"a green dragon number {number}")
                terminal.press("Enter")
            terminal.press("C-s")
            terminal.wait_for(f"0/{JOBS} done")
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
            terminal.wait_for(f"prompt: {PROMPT}", "16x16 at", "next frame")
            (drawn,) = library.search("queen")
            wait_for_sprite(terminal, open_picture(Path(drawn.path)))
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

            frames = add_walker(library)
            terminal.press("Escape", "/", "C-u")
            terminal.type("walker")
            terminal.press("Enter")
            terminal.wait_for("1 of", "prompt: a walker")
            terminal.press("Enter")
            terminal.wait_for("clip walk", f"of {FRAMES}")
            look_at_walker(terminal, frames)
            terminal.press("Escape")

            terminal.press("F3", "n")
            terminal.wait_for("A new comparison")
            terminal.type("a ruby potion")
            terminal.press("Tab", "C-u", "2", "C-s")
            terminal.wait_for("round 1 of 2", "which is best?", seconds=180)
            terminal.press("a")
            terminal.wait_for("votes of the person: 1, 1 open")

            terminal.press("F7")
            terminal.wait_for("[7 Settings]", "> default_model")
            go_down_to(terminal, "rows_max")
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
            terminal.wait_for("votes of the person: 1, 1 open")
            assert load_settings(paths).rows_max == 5
            assert (game / "assets" / "sprites" / "hero.png").exists()

            # The worker dies while it draws: the job is drawn by the next one.
            ask(terminal, "a lost lamp")
            deadline_s = time.monotonic() + PATIENCE_S
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
