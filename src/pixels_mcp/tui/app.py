"""The app: eight screens as modes, what works on all of them, and the clock that brings the board onto the screen.

Only what the first screen needs is imported here; the other screens are when they are seen first, or while nothing
else is to be done.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.command import Provider
from textual.events import Event, Key, Paste
from textual.message import Message
from textual.screen import Screen

from pixels_mcp.errors import PixelsError
from pixels_mcp.paths import Paths
from pixels_mcp.tui.action_commands import ActionCommands, SpriteCommands, ThingCommands
from pixels_mcp.tui.actions import ACTIONS, Place, actions_of, bindings_of, keymap_of
from pixels_mcp.tui.dialogs.dialog import Dialog
from pixels_mcp.tui.inbox import HZ
from pixels_mcp.tui.key_queue import KeyQueue
from pixels_mcp.tui.screens.first_screen import FirstScreen
from pixels_mcp.tui.screens.mode_screen import COLUMNS_MIN, ROWS_MIN, ModeScreen
from pixels_mcp.tui.session import Draft, FaceTools, Session

SCREENS: dict[Place, str] = {
    "draw": "DrawScreen", "gallery": "GalleryScreen", "compare": "CompareScreen", "models": "ModelsScreen",
    "queue": "QueueScreen", "monitor": "MonitorScreen", "settings": "SettingsScreen", "help": "HelpScreen",
}  # fmt: skip
"""The class of each screen, which stands in a file of its own."""

FIRST = "first"
"""The mode that stands until Draw is imported."""

_LOOK_S = 2.0
"""How often it is looked whether the worker answers, while a question is out."""


class PixelsApp(App[PixelsError]):
    """The face in a terminal; gives the error for which it could not begin.

    Args:
        paths: The person's folders.
        tools: What the command line lends.
        theme: To begin with, before the settings are read.
        note: Something to say at the start, about the terminal's colors.
        typed: What was typed before.
    """

    CSS_PATH = "look.tcss"
    TITLE = "pixels-mcp"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {
        ActionCommands,
        ThingCommands,
        SpriteCommands,
    }
    COMMAND_PALETTE_BINDING = "f9"  # the table of actions has its own
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("everywhere")
    NOTIFICATION_TIMEOUT = 4.0
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  # declared by Textual
        (0, "-tiny"),
        (COLUMNS_MIN, "-narrow"),
        (100, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (ROWS_MIN, "-tall"), (30, "-high")]  # noqa: RUF012  # declared by Textual

    class Due(Message):
        """Something from a thread that shall happen on the loop."""

        def __init__(self, act: Callable[[], None]) -> None:
            super().__init__()
            self.act = act

    class Heard(Message):
        """The inbox is no longer empty."""

    def __init__(self, paths: Paths, tools: FaceTools, *, theme: str = "", note: str = "", typed: str = "") -> None:
        super().__init__()
        self.session = Session(
            paths,
            tools,
            give_back=lambda act: self.post_message(self.Due(act)),
            wake=lambda: self.post_message(self.Heard()),
            say=self._say,
            take_over=self.take_settings,
            asked=lambda: self.post_message(self.Due(self._await_answer)),
        )
        self._theme_wanted, self._note = theme, note
        self._is_looking = self._was_silent = self._is_awaiting = False
        self._keys = KeyQueue(self, lambda: self.session.held > 0, self._give_keys)
        if typed:
            self._keys.put(Paste(typed))
        self.add_mode(FIRST, lambda: FirstScreen(self.session))
        for mode in SCREENS:
            self.add_mode(mode, lambda mode=mode: _screen_class(mode)(self.session))

    def on_mount(self) -> None:
        """Show the first screen; everything else comes behind it."""
        if self._theme_wanted in self.available_themes:
            self.theme = self._theme_wanted
        self.switch_mode(FIRST)
        self.call_after_refresh(self._begin)

    async def _begin(self) -> None:
        self._keys.gate = "text"
        await self._give_keys()
        self.session.near(self._load, lambda _: self._loaded(), self.exit)

    def _load(self) -> None:
        self.session.load()
        _screen_class("draw")

    def _loaded(self) -> None:
        """Settings, worker and library are at hand: Draw takes the place of the first screen."""
        self.take_settings()
        self.session.link.start()
        if self._note:
            self.notify(self._note, title="colors", timeout=8, markup=False)
        first = self.screen_stack[0]
        if isinstance(first, FirstScreen):
            self.session.draft = Draft({"prompt": first.typed})
        self.call_later(self._show_draw)

    async def _show_draw(self) -> None:
        await self.switch_mode("draw")
        self.remove_mode(FIRST)
        self._keys.gate = "open"
        await self._give_keys()
        for mode in SCREENS:
            self.session.near(lambda mode=mode: _screen_class(mode), lambda _: None)

    def on_unmount(self) -> None:
        """Let go of the worker; jobs go on."""
        self.session.close()

    def take_settings(self) -> None:
        """Take over theme and keys."""
        tui = self.session.settings.tui
        if tui.theme in self.available_themes:
            self.theme = tui.theme
        else:
            self._say(f"there is no theme {tui.theme!r}: 7 shows those that there are", True)
        keymap, unknown = keymap_of(tui.keys)
        self.set_keymap(keymap)
        if unknown:
            self._say(f"settings tui.keys: no action is called {', '.join(unknown)}", True)

    # --- threads and the loop -----------------------------------------------------------------------------------

    async def on_event(self, event: Event) -> None:
        """What is typed goes in order, each key when the one before had its effect; all else as it comes."""
        if isinstance(event, Key | Paste) and not event.is_forwarded:
            self._keys.put(event)
            await self._give_keys()
        else:
            await super().on_event(event)

    async def _give_keys(self) -> None:
        while (event := self._keys.next()) is not None:
            await super().on_event(event)
            self._keys.given(event)

    async def on_pixels_app_due(self, message: Due) -> None:
        """Do what a thread gave back; while the app ends, its screens are gone already."""
        if self.is_running:
            message.act()
            await self._give_keys()

    def on_pixels_app_heard(self) -> None:
        """Look at the inbox soon, with what comes until then."""
        if not self._is_looking:
            self._is_looking = True
            self.set_timer(1 / HZ, self._look)

    def _look(self) -> None:
        self._is_looking = False
        if self.session.look():
            self._refresh_screen()

    def _await_answer(self) -> None:
        if not self._is_awaiting:
            self._is_awaiting = True
            self.set_timer(_LOOK_S, self._see_silence, name="silence")

    def _see_silence(self) -> None:
        self._is_awaiting = False
        if self.session.is_silent != self._was_silent:
            self._was_silent = self.session.is_silent
            self._refresh_screen()
        if self.session.is_asking:
            self._await_answer()

    def _refresh_screen(self) -> None:
        for screen in reversed(self.screen_stack if self.is_running else ()):
            if isinstance(screen, ModeScreen) and screen.is_mounted:
                screen.bring_up_to_date()
                return

    def _say(self, words: str, is_error: bool) -> None:
        if self.is_running:
            timeout = 8 if is_error else 4
            self.notify(words, severity="error" if is_error else "information", timeout=timeout, markup=False)

    # --- what works everywhere ----------------------------------------------------------------------------------

    def action_go(self, mode: str) -> None:
        """Another screen; a dialog that is open stays on its own."""
        if self.session.is_loaded:
            self.switch_mode(mode)

    async def action_back(self) -> None:
        """Out of a field, then out of a filter."""
        if isinstance(self.screen, ModeScreen):
            self.screen.go_back()

    def places_on(self, screen: Screen[Any]) -> tuple[Place, ...]:
        """Whose actions work on a screen, its own first."""
        seen = _widget_places(screen)
        own: tuple[Place, ...] = screen.PLACES if isinstance(screen, ModeScreen) else ()
        if isinstance(screen, Dialog):
            own = (*screen.PLACES, "dialog")
        return (*own, *seen, "everywhere")

    def action_keys(self) -> None:
        """What can be done here; Enter does it."""
        from pixels_mcp.tui.dialogs.keys_dialog import keys_dialog

        screen, focused = self.screen, self.screen.focused
        actions = actions_of(*self.places_on(screen))

        def do(name: str | None) -> None:
            if name is not None:
                self.call_later(self.do_action, name, screen, focused)

        self.push_screen(keys_dialog(actions, self.session.settings.tui.keys), do)

    async def do_action(self, name: str, screen: Screen[Any], focused: object = None) -> None:
        """Do an action of the table, as its key does it."""
        action = next(action for action in ACTIONS if action.name == name)
        if action.run.startswith("app."):
            await self.run_action(action.run)
            return
        method = f"action_{action.run.partition('(')[0]}"
        widgets = [focused, *screen.query("*")] if action.place in ("picture", "grid", "list") else [screen]
        for widget in widgets:
            if widget is not None and hasattr(widget, method):
                await self.run_action(action.run, default_namespace=widget)  # type: ignore[arg-type]  # any widget is a namespace; Textual types it narrower
                return

    def action_undo(self) -> None:
        """Take the last change back."""
        if not self.session.changes:
            self._say("there is nothing to take back", False)
            return
        change = self.session.changes.pop()
        self.session.far(change.take_back, self._taken_back)

    def _taken_back(self, words: str) -> None:
        self.session.library_version += 1
        self._say(words, False)
        self._refresh_screen()

    def action_copy(self) -> None:
        """Copy an id."""
        copied = self.screen.copied() if isinstance(self.screen, ModeScreen) else None
        if copied:
            self.copy_to_clipboard(copied)
            self._say(f"copied {copied}", False)

    def action_reconnect(self) -> None:
        """Look for the worker now."""
        self.session.link.hurry()
        self._say("looking for the worker", False)

    def action_leave(self) -> None:
        """Quit; a job goes on without a face."""
        self.exit()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # called alike with others
        """Letters are not taken from a person who writes (fields take them first; this is for the footer)."""
        if action == "leave" and self.focused is not None and self.focused.check_consume_key("q", "q"):
            return None
        return True


def _widget_places(screen: Screen[Any]) -> list[Place]:
    from pixels_mcp.tui.widgets.line_list import LineList
    from pixels_mcp.tui.widgets.sprite_grid import SpriteGrid
    from pixels_mcp.tui.widgets.sprite_view import SpriteView

    kinds: tuple[tuple[type, Place], ...] = ((SpriteGrid, "grid"), (LineList, "list"), (SpriteView, "picture"))
    return [place for kind, place in kinds if screen.query(kind)]


def _screen_class(mode: Place) -> Callable[[Session], ModeScreen]:
    return getattr(import_module(f"pixels_mcp.tui.screens.{mode}_screen"), SCREENS[mode])
