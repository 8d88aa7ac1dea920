"""Every action of the table is reached: its method is there, its key calls it, and the palette finds it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static, TextArea

from helpers.screens import fill_library, make_app, play, staged, text_of, until
from pixels_mcp.client import Client
from pixels_mcp.errors import OtherVersionError
from pixels_mcp.tui.action_commands import ActionCommands
from pixels_mcp.tui.actions import ACTIONS, Action, actions_of
from pixels_mcp.tui.app import PixelsApp
from pixels_mcp.tui.dialogs.batch_dialog import BatchDialog
from pixels_mcp.tui.dialogs.compare_dialog import CompareDialog
from pixels_mcp.tui.dialogs.deploy_dialog import DeployDialog
from pixels_mcp.tui.dialogs.export_dialog import ExportDialog
from pixels_mcp.tui.dialogs.sprite_dialog import SpriteDialog
from pixels_mcp.tui.dialogs.workflow_dialog import WorkflowDialog
from pixels_mcp.tui.screens.compare_screen import CompareScreen
from pixels_mcp.tui.screens.draw_screen import DrawScreen
from pixels_mcp.tui.screens.gallery_screen import GalleryScreen
from pixels_mcp.tui.screens.help_screen import HelpScreen
from pixels_mcp.tui.screens.models_screen import ModelsScreen
from pixels_mcp.tui.screens.monitor_screen import MonitorScreen
from pixels_mcp.tui.screens.queue_screen import QueueScreen
from pixels_mcp.tui.screens.settings_screen import SettingsScreen
from pixels_mcp.tui.sprite_actions import SpriteActions
from pixels_mcp.tui.widgets.line_list import LineList
from pixels_mcp.tui.widgets.sprite_grid import SpriteGrid
from pixels_mcp.tui.widgets.sprite_view import SpriteView

OWNERS: dict[str, type] = {
    "everywhere": PixelsApp,
    "draw": DrawScreen,
    "gallery": GalleryScreen,
    "compare": CompareScreen,
    "models": ModelsScreen,
    "queue": QueueScreen,
    "monitor": MonitorScreen,
    "settings": SettingsScreen,
    "help": HelpScreen,
    "sprite": SpriteActions,
    "picture": SpriteView,
    "grid": SpriteGrid,
    "list": LineList,
    "sprite_dialog": SpriteDialog,
    "batch": BatchDialog,
    "export": ExportDialog,
    "deploy": DeployDialog,
    "compare_dialog": CompareDialog,
    "workflow": WorkflowDialog,
    "dialog": ExportDialog,
}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_every_action_is_a_method_of_its_place_and_bound_there(action: Action) -> None:
    owner = OWNERS[action.place]

    assert hasattr(owner, f"action_{action.run.removeprefix('app.').partition('(')[0]}")
    if owner is not SpriteActions:
        bound = {binding.id: binding.key for binding in owner.BINDINGS}  # type: ignore[attr-defined]  # it has it
        assert bound[action.name] == action.keys


def test_keys_and_the_palette_do_the_same_and_fields_keep_every_letter(home: Path) -> None:
    fill_library()

    async def story(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, PixelsApp)
        prompt = app.screen.query_one("#prompt", Input)
        await pilot.press(*"q16jkhu", "question_mark", "slash", "colon")
        assert prompt.value == "q16jkhu?/:"
        assert isinstance(app.screen, DrawScreen)

        await pilot.press("f2")
        await until(pilot, lambda: "8 of 8" in "".join(text_of(app)), "the gallery")
        await pilot.press("z", "z")
        assert app.screen.query_one(SpriteGrid).density == "list"
        await pilot.press("question_mark")
        await pilot.press(*"filter")
        assert any("find by words" in line for line in text_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.focused is app.screen.query_one("#filter"), "? does what it lists")

        await pilot.press("escape", "ctrl+p")
        for action in actions_of("gallery", "sprite"):
            hits = [text for text, _, _ in commands(app) if action.meaning in text]
            assert len(hits) == 1, action.name
        await pilot.press("escape")
        await pilot.press("ctrl+p", *"half", "space", *"size")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await until(
            pilot,
            lambda: app.screen.query(SpriteGrid) and app.screen.query_one(SpriteGrid).density == "half",
            "the palette does it",
        )

    with staged(home) as app:
        play(app, story)


def commands(app: PixelsApp) -> list[tuple[str, Callable[[], Any], str]]:
    """What the palette lists for the screen below it."""
    return ActionCommands(app.screen_stack[0]).commands()


def test_what_is_done_with_a_sprite_can_be_taken_back(home: Path) -> None:
    library = fill_library()
    newest = library.search(limit=1)[0].sprite_id

    async def story(pilot: Pilot[None]) -> None:
        app = pilot.app
        await pilot.press("f2")
        await until(pilot, lambda: "8 of 8" in "".join(text_of(app)), "the gallery")
        await pilot.press("asterisk", "2")
        await until(pilot, lambda: library.get(newest).rating == 2, "it is rated")
        await pilot.press("x")
        await until(pilot, lambda: library.count() == 7, "it is removed")
        await until(pilot, lambda: "7 of 7" in "".join(text_of(app)), "the gallery knows")
        await pilot.press("u")
        await until(pilot, lambda: library.count() == 8, "it is back")
        await pilot.press("u")
        await until(pilot, lambda: library.get(newest).rating == 4, "it is rated as before")
        await pilot.press("u")
        assert library.count() == 8

    with staged(home) as app:
        play(app, story)


def test_what_a_thread_brings_while_the_app_ends_finds_no_screen_and_is_let_go(home: Path) -> None:
    brought: list[bool] = []

    class Late(Static):
        def on_unmount(self) -> None:
            app.session.give_back(lambda: brought.append(app.is_running))

    async def story(pilot: Pilot[None]) -> None:
        await pilot.app.screen.mount(Late())
        await pilot.pause()

    with staged(home) as app:
        play(app, story)

    assert brought == []


def test_how_marked_sprites_were_drawn_and_a_model_go_into_a_new_comparison(home: Path) -> None:
    library = fill_library(3)

    async def story(pilot: Pilot[None]) -> None:
        app = pilot.app
        await pilot.press("f2")
        await until(pilot, lambda: "3 of 3" in "".join(text_of(app)), "the gallery")
        await pilot.press("space", "space", "c")
        await until(pilot, lambda: isinstance(app.screen, CompareDialog), "a new comparison")
        assert app.screen.query_one("#arms", TextArea).text == "plain steps=12\nplain steps=8"
        asked = [entry.prompt for entry in library.search(limit=2)]
        assert app.screen.query_one("#prompts", TextArea).text.splitlines() == asked
        await pilot.press("escape")
        await pilot.press("f4")
        await until(pilot, lambda: any("> mini" in line for line in text_of(app)), "the models")
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, CompareDialog), "a new comparison")
        assert app.screen.query_one("#arms", TextArea).text == "plain\nmini"

    with staged(home) as app:
        play(app, story)


def test_a_corrupt_picture_a_hostile_prompt_and_a_small_terminal_are_told(home: Path) -> None:
    library = fill_library()
    entry = library.search(limit=1)[0]
    Path(entry.path).write_bytes(b"no PNG")

    async def story(pilot: Pilot[None]) -> None:
        app = pilot.app
        screen = app.screen
        prompt = screen.query_one("#prompt", Input)
        prompt.value = "x" * 10_000
        await pilot.pause()
        assert any("at most 1000 characters" in line for line in text_of(app))
        prompt.value = "[red]\u202eknight [/] \u05e9\u05dc\u05d5\u05dd"
        await pilot.press("enter")
        await until(pilot, lambda: library.count() == 9, "it is drawn all the same")
        assert "knight" in library.search(limit=1)[0].prompt

        await pilot.press("f2")
        await until(pilot, lambda: any("broken file" in line for line in text_of(app)), "the corrupt file is told")
        app.screen.query_one(SpriteGrid).put_cursor(entry.sprite_id)
        await pilot.press("enter")
        await until(
            pilot,
            lambda: "was changed or damaged" in app.screen.query_one("#large", SpriteView).placeholder,
            "the dialog does not wait for ever",
        )
        await pilot.press("escape", "e")
        await until(pilot, lambda: any("Ctrl+S writes into" in line for line in text_of(app)), "the files")
        app.screen.query_one("#folder", Input).value = str(home / "out")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: any(line.count("! the file of") for line in text_of(app)), "it is not written")
        assert not (home / "out").exists()
        await pilot.press("escape")
        await pilot.resize_terminal(40, 10)
        await until(pilot, lambda: any("40 x 10 is too small" in line for line in text_of(app)), "too small is told")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: any("9 of 9" in line for line in text_of(app)), "it is there again")

    with staged(home) as app:
        play(app, story)


def test_without_a_worker_the_library_is_there_and_help_says_why(home: Path) -> None:
    fill_library()

    def refuse() -> Client:
        raise OtherVersionError("the running worker is pixels-mcp 9.9", hint="end it (kill 4711)")

    async def story(pilot: Pilot[None]) -> None:
        app = pilot.app
        await until(pilot, lambda: "no worker" in text_of(app)[0], "the first line says so")
        await pilot.press("f2")
        await until(pilot, lambda: "8 of 8" in "".join(text_of(app)), "the gallery needs no worker")
        await pilot.press("f8")
        await until(pilot, lambda: any("pixels-mcp 9.9" in line for line in text_of(app)), "help says why")
        assert any("kill 4711" in line for line in text_of(app))

    play(make_app(refuse), story)


def test_a_setting_is_written_and_taken_back_and_a_folder_that_is_gone_is_told(home: Path) -> None:
    async def story(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, PixelsApp)
        await pilot.press("f7")
        await until(pilot, lambda: any("default_model" in line for line in text_of(app)), "the settings")
        settings = app.screen.query_one("#settings", LineList)
        settings.put_cursor("rows_max")
        await pilot.press("enter")
        app.screen.query_one("#words", Input).value = "4"
        await pilot.press("enter")
        file = home / "config" / "settings.toml"
        await until(pilot, lambda: "rows_max = 4" in file.read_text(), "it is in the file")
        await until(pilot, lambda: app.session.settings.rows_max == 4, "it is in force")
        await pilot.press("u")
        await until(pilot, lambda: "rows_max" not in file.read_text(), "it is out of the file again")

    with staged(home) as app:
        play(app, story)
