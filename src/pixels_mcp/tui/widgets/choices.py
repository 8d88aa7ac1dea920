"""Buttons that show by their sign, not by their color alone, what is chosen."""

from __future__ import annotations

from textual.widgets import Checkbox, RadioButton


class ChoiceButton(RadioButton):
    """`(*) png`, and `( ) gif` where it is not chosen."""

    BUTTON_LEFT, BUTTON_RIGHT = "(", ")"

    @property
    def BUTTON_INNER(self) -> str:  # type: ignore[override]  # noqa: N802  # Textual's own name
        """The sign between the brackets."""
        return "*" if self.value else " "


class SwitchButton(Checkbox):
    """`[x] bob`, and `[ ] bob` where it is off."""

    BUTTON_LEFT, BUTTON_RIGHT = "[", "]"

    @property
    def BUTTON_INNER(self) -> str:  # type: ignore[override]  # noqa: N802  # Textual's own name
        """The sign between the brackets."""
        return "x" if self.value else " "
