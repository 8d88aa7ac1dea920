"""The mouse does what keys do: tabs, sprites, lines, the wheel, the footer."""

# Textual's pilot has no public wheel.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.events import MouseScrollDown
from textual.pilot import Pilot

from helpers.screens import fill_library, make_app, play, text_of, until
from pixels_mcp.client import Client
from pixels_mcp.errors import NoWorkerError
from pixels_mcp.tui.dialogs.sprite_dialog import SpriteDialog
from pixels_mcp.tui.screens.gallery_screen import GalleryScreen
from pixels_mcp.tui.screens.help_screen import HelpScreen
from pixels_mcp.tui.widgets.line_list import LineList
from pixels_mcp.tui.widgets.sprite_grid import SpriteGrid


def refuse() -> Client:
    raise NoWorkerError("no worker is needed here")


def test_tabs_sprites_lines_wheel_and_footer_take_the_mouse(home: Path) -> None:
    fill_library(40)

    async def story(pilot: Pilot[Any]) -> None:
        await pilot.click(offset=(text_of(app)[0].index("2 Gallery") + 2, 0))
        await until(pilot, lambda: isinstance(app.screen, GalleryScreen), "the tab")
        await until(pilot, lambda: " of 40" in text_of(app)[1] or " of " in text_of(app)[1], "the library")
        grid = app.screen.query_one(SpriteGrid)
        await pilot.click(grid, offset=(20, 3))
        assert grid.cursor == 1
        await pilot.click(grid, offset=(20, 3), times=2)
        await until(pilot, lambda: isinstance(app.screen, SpriteDialog), "a double click opens it")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, GalleryScreen), "closed")

        before = grid.scroll_y
        for _ in range(3):
            await pilot._post_mouse_events([MouseScrollDown], grid, offset=(5, 5))
        await until(pilot, lambda: grid.scroll_y > before, "the wheel scrolls")
        assert grid.cursor == 1

        await pilot.click(offset=(text_of(app)[-1].index("filter"), app.size.height - 1))
        await until(pilot, lambda: app.focused is app.screen.query_one("#filter"), "the footer does it")

        await pilot.click(offset=(text_of(app)[0].index("8 Help") + 2, 0))
        await until(pilot, lambda: isinstance(app.screen, HelpScreen), "another tab")
        lines = app.screen.query_one("#help", LineList)
        await until(pilot, lambda: lines.key is not None, "its lines")
        await pilot.click(lines, offset=(4, 4))
        assert lines.cursor == 4

    play(app := make_app(refuse), story)
