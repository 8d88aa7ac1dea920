"""Folders that are read-only, gone or full, a worker that is lost, no model, no game: each says the next step."""

# What only a broken worker or a broken disk sets off is set off by hand, and lines that were drawn are counted.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import contextlib
import shutil
import time
from pathlib import Path
from typing import Any

from textual.app import App, ComposeResult
from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Input

from helpers.mounts import read_only, small_disk
from helpers.screens import fill_library, make_app, notices, play, staged, text_of, until
from pixels_mcp.client import Client
from pixels_mcp.errors import NoWorkerError, OtherVersionError
from pixels_mcp.next_steps import NextStep
from pixels_mcp.paths import find_paths
from pixels_mcp.tui.app import PixelsApp
from pixels_mcp.tui.widgets.line_list import LineList, ListLine


def refuse() -> Client:
    raise NoWorkerError("no worker is needed here")


def said(app: PixelsApp, words: str) -> bool:
    """Whether a person was told something; where it was an error, Help keeps it."""
    return any(words in one for one in notices(app))


def test_a_library_that_is_read_only_is_looked_through_says_so_and_keeps_everything(home: Path) -> None:
    library = fill_library(3)
    newest = library.search(limit=1)[0].sprite_id

    async def story(pilot: Pilot[Any]) -> None:
        await pilot.press("f2")
        await until(pilot, lambda: "read-only: it can be looked at alone  3 of 3" in text_of(app)[1], "it is told")
        await until(pilot, lambda: "\N{UPPER HALF BLOCK}" in "".join(text_of(app)), "its sprites are seen")
        await pilot.press("asterisk", "1")
        await until(pilot, lambda: len(app.session.problems) == 1, "it is not rated")
        await pilot.press("x")
        await until(pilot, lambda: len(app.session.problems) == 2, "nor removed")
        assert all("read-only" in one.message.lower() and one.advice for one in app.session.problems)
        assert app.session.changes == []
        await pilot.press("f1", *"a key")
        assert app.screen.query_one("#prompt", Input).value == "a key"

    with read_only(find_paths().library):
        play(app := make_app(refuse), story)

    assert library.get(newest).rating == 4
    assert library.count() == 3


def test_a_library_folder_that_is_gone_is_called_that_with_the_next_step_and_comes_back(home: Path) -> None:
    library = fill_library(3)
    away = home / "away"

    async def story(pilot: Pilot[Any]) -> None:
        await pilot.press("f2")
        await until(pilot, lambda: "3 of 3" in "".join(text_of(app)), "it is there")
        shutil.move(library.root, away)
        await pilot.press("x")
        await until(pilot, lambda: bool(app.session.problems), "what is gone cannot be removed")
        shutil.rmtree(library.root, ignore_errors=True)
        await pilot.press("f1", "f2")
        app.session.library_version += 1
        app._refresh_screen()
        await until(pilot, lambda: any("there is no library in" in line for line in text_of(app)), "it is told")
        assert all(any(word in line for line in text_of(app)) for word in ("attach its disk", "7, then library_dir"))
        shutil.move(away, library.root)
        await pilot.press("f1", "f2")
        await until(pilot, lambda: "3 of 3" in "".join(text_of(app)), "it is there again when it is looked for")

    play(app := make_app(refuse), story)


