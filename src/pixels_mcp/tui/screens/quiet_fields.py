"""What the fields of a screen or dialog do while nobody writes into them: nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widgets import Input, TextArea

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
        # Named by what it has: the class of large fields takes 30 ms to import, and the first screen has none.
        if hasattr(self.focused, "cursor_blink"):
            self._stilled = cast("Input | TextArea", self.focused)
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
