"""Ask for 0 to 5 stars with one key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.widget import Widget
from textual.widgets import Static

from pixels_mcp.library.entries import RATING_MAX
from pixels_mcp.tui.dialogs.dialog import Dialog


class StarsDialog(Dialog[int]):
    """Gives the number."""

    SIZE: ClassVar[str] = "-small"

    def compose_dialog(self) -> Iterable[Widget]:
        """What to press."""
        lines = [f"  {stars}  {'*' * stars or 'no rating'}" for stars in range(RATING_MAX + 1)]
        yield Static("\n".join(lines), markup=False)

    def take(self, stars: int) -> None:
        """An answer, where it is one."""
        if 0 <= stars <= RATING_MAX:
            self.dismiss(stars)

    def on_key(self, event: events.Key) -> None:
        """A digit is the answer."""
        if event.character and event.character.isdecimal():
            event.stop()
            self.take(int(event.character))
