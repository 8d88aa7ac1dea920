"""What the eight screens have in common: first and last line, the fold for narrow terminals, what is told to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer, Input, Static

from pixels_mcp.tui.actions import Place, bindings_of
from pixels_mcp.tui.board import Board
from pixels_mcp.tui.screens.quiet_fields import QuietFields
from pixels_mcp.tui.session import Session
from pixels_mcp.tui.widgets.top_bar import TopBar

COLUMNS_MIN, ROWS_MIN = 72, 20
"""Below this the screens do not fit; made for 80 x 24 and more."""


class ModeScreen(QuietFields, Screen[None]):
    """One of the eight. Textual calls its handlers (`on_mount`, ...) behind those of the same name of each screen.

    Attributes:
        MODE: Its name in the app.
        PLACES: Whose actions of the table it has.
        PANE_TITLES: What stands in the borders of its panes, by their names.
    """

    MODE: ClassVar[Place] = "draw"
    PLACES: ClassVar[tuple[Place, ...]] = ()
    PANE_TITLES: ClassVar[Mapping[str, str]] = {}
    AUTO_FOCUS: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init_subclass__(cls) -> None:
        if "MODE" in cls.__dict__:
            cls.PLACES = (cls.MODE, *cls.PLACES)  # pyright: ignore[reportConstantRedefinition]  # the base class reads it
            cls.BINDINGS = bindings_of(*cls.PLACES)  # pyright: ignore[reportConstantRedefinition]  # the base class reads it
        super().__init_subclass__()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._library_seen = -1

    def compose(self) -> ComposeResult:
        """The frame, with the screen's own body in it."""
        yield TopBar(self.MODE)
        with Container(id="body"):
            yield from self.compose_body()
        yield Static("", id="too-small", markup=False)
        yield Footer(show_command_palette=False)

    def compose_body(self) -> ComposeResult:
        """The screen's own widgets."""
        yield from ()

    @property
    def home(self) -> Widget:
        """Where the cursor goes when a field is left."""
        raise NotImplementedError

    # --- what the app tells -------------------------------------------------------------------------------------

    def show_board(self, board: Board) -> None:
        """The worker told something, or the screen is seen again."""

    def library_changed(self) -> None:
        """A sprite came, went or was rated."""

    def leave_filter(self) -> None:
        """Escape outside of fields: show everything again."""

    def copied(self) -> str | None:
        """What `y` copies."""
        return None

    def bring_up_to_date(self) -> None:
        """Show what the session knows."""
        board = self.session.board
        self.query_one(TopBar).show(board, silent=self.session.is_silent)
        self.show_board(board)
        if self._library_seen != self.session.library_version:
            self._library_seen = self.session.library_version
            self.library_changed()

    # --- its own life -------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Begin where a person begins."""
        for pane, title in self.PANE_TITLES.items():
            self.query_one(f"#{pane}-pane").border_title = title
        self.set_focus(self.home)
        self.bring_up_to_date()

    def on_screen_resume(self) -> None:
        """Seen again."""
        if self.is_mounted:
            self.bring_up_to_date()

    def on_resize(self, event: events.Resize) -> None:
        """Say what is too small."""
        width, height = event.size
        if width < COLUMNS_MIN or height < ROWS_MIN:
            self.query_one("#too-small", Static).update(
                f"{width} x {height} is too small\n80 x 24 is needed:\nenlarge the window,\nor take a smaller font\n"
                "(q quits)"
            )

    def go_back(self) -> None:
        """Escape: out of a field first, then out of a filter."""
        if isinstance(self.focused, Input):
            self.set_focus(self.home)
        else:
            self.leave_filter()
