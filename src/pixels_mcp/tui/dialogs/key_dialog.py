"""Ask for a key by having it pressed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.widget import Widget
from textual.widgets import Static

from pixels_mcp.tui.dialogs.dialog import Dialog


class KeyDialog(Dialog[str]):
    """Gives the key as Textual names it."""

    SIZE: ClassVar[str] = "-small"

    def __init__(self, title: str, taken: str) -> None:
        super().__init__(title)
        self._taken = taken

    def compose_dialog(self) -> Iterable[Widget]:
        """What to do."""
        yield Static(f"press the key that shall do it; Esc leaves it as it is\n\n{self._taken}", markup=False)

    def on_key(self, event: events.Key) -> None:
        """Every key but Escape is the answer."""
        if event.key != "escape":
            event.stop()
            event.prevent_default()
            self.dismiss(event.key)
