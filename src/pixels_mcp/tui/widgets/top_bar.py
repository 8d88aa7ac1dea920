"""The first line: the eight screens to click on, and how the worker is."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from pixels_mcp.tui.board import Board

MODES: tuple[tuple[int, str, str, str], ...] = (
    (1, "draw", "Draw", "Draw"),
    (2, "gallery", "Gallery", "Gallery"),
    (3, "compare", "Compare", "Compare"),
    (4, "models", "Models", "Models"),
    (5, "queue", "Queue", "Queue"),
    (6, "monitor", "Monitor", "Mon"),
    (7, "settings", "Settings", "Set"),
    (8, "help", "Help", "?"),
)
"""Digit, mode, its name, and its name where there is little room."""


class TopBar(Horizontal):
    """Tabs and the worker's state."""

    DEFAULT_CSS = """
    TopBar { dock: top; height: 1; background: $panel; }
    TopBar > #tabs-wide, TopBar > #tabs-narrow { width: auto; }
    TopBar > #standing { width: 1fr; text-align: right; padding: 0 1; }
    """

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode, self._words = mode, ""

    def compose(self) -> ComposeResult:
        """Two sets of tabs, of which the width shows one."""
        yield Static(" ".join(self._tab(number, mode, name) for number, mode, name, _ in MODES), id="tabs-wide")
        yield Static(" ".join(self._tab(number, mode, name) for number, mode, _, name in MODES), id="tabs-narrow")
        yield Static("", id="standing", markup=False)

    def _tab(self, number: int, mode: str, name: str) -> str:
        # The screen that is shown stands in brackets, which is seen without colors too.
        text = f"\\[{number} {name}]" if mode == self._mode else f"{number} {name}"
        look = "bold reverse" if mode == self._mode else "not bold"
        return f"[@click=app.go('{mode}')][{look}]{text}[/][/]"

    def show(self, board: Board, *, silent: bool) -> None:
        """Say how the worker is."""
        words = standing_words(board, silent=silent)
        if words != self._words:
            self._words = words
            self.query_one("#standing", Static).update(words, layout=False)


def standing_words(board: Board, *, silent: bool = False) -> str:
    """The worker in a few words; what is wrong is said in words, not by color alone."""
    if board.link == "refused":
        return "x no worker (8 says why)"
    if board.link == "lost" or (board.link == "ready" and silent):
        return "! worker lost, looking"
    if board.link == "starting" or board.health is None or board.health.device == "starting":
        return ". worker starting"
    busy = f"{board.health.parts_running} drawing, " if board.health.parts_running else ""
    return f"o {board.health.device} | {busy}{board.waiting} waiting"
