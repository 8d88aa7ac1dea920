"""At 80 x 24: a batch says how long it takes, its parts open over the list, and the log has a page of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import TextArea

from helpers.screens import NARROW, play, staged, text_of, until
from pixels_mcp.paths import find_paths
from pixels_mcp.tui.app import PixelsApp
from pixels_mcp.tui.dialogs.batch_dialog import BatchDialog
from pixels_mcp.tui.screens.monitor_screen import MonitorScreen
from pixels_mcp.tui.screens.queue_screen import QueueScreen

LINES = 3_000


def test_a_batch_tells_its_time_its_parts_lie_over_the_list_and_the_log_has_a_page(home: Path) -> None:
    log = find_paths().log_file
    log.parent.mkdir(parents=True)
    levels = ("INFO", "INFO", "WARNING")
    log.write_text("".join(f"2026-11-26 12:00:00 1 worker {levels[n % 3]} line {n}\n" for n in range(LINES)))

    async def story(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: "waiting" in text_of(app)[0], "the worker is there")
        await draw_batch(pilot, app)
        await pilot.press("f5")
        await look_at_parts(pilot, app)
        await pilot.press("L")
        await read_log(pilot, app)
        with log.open("a") as file:
            file.write("2026-11-26 12:00:01 1 worker INFO the newest\n")
        await follow_log(pilot, app)

    with staged(home) as app:
        play(app, story, NARROW)


async def draw_batch(pilot: Pilot[Any], app: PixelsApp) -> None:
    await pilot.press("ctrl+n")
    await until(pilot, lambda: isinstance(app.screen, BatchDialog), "the dialog")
    app.screen.query_one(TextArea).text = "a red key\na blue key\n"
    await until(pilot, lambda: shows(app, "2 items, 2 sprites", "takes about"), "how long it takes")
    await pilot.press("ctrl+s")
    await until(pilot, lambda: shows(app, "2/2 done"), "both are drawn")


async def look_at_parts(pilot: Pilot[Any], app: PixelsApp) -> None:
    await until(pilot, lambda: isinstance(app.screen, QueueScreen) and shows(app, "Ended", "2/2"), "the job")
    assert not shows(app, "Parts of"), "the list has the whole screen"
    await pilot.press("enter")
    await until(pilot, lambda: shows(app, "Parts of", "a blue key") and not shows(app, "Ended"), "over the list")
    await pilot.press("j", "escape")
    await until(pilot, lambda: shows(app, "Ended") and not shows(app, "Parts of"), "the list again")
    assert app.focused is app.screen.query_one("#jobs")


async def read_log(pilot: Pilot[Any], app: PixelsApp) -> None:
    await until(pilot, lambda: isinstance(app.screen, MonitorScreen) and shows(app, "All of the log"), "its page")
    await until(pilot, lambda: shows(app, f"line {LINES - 1}", "follows"), "its end")
    assert not shows(app, "CPU"), "no meters"
    await pilot.press("g")
    await until(pilot, lambda: shows(app, "line 0", "stands: f follows"), "its beginning: more than the tail has")
    await pilot.press("slash", *"line 29", "enter", "e")
    await until(
        pilot, lambda: shows(app, "errors only", "line 290") and not shows(app, "line 291"), "what was asked for"
    )
    await pilot.press("escape")
    await until(pilot, lambda: not shows(app, "errors only"), "all lines again")


async def follow_log(pilot: Pilot[Any], app: PixelsApp) -> None:
    await pilot.press("f")
    await until(pilot, lambda: shows(app, "the newest", "follows"), "it goes on with the log")
    await pilot.press("escape")
    await until(pilot, lambda: shows(app, "CPU") and not shows(app, "All of the log"), "the meters again")


def shows(app: PixelsApp, *words: str) -> bool:
    text = "\n".join(text_of(app))
    return all(word in text for word in words)
