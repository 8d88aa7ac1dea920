"""Every dialog as a person reads it, at both sizes and without colors, as golden texts that a reviewer can read.

`PIXELS_UPDATE_SNAPSHOTS=1 pytest tests/tui/test_every_dialog.py` writes them anew.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import TextArea

from helpers.screens import (
    AT_EVERY_SIZE,
    check_golden,
    fill_library,
    lines_of,
    make_app,
    play,
    set_terminal,
    settled,
    text_of,
    until,
)
from helpers.toolchains import REPOSITORY
from pixels_mcp.client import Client
from pixels_mcp.errors import NoWorkerError
from pixels_mcp.tui.app import PixelsApp

GOLDEN = REPOSITORY / "tests" / "golden" / "dialogs"
BATCH_LINES = f"a red key\n[bold]a shield[/]\na potion\n{'x' * 1_001}\n"

Opened = Callable[[Pilot[Any], PixelsApp], Awaitable[None]]


def refuse() -> Client:
    raise NoWorkerError("no worker is needed here")


async def shown(pilot: Pilot[Any], app: PixelsApp, *words: str) -> None:
    await until(pilot, lambda: all(word in "\n".join(text_of(app)) for word in words), f"it shows {words}")


async def open_batch(pilot: Pilot[Any], app: PixelsApp) -> None:
    await pilot.press("f1", "ctrl+n")
    await shown(pilot, app, "a prompt a line")
    app.screen.query_one(TextArea).text = BATCH_LINES
    await shown(pilot, app, "> ", "a potion")


async def open_model(pilot: Pilot[Any], app: PixelsApp) -> None:
    await pilot.press("f1", "escape", "m")
    await shown(pilot, app, "Choose", "mini")


async def open_workflow(pilot: Pilot[Any], app: PixelsApp) -> None:
    await pilot.press("f1", "ctrl+t")
    await shown(pilot, app, "Edit and try a workflow", "icon-set")
    await pilot.press(*"icon-set", "enter")
    await shown(pilot, app, "icon-set", "save", "try")


async def on_sprite(pilot: Pilot[Any], app: PixelsApp, key: str, *words: str) -> None:
    await pilot.press("f2")
    await shown(pilot, app, "8 of 8")
    await pilot.press(key)
    await shown(pilot, app, *words)


async def open_sprite(pilot: Pilot[Any], app: PixelsApp) -> None:
    await on_sprite(pilot, app, "enter", "nothing is known of what", "32x32 at")


async def open_deploy(pilot: Pilot[Any], app: PixelsApp) -> None:
    await on_sprite(pilot, app, "d", "Deploy")


async def open_export(pilot: Pilot[Any], app: PixelsApp) -> None:
    await on_sprite(pilot, app, "e", "Export")


async def open_stars(pilot: Pilot[Any], app: PixelsApp) -> None:
    await on_sprite(pilot, app, "asterisk", "Stars for")


async def open_tags(pilot: Pilot[Any], app: PixelsApp) -> None:
    await on_sprite(pilot, app, "t", "Tags of")


async def open_trash(pilot: Pilot[Any], app: PixelsApp) -> None:
    await on_sprite(pilot, app, "x", "7 of 7")
    await pilot.press("E")
    await shown(pilot, app, "Empty the trash?")


async def open_comparison(pilot: Pilot[Any], app: PixelsApp) -> None:
    await pilot.press("f3", "n")
    await shown(pilot, app, "A new comparison")


async def open_keys(pilot: Pilot[Any], app: PixelsApp) -> None:
    await pilot.press("f2", "question_mark")
    await shown(pilot, app, "find by words")


async def open_palette(pilot: Pilot[Any], app: PixelsApp) -> None:
    await pilot.press("f2", "ctrl+p", *"trash")
    await shown(pilot, app, "trash for good  [E]")


DIALOGS: dict[str, Opened] = {
    "batch": open_batch,
    "choose_model": open_model,
    "workflow": open_workflow,
    "sprite": open_sprite,
    "deploy": open_deploy,
    "export": open_export,
    "stars": open_stars,
    "tags": open_tags,
    "empty_trash": open_trash,
    "comparison": open_comparison,
    "keys": open_keys,
    "palette": open_palette,
}


@AT_EVERY_SIZE
def test_every_dialog_is_what_it_was(
    home: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], has_colors: bool
) -> None:
    set_terminal(monkeypatch, has_colors=has_colors)
    fill_library()
    seen: dict[str, str] = {}

    async def story(pilot: Pilot[None]) -> None:
        for name, opened in DIALOGS.items():
            await opened(pilot, app)
            await settled(pilot, app)
            assert len(app.screen_stack) == 2, name
            seen[name] = calm(dialog_text(app), home)
            await until(pilot, lambda: not app.session.held, "nothing is read any more")
            app.pop_screen()
            app.clear_notifications()

    play(app := make_app(refuse), story, size)

    for name, text in seen.items():
        check_golden(GOLDEN / f"{name}_{size[0]}x{size[1]}.txt", text)


def dialog_text(app: PixelsApp) -> list[str]:
    """What stands in the dialog, not in the screen behind it, and the last line with the keys."""
    boxes = [widget.region for widget in app.screen.query(".dialog, #--input, CommandList")]
    box = Region.from_union(boxes)
    lines = lines_of(app)
    return [*(line[box.x : box.right] for line in lines[box.y : box.bottom]), lines[-1]]


def calm(lines: list[str], home: Path) -> str:
    """A dialog without what differs from place to place: the folders that it is run in."""
    text = "\n".join(line.replace(str(home), "~").rstrip(" │") for line in lines)
    text = re.sub(r"from /.*workflows/icon-set.toml", "from (its file)", text)
    return re.sub(r"(into|folder +) ?/.*", r"\1 (here)", text) + "\n"