def test_a_named_library_folder_that_was_never_there_and_a_worker_of_another_version_are_told(home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text(f'library_dir = "{home}/disk/sprites"\n')

    async def story(pilot: Pilot[Any]) -> None:
        await pilot.press("f2")
        await until(pilot, lambda: any("there is no library in" in line for line in text_of(app)), "it is told")
        assert any("/disk/sprites" in line for line in text_of(app))
        await until(pilot, lambda: "x no worker (8 says why)" in text_of(app)[0], "every screen says it")
        await pilot.press("f8")
        await until(pilot, lambda: any("x worker: version 0.1.0 runs" in line for line in text_of(app)), "Help: what")
        assert any("next: " in line and "worker is ended on the command line" in line for line in text_of(app))

    def meet_an_older_one() -> Client:
        raise OtherVersionError("version 0.1.0 runs", steps=[NextStep("stop_worker")])

    play(app := make_app(meet_an_older_one), story)


def test_on_a_full_disk_nothing_is_half_written_and_it_goes_on_when_there_is_room(home: Path) -> None:
    file = home / "config" / "settings.toml"

    async def story(pilot: Pilot[Any]) -> None:
        await pilot.press("f2")
        await until(pilot, lambda: "2 of 2" in "".join(text_of(app)), "the gallery")
        filler = (home / "filler").open("wb")
        with contextlib.suppress(OSError):
            while True:
                filler.write(b"\0" * 4_096)
        with contextlib.suppress(OSError):
            filler.close()
        await pilot.press("asterisk", "1")
        await until(pilot, lambda: bool(app.session.problems), "the full disk is told")
        assert "no room" in app.session.problems[0].message
        assert "free some disk space" in app.session.problems[0].advice
        await pilot.press("f7")
        await until(pilot, lambda: any("default_model" in line for line in text_of(app)), "the settings")
        app.screen.query_one("#settings", LineList).put_cursor("rows_max")
        await pilot.press("enter", *["ctrl+u"], "4", "enter")
        await until(pilot, lambda: len(app.session.problems) == 2, "again")
        assert not file.exists() or "rows_max" not in file.read_text()
        (home / "filler").unlink()
        await pilot.press("enter", *["ctrl+u"], "4", "enter")
        await until(pilot, lambda: file.exists() and "rows_max = 4" in file.read_text(), "now it is written")

    with small_disk(home, "2m"):
        fill_library(2)
        play(app := make_app(refuse), story)


def test_a_worker_that_is_lost_is_told_on_every_screen_and_the_job_stays(home: Path) -> None:
    with contextlib.ExitStack() as worker:
        app = worker.enter_context(staged(home))

        async def story(pilot: Pilot[Any]) -> None:
            await until(pilot, lambda: "waiting" in text_of(app)[0], "the worker is there")
            app.session.link._connect = refuse  # none can be started again
            worker.close()
            await until(pilot, lambda: "worker lost" in text_of(app)[0], "it is told")
            begun_s = time.monotonic()
            await pilot.press("escape", "f2", "f5", "f8")
            await until(pilot, lambda: "worker:" in "".join(text_of(app)), "Help says more")
            assert time.monotonic() - begun_s < 20, "nothing hangs"

        play(app, story)


def test_a_model_that_is_not_there_and_a_game_that_is_not_named_say_the_next_step(home: Path) -> None:
    fill_library(1)

    async def story(pilot: Pilot[Any]) -> None:
        app.screen.query_one("#word-model", Input).value = "ghost"
        app.screen.query_one("#prompt", Input).value = "a key"
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.session.problems), "the model is not there")
        assert "ghost" in app.session.problems[0].message
        assert "there is: mini" in app.session.problems[0].advice
        await pilot.press("f2", "d")
        await until(pilot, lambda: any("Deploy" in line for line in text_of(app)), "the dialog")
        app.screen.query_one("#game", Input).value = ""
        await pilot.press("ctrl+s")
        await until(pilot, lambda: any("no game is named" in line for line in text_of(app)), "it is told")
        app.screen.query_one("#game", Input).value = str(home)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: any("nothing was written" in line for line in text_of(app)), "no game lies there")

    with staged(home) as app:
        play(app, story)


def test_ten_thousand_pasted_characters_and_a_paste_of_many_lines_are_text_and_nothing_else(home: Path) -> None:
    async def story(pilot: Pilot[Any]) -> None:
        prompt = app.screen.query_one("#prompt", Input)
        app.post_message(Paste("knight " * 1_500))
        await until(pilot, lambda: len(prompt.value) > 9_999, "all of it")
        await until(pilot, lambda: any("at most 1000 characters" in line for line in text_of(app)), "it is told")
        await pilot.press("enter")
        prompt.value = ""
        app.post_message(Paste("[bold red]a key[/]\nq\n\x1b[31m2"))
        await until(pilot, lambda: prompt.value.startswith("[bold red]a key[/]"), "markup stays text")
        assert type(app.screen).__name__ == "DrawScreen"
        assert app.session.library.count() == 0

    play(app := make_app(refuse), story)


def test_a_list_of_twenty_thousand_lines_draws_what_is_seen_alone() -> None:
    class Listed(App[None]):
        def compose(self) -> ComposeResult:
            yield LineList(widget_id="jobs")

    async def story(pilot: Pilot[Any]) -> None:
        jobs = app.query_one(LineList)
        jobs.show([ListLine(f"job-{number:05d}", f"a [red] key {number}") for number in range(20_000)])
        jobs.focus()
        await pilot.press("G", "k", "pageup", "j")
        await pilot.pause()
        assert jobs.key is not None
        assert jobs.key > "job-19900"
        assert len(jobs._strips) < 150

    app = Listed()

    async def run() -> None:
        async with app.run_test(size=(120, 36)) as pilot:
            await story(pilot)

    import asyncio

    asyncio.run(run())
