"""A list that draws its lines itself: a cursor, titles between the lines, and only what is seen is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pixels_mcp.tui.actions import bindings_of
from pixels_mcp.tui.lines.printed import folded

Tone = Literal["plain", "title", "good", "bad", "muted"]

CURSOR_COLUMNS = 2


@dataclass(frozen=True)
class ListLine:
    """One line.

    Attributes:
        key: What it stands for.
        text: As it is; nothing in it is markup.
        tone: How it looks; a title cannot be chosen.
    """

    key: str
    text: str
    tone: Tone = "plain"


class LineList(ScrollView, can_focus=True):
    """Lines to move over and choose from. What the cursor stands on is told by `>`, not by color alone."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_of("list")
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lines--plain", "lines--title", "lines--good", "lines--bad", "lines--muted", "lines--cursor",
    }  # fmt: skip
    DEFAULT_CSS = """
    LineList { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }
    LineList > .lines--title { color: $text-primary; text-style: bold; }
    LineList > .lines--good { color: $text-success; }
    LineList > .lines--bad { color: $text-error; }
    LineList > .lines--muted { color: $foreground 60%; }
    LineList > .lines--cursor { background: $panel; text-style: bold; }
    LineList:focus > .lines--cursor { background: $primary; color: $text; text-style: bold; }
    """

    cursor: reactive[int] = reactive(0, init=False, repaint=False)

    class Moved(Message):
        """The cursor stands on another line, or on what changed under it."""

        def __init__(self, lines: LineList, key: str | None) -> None:
            super().__init__()
            self.lines, self.key = lines, key

        @property
        def control(self) -> LineList:
            """The list."""
            return self.lines

    class Chosen(Moved):
        """A second click; what Enter does is the screen's."""

    def __init__(self, *, empty: str = "", widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self.empty = empty
        self._rows: list[ListLine] = []
        self._strips: dict[int, Strip] = {}
        self._styles: dict[str, Style] = {}

    # --- what is shown ------------------------------------------------------------------------------------------

    def show(self, rows: Sequence[ListLine]) -> None:
        """Show these; the cursor stays on its line where that is still there."""
        if list(rows) == self._rows:
            return
        here = self.key
        self._rows = list(rows)
        keys = [row.key if row.tone != "title" else None for row in self._rows]
        at = keys.index(here) if here in keys and here is not None else min(self.cursor, max(0, len(keys) - 1))
        self.set_reactive(LineList.cursor, self._nearest(at))
        self.virtual_size = Size(self.size.width, len(self._rows))
        self._redraw()
        if self.key != here:
            self.post_message(self.Moved(self, self.key))

    @property
    def key(self) -> str | None:
        """What the cursor stands on."""
        row = self._rows[self.cursor] if self.cursor < len(self._rows) else None
        return None if row is None or row.tone == "title" else row.key

    @property
    def is_at_end(self) -> bool:
        """True while the cursor stands on the last line, or there is none."""
        return self.cursor >= len(self._rows) - 1

    def put_cursor(self, key: str) -> None:
        """Move the cursor to a line, where there is such a one."""
        for index, row in enumerate(self._rows):
            if row.key == key and row.tone != "title":
                self.cursor = index
                return

    def _redraw(self) -> None:
        self._strips.clear()
        self.refresh()

    def on_resize(self, _: events.Resize) -> None:
        """Lines are as wide as the list."""
        self.virtual_size = Size(self.size.width, len(self._rows))
        self._redraw()

    def notify_style_update(self) -> None:
        """Another theme, or the focus came or went."""
        super().notify_style_update()
        self._strips.clear()
        self._styles.clear()

    # --- drawing ------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line."""
        at = y + int(self.scroll_offset.y)
        if not self._rows:
            return self._words(y)
        if at >= len(self._rows):
            return Strip.blank(self.size.width, self._style("plain"))
        if at not in self._strips:
            self._strips[at] = self._draw(at)
        return self._strips[at]

    def _draw(self, at: int) -> Strip:
        row, is_cursor = self._rows[at], at == self.cursor
        style = self._style(row.tone)
        if is_cursor and row.tone != "title":
            style += self.get_component_rich_style("lines--cursor", partial=True)
        mark = "" if row.tone == "title" else "> " if is_cursor else "  "
        width = max(1, self.scrollable_content_region.width)
        return Strip([Segment(set_cell_size(mark + row.text, width), style)], width)

    def _style(self, tone: Tone) -> Style:
        if tone not in self._styles:
            # dear: 0.1 ms each
            self._styles[tone] = self.rich_style + self.get_component_rich_style(f"lines--{tone}", partial=True)
        return self._styles[tone]

    def _words(self, y: int) -> Strip:
        lines = folded(self.empty, self.size.width - 4)
        style = self._style("muted")
        text = lines[y] if y < len(lines) else ""
        return Strip([Segment(set_cell_size(f"  {text}", max(1, self.size.width)), style)], self.size.width)

    # --- moving -------------------------------------------------------------------------------------------------

    def _nearest(self, at: int, by: int = 1) -> int:
        """The nearest line that is no title, first in one direction, then in the other."""
        for index in (*range(at, len(self._rows) if by > 0 else -1, by), *range(at, -1 if by > 0 else len(self._rows), -by)):  # fmt: skip  # noqa: E501  # reads better in one line
            if 0 <= index < len(self._rows) and self._rows[index].tone != "title":
                return index
        return 0

    def validate_cursor(self, cursor: int) -> int:
        """Stay on a line."""
        at = max(0, min(cursor, len(self._rows) - 1))
        return self._nearest(at, 1 if cursor >= self.cursor else -1)

    def watch_cursor(self, old: int, new: int) -> None:
        """Draw two lines again, nothing else."""
        for index in (old, new):
            self._strips.pop(index, None)
            self.refresh_line(index)
        self.scroll_to_region(Region(0, new, 1, 1), animate=False, force=True)
        self.post_message(self.Moved(self, self.key))

    def action_move(self, by: int) -> None:
        """Some lines on or back."""
        self.cursor += by

    def action_edge(self, index: int) -> None:
        """To the first or last line."""
        self.cursor = index % len(self._rows) if self._rows else 0

    def action_page(self, by: int) -> None:
        """One screen on or back."""
        self.cursor += by * max(1, self.scrollable_content_region.height - 1)

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a double click chooses."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        index = offset.y + int(self.scroll_offset.y)
        if index < len(self._rows) and self._rows[index].tone != "title":
            self.cursor = index
            if event.chain == 2:
                self.post_message(self.Chosen(self, self.key))
