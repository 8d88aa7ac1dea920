"""Ask for a line of text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import on
from textual.widget import Widget
from textual.widgets import Input, Static

from pixels_mcp.tui.dialogs.dialog import Dialog


class WordsDialog(Dialog[str]):
    """Gives the text.

    Args:
        title: What is asked.
        told: What it may be.
        text: What stands there at first.
        check: Says what is wrong with a text, nothing where it is right.
    """

    SIZE: ClassVar[str] = "-small"

    def __init__(
        self, title: str, told: str = "", *, text: str = "", check: Callable[[str], str] = lambda _: ""
    ) -> None:
        super().__init__(title)
        self._told, self._text, self._check = told, text, check

    def compose_dialog(self) -> Iterable[Widget]:
        """The field, and what is to be known of it."""
        yield Static(self._told, classes="muted says", markup=False)
        yield Input(self._text, id="words")
        yield Static("", classes="problem", markup=False, id="words-problem")

    def on_mount(self) -> None:
        """The cursor stands behind the text."""
        self.set_focus(self.query_one(Input))

    @on(Input.Changed)
    def _checked(self, event: Input.Changed) -> None:
        self.query_one("#words-problem", Static).update(self._check(event.value))

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        if not self._check(event.value):
            self.dismiss(event.value)
