"""What nobody sees does nothing, and what is no news wakes nobody."""

# That nothing ticks any more shows in clocks and screens that live on, which nobody sees.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from textual.pilot import Pilot
from textual.widgets import Input

from helpers.screens import fill_library, make_app, play, until
from pixels_mcp.client import Client
from pixels_mcp.errors import NoWorkerError
from pixels_mcp.tui.inbox import Inbox
from pixels_mcp.tui.screens.gallery_screen import GalleryScreen
from pixels_mcp.tui.widgets.sprite_view import SpriteView


def refuse() -> Client:
    raise NoWorkerError("no worker is needed here")


def test_a_cursor_stands_behind_a_dialog_and_a_moving_picture_too_when_it_is_not_seen(home: Path) -> None:
    fill_library(1)
    frames = [np.full((8, 8, 4), shade, np.uint8) for shade in (60, 160)]

    async def story(pilot: Pilot[Any]) -> None:
        prompt, view = app.screen.query_one("#prompt", Input), app.screen.query_one("#preview", SpriteView)
        view.show(frames, [40, 40])
        await until(pilot, lambda: view.frame == 1, "it moves")
        assert prompt.cursor_blink
        await pilot.press("f2")
        await until(pilot, lambda: not prompt.cursor_blink and view._clock is None, "nothing is to be done")
        await pilot.press("f1")
        before = view.frame
        await until(pilot, lambda: prompt.cursor_blink and view.frame != before, "both go on")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: not prompt.cursor_blink, "a dialog lies over it")
        before = view.frame
        await until(pilot, lambda: view.frame != before, "it is seen through the dialog")
        await pilot.press("escape")
        await until(pilot, lambda: prompt.cursor_blink, "it blinks again")
        # Only the screens that were seen live on: the one that stood before Draw is gone with its cursor.
        assert [type(screen).__name__ for stack in app._screen_stacks.values() for screen in stack][1:] == [
            "DrawScreen", "GalleryScreen",
        ]  # fmt: skip

    play(app := make_app(refuse), story)


def test_a_field_that_lost_the_cursor_meanwhile_blinks_when_it_has_it_again_and_not_before(home: Path) -> None:
    fill_library(1)

    async def story(pilot: Pilot[Any]) -> None:
        await pilot.press("f2", "slash")
        filters = app.screen.query_one("#filter", Input)
        await until(pilot, lambda: app.focused is filters, "in the filter")
        gallery = app.screen
        await pilot.press("f1")
        await until(pilot, lambda: not filters.cursor_blink, "another screen")
        gallery.set_focus(gallery.query_one("#grid"))
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(app.screen, GalleryScreen) and filters.cursor_blink, "back")
        assert not filters._blink_timer._active.is_set()  # type: ignore[union-attr]  # it is there
        await pilot.press("slash")
        await until(pilot, lambda: filters._blink_timer._active.is_set(), "it blinks")  # type: ignore[union-attr]  # it is there

    play(app := make_app(refuse), story)


def test_what_is_no_news_waits_until_somebody_looks_anyway() -> None:
    woken: list[None] = []
    inbox: Inbox[int] = Inbox(lambda: woken.append(None))

    inbox.put("uptime", 1, is_news=False)
    inbox.put("uptime", 2, is_news=False)
    assert woken == []
    inbox.put("jobs", 3)
    inbox.put("jobs", 4)
    inbox.add(5)
    assert len(woken) == 1
    taken = inbox.take()
    assert (taken.told, set(taken.newest)) == ((5,), {2, 4})
    inbox.put("uptime", 6, is_news=False)
    inbox.add(7)
    assert len(woken) == 2
