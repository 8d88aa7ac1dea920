"""What every screen and dialog does while nobody sees it: nothing."""

from __future__ import annotations

from textual.screen import Screen, ScreenResultType
from textual.widgets import Input, TextArea


class QuietScreen(Screen[ScreenResultType]):
    """Its cursor stands still while another screen is seen or lies over it: Textual's goes on and draws for nobody."""

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
