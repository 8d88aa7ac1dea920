"""What the fields of a screen or dialog do while nobody writes into them: nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.widgets import Input, TextArea

if TYPE_CHECKING:
    from textual.screen import Screen

    Base = Screen[Any]
else:
    Base = object  # styles are taken from the first screen among the bases


class QuietFields(Base):
    """The cursor stands while another screen is seen or lies over it: Textual's goes on and is drawn for nobody.

    Textual calls these handlers beside those of the other bases.
    """

    _stilled: Input | TextArea | None = None

    def on_screen_suspend(self) -> None:
        """Let the cursor stand."""
        if isinstance(self.focused, Input | TextArea):
            self._stilled = self.focused
            self._stilled.cursor_blink = False

    def on_screen_resume(self) -> None:
        """Let it blink again, where it still is."""
        field, self._stilled = self._stilled, None
        if field is None:
            return
        if field is self.focused:
            field.cursor_blink = True
        else:
            field.set_reactive(type(field).cursor_blink, True)  # begins with the focus
