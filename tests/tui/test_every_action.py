"""Every action of the table is done by each of its keys and by the palette, where it belongs; own keys replace them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from helpers.screens import fill_library, make_app, notices, play, text_of, until
from pixels_mcp.client import Client
from pixels_mcp.errors import NoWorkerError
from pixels_mcp.tui.action_commands import ActionCommands
from pixels_mcp.tui.actions import ACTIONS, Place, actions_of
from pixels_mcp.tui.app import PixelsApp
from pixels_mcp.tui.dialogs.batch_dialog import BatchDialog
from pixels_mcp.tui.dialogs.compare_dialog import CompareDialog
from pixels_mcp.tui.dialogs.deploy_dialog import DeployDialog
from pixels_mcp.tui.dialogs.export_dialog import ExportDialog
from pixels_mcp.tui.dialogs.sprite_dialog import SpriteDialog
from pixels_mcp.tui.dialogs.workflow_dialog import WorkflowDialog
from pixels_mcp.tui.screens.mode_screen import ModeScreen
from pixels_mcp.tui.session import Rivals, Session
from pixels_mcp.tui.widgets.line_list import LineList
from pixels_mcp.tui.widgets.sprite_grid import SpriteGrid
from pixels_mcp.tui.widgets.sprite_view import SpriteView
from pixels_mcp.tui.workflow_work import open_workflow

SCREENS: tuple[Place, ...] = ("draw", "gallery", "compare", "models", "queue", "monitor", "settings", "help")
WIDGETS: dict[Place, tuple[str, type[Any]]] = {
    "sprite": ("gallery", SpriteGrid),
    "grid": ("gallery", SpriteGrid),
    "picture": ("draw", SpriteView),
    "list": ("queue", LineList),
}
DIALOGS: dict[Place, Callable[[Session, str], Screen[Any]]] = {
    "sprite_dialog": SpriteDialog,
    "batch": lambda session, _: BatchDialog(session, {}),
    "export": lambda session, sprite_id: ExportDialog(session, [sprite_id]),
    "deploy": lambda session, sprite_id: DeployDialog(session, [sprite_id]),
    "compare_dialog": lambda session, _: CompareDialog(session, Rivals(())),
    "workflow": lambda session, _: WorkflowDialog(session, open_workflow(session, "icon-set")),
    "dialog": lambda session, sprite_id: ExportDialog(session, [sprite_id]),
}


def refuse() -> Client:
    raise NoWorkerError("no worker is needed here")


async def place_on(app: PixelsApp, place: Place, sprite_id: str) -> object:
    """Go where the actions of a place work; gives what has their methods."""
    mode, kind = WIDGETS.get(place, (place if place in SCREENS else "gallery", None))
    await app.switch_mode(mode)
    if place in DIALOGS:
        dialog = DIALOGS[place](app.session, sprite_id)
        await app.push_screen(dialog)
        return dialog
    screen = app.screen
    shown = SpriteView if place == "draw" else kind  # its home is a field, which keeps letters
    if shown:
        widget = screen.query(shown).first()
    else:
        assert isinstance(screen, ModeScreen)
        widget = screen.home
    screen.set_focus(widget)
    return app if place == "everywhere" else screen if kind is None or place == "sprite" else widget


@pytest.mark.parametrize("place", ["everywhere", *SCREENS, *WIDGETS, *DIALOGS])
def test_each_key_and_the_palette_do_what_the_table_says(
    home: Path, monkeypatch: pytest.MonkeyPatch, place: Place
) -> None:
    library = fill_library(1)
    done: list[tuple[str, tuple[object, ...]]] = []

    async def story(pilot: Pilot[Any]) -> None:
        owner = await place_on(app, place, library.search(limit=1)[0].sprite_id)
        await pilot.pause()
        assert type(owner) is not Screen
        for action in actions_of(place):
            call = action.run.removeprefix("app.")
            method = f"action_{call.partition('(')[0]}"
            words = eval(f"({call.partition('(')[2].rstrip(')')},)") if "(" in call else ()  # our table

            def record(_: object, *given: object, method: str = method) -> None:
                done.append((method, given))

            monkeypatch.setattr(type(owner), method, record)
            for key in action.keys.split(","):
                done.clear()
                await pilot.press(key)
                await until(pilot, lambda: bool(done), f"{key} does {action.name}")
                assert done == [(method, words)], action.name
            commands = [do for text, do, _ in ActionCommands(app.screen).commands() if action.meaning in text]
            done.clear()
            for do in commands:
                await do()
            assert (method, words) in done, f"the palette does {action.name}"

    play(app := make_app(refuse), story)


def test_the_places_are_all_tried() -> None:
    assert {action.place for action in ACTIONS} == {"everywhere", *SCREENS, *WIDGETS, *DIALOGS}


def test_a_person_s_own_keys_replace_those_of_the_table_and_stand_in_the_footer_and_in_help(home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text("[tui.keys]\n'gallery.filter' = 'ctrl+f'\n'gallery.dance' = 'x'\n")

    async def story(pilot: Pilot[Any]) -> None:
        assert any("no action is called gallery.dance" in one for one in notices(app))
        await pilot.press("f2", "slash", "ctrl+f")
        await until(pilot, lambda: app.focused is app.screen.query_one("#filter"), "the own key does it")
        await pilot.press("escape")
        await until(pilot, lambda: "^f filter" in text_of(app)[-1], "the footer has it")
        await pilot.press("f8", "slash", *"gallery.filter")
        await until(pilot, lambda: any("Ctrl+F" in line and "find by words" in line for line in text_of(app)), "help")

    play(app := make_app(refuse), story)
