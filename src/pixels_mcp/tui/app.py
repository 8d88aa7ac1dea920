"""The app: eight screens as modes, what works on all of them, and the clock that brings the board onto the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.command import Provider
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, TextArea

from pixels_mcp.paths import Paths
from pixels_mcp.settings import Settings
from pixels_mcp.tui.action_commands import ActionCommands, SpriteCommands, ThingCommands
from pixels_mcp.tui.actions import ACTIONS, Place, actions_of, bindings_of, keymap_of
from pixels_mcp.tui.dialogs.dialog import Dialog
from pixels_mcp.tui.dialogs.keys_dialog import keys_dialog
from pixels_mcp.tui.dialogs.stars_dialog import StarsDialog
from pixels_mcp.tui.inbox import HZ
from pixels_mcp.tui.screens.compare_screen import CompareScreen
from pixels_mcp.tui.screens.draw_screen import DrawScreen
from pixels_mcp.tui.screens.gallery_screen import GalleryScreen
from pixels_mcp.tui.screens.help_screen import HelpScreen
from pixels_mcp.tui.screens.mode_screen import COLUMNS_MIN, ROWS_MIN, ModeScreen
from pixels_mcp.tui.screens.models_screen import ModelsScreen
from pixels_mcp.tui.screens.monitor_screen import MonitorScreen
from pixels_mcp.tui.screens.queue_screen import QueueScreen
from pixels_mcp.tui.screens.settings_screen import SettingsScreen
from pixels_mcp.tui.session import FaceTools, Session
from pixels_mcp.tui.widgets.top_bar import MODES

_LOOK_S = 2.0
"""How often it is looked whether the worker still answers."""


class PixelsApp(App[None]):
    """The face in a terminal.

    Args:
        paths: The person's folders.
        settings: The person's settings.
        tools: What the command line lends.
        note: Something to say at the start, about the terminal's colors.
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
    VERTICAL_BREAKPOINTS = [(0, "-low"), (ROWS_MIN, "-tall"), (30, "-high")]  # noqa: RUF012

    class Due(Message):
        """Something from a thread that shall happen on the loop."""

        def __init__(self, act: Callable[[], None]) -> None:
            super().__init__()
            self.act = act

    class Heard(Message):
        """The inbox is no longer empty."""

    def __init__(self, paths: Paths, settings: Settings, tools: FaceTools, *, note: str = "") -> None:
        super().__init__()
        self.session = Session(
            paths,
            settings,
            tools,
            give_back=lambda act: self.post_message(self.Due(act)),
            wake=lambda: self.post_message(self.Heard()),
            say=self._say,
        )
        self._note = note
        self._is_looking = False
        screens: dict[Place, Callable[[], ModeScreen]] = {
            "draw": lambda: DrawScreen(self.session),
            "gallery": lambda: GalleryScreen(self.session),
            "compare": lambda: CompareScreen(self.session),
            "models": lambda: ModelsScreen(self.session),
            "queue": lambda: QueueScreen(self.session),
            "monitor": lambda: MonitorScreen(self.session),
            "settings": lambda: SettingsScreen(self.session, self.take_settings),
            "help": lambda: HelpScreen(self.session),
        }
        for mode, make in screens.items():
            self.add_mode(mode, make)

    def on_mount(self) -> None:
        """Open on Draw; the worker is found meanwhile."""
        self.take_settings()
        self.switch_mode("draw")
        self.session.link.start()
        self.set_interval(_LOOK_S, self._see_silence)
        if self._note:
            self.notify(self._note, title="colors", timeout=8, markup=False)

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

    def on_pixels_app_due(self, message: Due) -> None:
        """Do what a thread gave back."""
        message.act()

    def on_pixels_app_heard(self) -> None:
        """Look at the inbox soon, with what comes until then."""
        if not self._is_looking:
            self._is_looking = True
            self.set_timer(1 / HZ, self._look)

    def _look(self) -> None:
        self._is_looking = False
        if self.session.look():
            self._refresh_screen()

    def _see_silence(self) -> None:
        if self.session.link.is_silent:
            self._refresh_screen()

    def _refresh_screen(self) -> None:
        for screen in reversed(self.screen_stack):
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
        if isinstance(self.screen, StarsDialog):
            # `*` and a digit in one go: the digit was on its way to the screen when the dialog opened over it.
            self.screen.take(next(number for number, name, *_ in MODES if name == mode))
            return
        self.switch_mode(mode)

    async def action_back(self) -> None:
        """Out of a field, then out of a filter."""
        if isinstance(self.screen, ModeScreen):
            self.screen.go_back()

    def places_on(self, screen: Screen[Any]) -> tuple[Place, ...]:
        """Whose actions work on a screen, its own first."""
        own = screen.PLACES if isinstance(screen, ModeScreen | Dialog) else ()
        return (*own, *_widget_places(screen), "everywhere")

    def action_keys(self) -> None:
        """What can be done here; Enter does it."""
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
                await self.run_action(action.run, default_namespace=widget)  # type: ignore[arg-type]
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

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Letters are not taken from a person who writes (fields take them first; this is for the footer)."""
        if action == "leave" and isinstance(self.focused, Input | TextArea):
            return None
        return True


def _widget_places(screen: Screen[Any]) -> list[Place]:
    from pixels_mcp.tui.widgets.line_list import LineList
    from pixels_mcp.tui.widgets.sprite_grid import SpriteGrid
    from pixels_mcp.tui.widgets.sprite_view import SpriteView

    kinds: tuple[tuple[type, Place], ...] = ((SpriteGrid, "grid"), (LineList, "list"), (SpriteView, "picture"))
    return [place for kind, place in kinds if screen.query(kind)]
