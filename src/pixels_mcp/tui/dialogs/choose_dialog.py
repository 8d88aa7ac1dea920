"""Choose one of a list, by moving or by typing a part of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from pixels_mcp.tui.dialogs.dialog import Dialog
from pixels_mcp.tui.widgets.line_list import LineList, ListLine


class ChooseDialog(Dialog[str]):
    """Gives the key of the chosen line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "down", show=False),
        Binding("up", "move(-1)", "up", show=False),
        Binding("pagedown", "move(10)", "page down", show=False),
        Binding("pageup", "move(-10)", "page up", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[ListLine], *, chosen: str = "") -> None:
        super().__init__(title)
        self._lines, self._chosen = list(lines), chosen

    def compose_dialog(self) -> Iterable[Widget]:
        """A field that filters, and the list; the cursor stays in the field, the arrows move in the list."""
        yield Input(placeholder="type to filter; Up, Down and Enter choose", id="choose-filter")
        yield LineList(empty="nothing has these words; Backspace takes a letter back", widget_id="choices")

    def on_mount(self) -> None:
        """All of them, the cursor on the one that is in force."""
        choices = self.query_one(LineList)
        choices.show(self._lines)
        choices.put_cursor(self._chosen)
        self.set_focus(self.query_one(Input))

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self.query_one(LineList).show(filtered(self._lines, event.value))

    @on(Input.Submitted)
    def _take(self) -> None:
        key = self.query_one(LineList).key
        if key is not None:
            self.dismiss(key)

    @on(LineList.Chosen)
    def _chosen_line(self, event: LineList.Chosen) -> None:
        self.dismiss(event.key)

    def action_move(self, by: int) -> None:
        """Move in the list from within the field."""
        self.query_one(LineList).action_move(by)


def filtered(lines: Sequence[ListLine], words: str) -> list[ListLine]:
    """The lines that have all of some words, and the titles above them."""
    wanted = words.casefold().split()
    if not wanted:
        return list(lines)
    kept: list[ListLine] = []
    title: ListLine | None = None
    for line in lines:
        if line.tone == "title":
            title = line
        elif all(word in f"{line.text} {line.key}".casefold() for word in wanted):
            kept += [title, line] if title else [line]
            title = None
    return kept
