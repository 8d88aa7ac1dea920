"""Every screen as a person reads it, at both sizes and without colors, as golden texts that a reviewer can read.

`PIXELS_UPDATE_SNAPSHOTS=1 pytest tests/tui/test_every_screen.py` writes them anew.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from helpers.screens import (
    AT_EVERY_SIZE,
    check_golden,
    fill_library,
    play,
    set_terminal,
    settled,
    staged,
    text_of,
    until,
)
from helpers.toolchains import REPOSITORY
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.tui.app import PixelsApp

GOLDEN = REPOSITORY / "tests" / "golden" / "screens"
SCREENS = {1: "draw", 2: "gallery", 3: "compare", 4: "models", 5: "queue", 6: "monitor", 7: "settings", 8: "help"}
LOG = "2026-11-26 12:22:47 10176 worker INFO service: ready\n2026-11-26 12:22:48 10176 worker WARNING disk: full\n"
METERS = ("GPU", "CPU", "Sprites", "Steps", "Worker")


def calm(lines: list[str], home: Path) -> str:
    """A screen without what differs from run to run: the home's name, meters, times, versions."""
    shown: list[str] = []
    for line in lines:
        text = line.replace(str(home), "~").replace(str(REPOSITORY), "REPOSITORY")
        text = re.sub(r"sha256 {8}.*", "sha256", text)
        meter = re.match(rf"│ ({'|'.join(METERS)}) ", text)
        if meter:
            text = f"│ {meter[1]}  (metered)"
        if re.search(r" (o|!|x) (pixels-mcp|drawing|driver|memory|disk|sockets|worker|locks|game) ", text):
            text = f"{text[:16]} (looked at)"
        shown.append(text.rstrip(" │▁▂▃▄▅▆▇█"))
    return "\n".join(shown) + "\n"


def is_ready(mode: str, app: PixelsApp) -> bool:
    """Whether what is read in the background stands on the screen."""
    text = "\n".join(text_of(app))
    is_wide = app.size.width >= 100
    return {
        "draw": "▀" in text,
        "gallery": text.count("▀") > 100 and ("seed" in text or not is_wide),
        "compare": "nothing was compared" in text,
        "models": "o loaded" in text,
        "queue": ("Parts of" if is_wide else "Ended") in text,
        "monitor": "mem " in text and "INFO" in text,
        "settings": "default_model" in text,
        "help": "job store" in text,
    }[mode]


def is_at_rest(app: PixelsApp) -> bool:
    """Whether the worker told that nothing is drawn any more and what it has loaded for it."""
    board = app.session.board
    is_empty = board.queue is not None and not board.queue.jobs and not board.progress
    has_ended = bool(board.jobs) and all(job.state in ENDED for job in board.jobs.values())
    return is_empty and has_ended and board.health is not None and bool(board.health.loaded_models)


async def walk(pilot: Pilot[None], app: PixelsApp, home: Path) -> dict[str, str]:
    """Draw a sprite, then look at every screen."""
    seen: dict[str, str] = {}
    await until(pilot, lambda: "waiting" in text_of(app)[0], "the worker is there")
    app.screen.query_one("#prompt", Input).value = "a [red] knight"
    app.screen.query_one("#word-seed", Input).value = "7"
    await pilot.press("enter")
    await until(pilot, lambda: any("seed 7" in line for line in text_of(app)), "the sprite is done")
    await until(pilot, lambda: is_at_rest(app), "the worker told that it is")
    for number, mode in SCREENS.items():
        await pilot.press(f"f{number}")
        title = "[8 ?]" if number == 8 and app.size.width < 100 else f"[{number} "
        await until(pilot, lambda title=title, mode=mode: title in text_of(app)[0] and is_ready(mode, app), mode)
        await settled(pilot, app)
        seen[mode] = calm(text_of(app), home)
    return seen


@AT_EVERY_SIZE
def test_every_screen_is_what_it_was(
    home: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], has_colors: bool
) -> None:
    set_terminal(monkeypatch, has_colors=has_colors)
    fill_library()
    (home / "state").mkdir()
    (home / "state" / "pixels-mcp.log").write_text(LOG)
    seen: dict[str, str] = {}

    async def story(pilot: Pilot[None]) -> None:
        seen.update(await walk(pilot, app, home))

    with staged(home) as app:
        play(app, story, size)

    for mode, text in seen.items():
        check_golden(GOLDEN / f"{mode}_{size[0]}x{size[1]}.txt", text)
