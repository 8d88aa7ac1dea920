"""Ask before what cannot be taken back: emptying the trash, stopping several jobs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.widget import Widget
from textual.widgets import Static

from pixels_mcp.tui.dialogs.dialog import Dialog


class ConfirmDialog(Dialog[bool]):
    """Gives True for yes; everything else is no."""

    SIZE: ClassVar[str] = "-small"

    def __init__(self, title: str, told: str) -> None:
        super().__init__(title)
        self._told = told

    def compose_dialog(self) -> Iterable[Widget]:
        """The question."""
        yield Static(f"{self._told}\n\ny yes   n no", markup=False)

    def on_key(self, event: events.Key) -> None:
        """`y` or `n`."""
        if event.character in ("y", "Y"):
            event.stop()
            self.dismiss(True)
        elif event.character in ("n", "N"):
            event.stop()
            self.dismiss(None)
