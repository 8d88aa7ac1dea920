"""Help: first steps, what is wrong and what to do about it, where files lie, every key."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Input

from pixels_mcp.errors import PixelsError
from pixels_mcp.tui.actions import Place
from pixels_mcp.tui.board import Board
from pixels_mcp.tui.dialogs.choose_dialog import filtered
from pixels_mcp.tui.lines.help_lines import check_lines, help_lines, place_lines
from pixels_mcp.tui.lines.printed import hanging
from pixels_mcp.tui.screens.mode_screen import ModeScreen
from pixels_mcp.tui.session import Session
from pixels_mcp.tui.widgets.line_list import CURSOR_COLUMNS, LineList, ListLine


class HelpScreen(ModeScreen):
    """One list that is searched."""

    MODE: ClassVar[Place] = "help"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._checks: list[ListLine] | None = None

    def compose_body(self) -> ComposeResult:
        """Search, and the list."""
        yield Input(placeholder="/ words to find", id="help-search")
        yield LineList(empty="nothing here has these words; Esc shows all again", widget_id="help")

    @property
    def home(self) -> Widget:
        """The list."""
        return self.query_one("#help", LineList)

    def on_mount(self) -> None:
        """Look the installation through."""
        self.action_examine()

    def show_board(self, board: Board) -> None:  # noqa: ARG002  # problems come with it
        """What went wrong meanwhile."""
        self._show()

    def action_examine(self) -> None:
        """Run every check again."""
        examine = self.session.tools.examine
        self._checks = None
        self.session.far(lambda: check_lines(list(examine())), self._examined, self._failed)
        self._show()

    def _examined(self, checks: list[ListLine]) -> None:
        self._checks = checks
        self._show()

    def _failed(self, error: PixelsError) -> None:
        self._examined([ListLine("failed", f"x the checks themselves failed: {error.message}", "bad")])

    def _show(self) -> None:
        session = self.session
        error = session.board.error
        worker = [] if error is None else [ListLine("link", f"x worker: {error.message}", "bad")]
        if error is not None and (advice := session.advice(error)):
            worker.append(ListLine("link-next", f"  next: {advice}", "muted"))
        lines = help_lines(
            checks=None if self._checks is None else [*worker, *self._checks],
            problems=session.problems,
            places=place_lines(session.paths, str(session.library.root), str(session.registry.models_dir)),
            own_keys=session.settings.tui.keys,
        )
        shown = self.query_one("#help", LineList)
        width = max(1, shown.size.width - CURSOR_COLUMNS - 1)  # and a scroll bar
        shown.show(
            [
                ListLine(f"{line.key}{place or ''}", piece, line.tone)
                for line in filtered(lines, self.query_one("#help-search", Input).value)
                for place, piece in enumerate(hanging(line.text, width))
            ]
        )

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002  # beside that of all screens
        """Lines are as long as the screen is wide."""
        self.call_after_refresh(self._show)

    @on(Input.Changed)
    def _searched(self) -> None:
        self._show()

    @on(Input.Submitted)
    def _left(self) -> None:
        self.set_focus(self.home)

    def action_search(self) -> None:
        """Into the field."""
        self.set_focus(self.query_one("#help-search", Input))

    def leave_filter(self) -> None:
        """Everything again."""
        self.query_one("#help-search", Input).value = ""
