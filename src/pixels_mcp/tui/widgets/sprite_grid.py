"""A gallery in one widget: only the rows that are seen are asked for and drawn, whatever the number of sprites."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
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

from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.tui.actions import bindings_of
from pixels_mcp.tui.lines.printed import folded
from pixels_mcp.tui.widgets.half_blocks import Backdrop, shrunk, to_strips

Density = Literal["half", "whole", "list"]
DENSITIES: tuple[Density, ...] = ("half", "whole", "list")

_CELLS: dict[Density, tuple[int, int]] = {"half": (16, 8), "whole": (32, 16), "list": (0, 0)}
"""Columns and rows of one picture; a list has none."""

_GAP_COLUMNS, _GAP_ROWS = 2, 1
KEPT_PICTURES = 1_024
"""A drawn picture takes some 20 KiB, shared styles aside."""

_WAITING = "\N{MIDDLE DOT}" * 3


@dataclass(frozen=True)
class GridItem:
    """One sprite: its id, what stands under its picture, and what a line of a list says."""

    key: str
    label: str
    line: str


class SpriteGrid(ScrollView, can_focus=True):
    """Sprites in rows and columns, with a cursor and marks. It asks for pictures by message and gets them by `take`."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_of("grid")
    COMPONENT_CLASSES: ClassVar[set[str]] = {"grid--label", "grid--cursor", "grid--marked"}
    DEFAULT_CSS = """
    SpriteGrid { width: 1fr; height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }
    SpriteGrid > .grid--label { color: $foreground 70%; }
    SpriteGrid > .grid--marked { color: $text-accent; text-style: bold; }
    SpriteGrid > .grid--cursor { background: $panel; text-style: bold; }
    SpriteGrid:focus > .grid--cursor { background: $primary; color: $text; text-style: bold; }
    """

    cursor: reactive[int] = reactive(0, init=False, repaint=False)

    class Moved(Message):
        """The cursor stands on another sprite, or on none."""

        def __init__(self, key: str | None) -> None:
            super().__init__()
            self.key = key

    class Opened(Moved):
        """A second click on a sprite."""

    class Wanted(Message):
        """Pictures that are in sight and not known; `take` brings them."""

        def __init__(self, keys: tuple[str, ...]) -> None:
            super().__init__()
            self.keys = keys

    def __init__(self, *, empty: str = "", widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self.empty = empty
        self.density: Density = "half"
        self.marked: set[str] = set()
        self._items: list[GridItem] = []
        self._places: dict[str, int] = {}
        self._pictures: OrderedDict[tuple[str, Density], list[Strip] | None] = OrderedDict()
        self._lines: OrderedDict[int, Strip] = OrderedDict()
        self._asked: set[str] = set()
        self._missing: list[str] = []
        self._paper: Style | None = None
        self._backdrop = Backdrop.plain((0, 0, 0))

    # --- what is shown ------------------------------------------------------------------------------------------

    def show(self, items: Sequence[GridItem]) -> None:
        """Show these; cursor and marks stay on their sprites where those are still there."""
        here = self.key
        self._items = list(items)
        self._places = {item.key: index for index, item in enumerate(self._items)}
        self.marked &= self._places.keys()
        at = self._places.get(here, min(self.cursor, max(0, len(self._items) - 1))) if here else 0
        self.set_reactive(SpriteGrid.cursor, at)
        self._lay_out()
        self._keep_in_sight()
        self.post_message(self.Moved(self.key))

    def take(self, pictures: Mapping[str, Rgba | None]) -> None:
        """Draw pictures that were wanted; None is a file that cannot be read."""
        for key, pixels in pictures.items():
            self._asked.discard(key)
            self._pictures[key, self.density] = None if pixels is None else self._draw(pixels)
        while len(self._pictures) > KEPT_PICTURES:
            self._pictures.popitem(last=False)
        rows = {self._places[key] // self.columns for key in pictures if key in self._places}
        for row in rows if self.density != "list" else ():
            self._redraw_row(row)

    @property
    def key(self) -> str | None:
        """The sprite under the cursor."""
        return self._items[self.cursor].key if self.cursor < len(self._items) else None

    @property
    def chosen(self) -> list[str]:
        """What is marked, in the order shown; the sprite under the cursor where nothing is."""
        marked = [item.key for item in self._items if item.key in self.marked]
        return marked or ([self.key] if self.key else [])

    def put_cursor(self, key: str) -> None:
        """Move the cursor to a sprite, where it is shown."""
        self.cursor = self._places.get(key, self.cursor)

    def set_density(self, density: Density) -> None:
        """Another size."""
        self.density = density
        self._asked.clear()
        self._lay_out()
        self._keep_in_sight()

    def unmark(self) -> None:
        """Take all marks away."""
        self.marked.clear()
        self._redraw()

    @property
    def columns(self) -> int:
        """Sprites side by side."""
        if self.density == "list":
            return 1
        return max(1, (self.scrollable_content_region.width + _GAP_COLUMNS) // self._cell.width)

    @property
    def _cell(self) -> Size:
        """Columns and rows of one sprite with its label and the gaps."""
        if self.density == "list":
            return Size(max(1, self.scrollable_content_region.width), 1)
        columns, rows = _CELLS[self.density]
        return Size(columns + _GAP_COLUMNS, rows + 1 + _GAP_ROWS)

    def _lay_out(self) -> None:
        rows = -(-len(self._items) // self.columns)
        width = self.columns * self._cell.width - (0 if self.density == "list" else _GAP_COLUMNS)
        self.virtual_size = Size(width, rows * self._cell.height)
        self._redraw()

    def on_resize(self, _: events.Resize) -> None:
        """As many columns as fit; the cursor stays in sight."""
        self._lay_out()
        self._keep_in_sight()

    def notify_style_update(self) -> None:
        """Another theme, or the focus came or went; transparent pixels show the widget's own background."""
        super().notify_style_update()
        self._paper = None
        self._lines.clear()
        color = self.background_colors[1]
        backdrop = Backdrop.plain((color.r, color.g, color.b))
        if backdrop != self._backdrop:
            self._backdrop = backdrop
            self._pictures.clear()
            self._asked.clear()

    # --- drawing ------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """The same `Strip` object each time a line is seen again: Textual keeps with it what it made of it."""
        if not self._items:
            return self._words(y)
        at = y + int(self.scroll_offset.y)
        if at not in self._lines:
            self._lines[at] = self._make_line(*divmod(at, self._cell.height))
            if len(self._lines) > KEPT_PICTURES:
                self._lines.popitem(last=False)
        return self._lines[at]

    def _words(self, y: int) -> Strip:
        lines = folded(self.empty, self.size.width - 4)
        text = f"  {lines[y]}" if y < len(lines) else ""
        return Strip([Segment(set_cell_size(text, max(1, self.size.width)), self.rich_style)], self.size.width)

    def _make_line(self, row: int, line: int) -> Strip:
        first = row * self.columns
        if self._paper is None:
            self._paper = self.rich_style  # dear: 0.1 ms
        paper, (columns, rows) = self._paper, _CELLS[self.density]
        width = self.scrollable_content_region.width
        segments: list[Segment] = []
        for index, item in enumerate(self._items[first : first + self.columns], start=first):
            if self.density == "list":
                segments.append(self._label(index, item.key, item.line, width))
            elif line < rows:
                segments += self._picture_line(item.key, line, paper)
            elif line == rows:
                segments.append(self._label(index, item.key, item.label, columns))
            else:
                segments.append(Segment(" " * columns, paper))
            segments.append(Segment(" " * _GAP_COLUMNS, paper))
        return Strip(segments).adjust_cell_length(width, paper)

    def _picture_line(self, key: str, line: int, paper: Style) -> list[Segment]:
        columns, rows = _CELLS[self.density]
        if (key, self.density) not in self._pictures:
            self._ask_for(key)
            return [Segment((_WAITING if line == rows // 2 else "").center(columns), paper)]
        strips = self._pictures[key, self.density]
        if strips is None:
            return [Segment(("broken file" if line == rows // 2 else "").center(columns), paper)]
        top = (rows - len(strips)) // 2
        if not top <= line < top + len(strips):
            return [Segment(" " * columns, paper)]
        strip = strips[line - top]
        left = (columns - strip.cell_length) // 2
        right = columns - strip.cell_length - left
        return [Segment(" " * left, paper), *strip, Segment(" " * right, paper)]

    def _label(self, index: int, key: str, text: str, columns: int) -> Segment:
        is_cursor, is_marked = index == self.cursor, key in self.marked
        kind = "grid--cursor" if is_cursor else "grid--marked" if is_marked else "grid--label"
        told = f"{'>' if is_cursor else ' '}{'*' if is_marked else ' '}{text}"  # seen without colors too
        style = self.rich_style + self.get_component_rich_style(kind, partial=True)
        return Segment(set_cell_size(told, max(1, columns)), style)

    def _draw(self, pixels: Rgba) -> list[Strip]:
        columns, rows = _CELLS[self.density]
        factor = max(1, -(-pixels.shape[1] // columns), -(-pixels.shape[0] // (2 * rows)))
        return to_strips(shrunk(pixels, factor), backdrop=self._backdrop)

    def _redraw(self) -> None:
        self._lines.clear()
        self.refresh()

    def _redraw_row(self, row: int) -> None:
        """Draw one row of pictures again."""
        first, lines = row * self._cell.height, _CELLS[self.density][1]
        for at in range(first, first + lines):
            self._lines.pop(at, None)
        self.refresh_lines(first, lines)

    def _ask_for(self, key: str) -> None:
        if key in self._asked:
            return
        self._asked.add(key)
        self._missing.append(key)
        if len(self._missing) == 1:
            self.call_after_refresh(self._tell_missing)

    def _tell_missing(self) -> None:
        missing, self._missing = tuple(self._missing), []
        if missing:
            self.post_message(self.Wanted(missing))

    # --- moving -------------------------------------------------------------------------------------------------

    def validate_cursor(self, cursor: int) -> int:
        """Stay on a sprite."""
        return max(0, min(cursor, len(self._items) - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Draw two labels again, nothing else."""
        for index in (old, new):
            at = index // self.columns * self._cell.height + _CELLS[self.density][1]
            self._lines.pop(at, None)
            self.refresh_line(at)
        self._keep_in_sight()
        self.post_message(self.Moved(self.key))

    def _keep_in_sight(self) -> None:
        row = self.cursor // self.columns
        region = Region(0, row * self._cell.height, 1, max(1, self._cell.height - _GAP_ROWS))
        self.scroll_to_region(region, animate=False, force=True)

    def action_move(self, columns: int, rows: int) -> None:
        """Move the cursor."""
        target = self.cursor + columns + rows * self.columns
        if 0 <= target < len(self._items):
            self.cursor = target

    def action_edge(self, index: int) -> None:
        """To the first or last one."""
        self.cursor = index % len(self._items) if self._items else 0

    def action_page(self, by: int) -> None:
        """One screen on or back."""
        rows = max(1, self.scrollable_content_region.height // self._cell.height)
        self.cursor += by * rows * self.columns

    def action_mark(self) -> None:
        """Mark for what is done with several at once, and go on."""
        if self.key:
            self.marked ^= {self.key}
            self.action_move(1, 0)
            self._redraw()

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a double click opens."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        row = (offset.y + int(self.scroll_offset.y)) // self._cell.height
        column = offset.x // self._cell.width
        index = row * self.columns + column
        if column < self.columns and index < len(self._items):
            self.cursor = index
            if event.chain == 2:
                self.post_message(self.Opened(self.key))
