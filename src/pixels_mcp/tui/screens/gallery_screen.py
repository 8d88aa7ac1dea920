"""Gallery: every sprite of the library, found by words, with a card of the one under the cursor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static

from pixels_mcp.errors import InvalidArgumentError, PixelsError
from pixels_mcp.library.entries import LibraryEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.query import LIMIT_MAX
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.png import decode_png
from pixels_mcp.tui.actions import Place
from pixels_mcp.tui.dialogs.confirm_dialog import ConfirmDialog
from pixels_mcp.tui.entry_frames import FrameClip, clips_of
from pixels_mcp.tui.lines.library_filter import HELP, LibraryFilter, read_filter
from pixels_mcp.tui.lines.printed import counted, one_line
from pixels_mcp.tui.lines.sprite_facts import fact_lines
from pixels_mcp.tui.screens.mode_screen import ModeScreen
from pixels_mcp.tui.session import Change, Session
from pixels_mcp.tui.sprite_actions import SpriteActions
from pixels_mcp.tui.widgets.sprite_grid import DENSITIES, GridItem, SpriteGrid
from pixels_mcp.tui.widgets.sprite_view import SpriteView

REST_S = 0.15
"""So long the cursor rests before the card follows it: a held key moves the grid alone."""

_GONE = """there is no library in {folder}

where sprites should lie there: attach its disk, or bring the folder back, and press 2
7, then library_dir, names another folder
1, a prompt and Enter begin a new library there"""
EMPTY = "no sprite yet\n\npress 1, type a prompt and press Enter:\nit appears here"
NO_HITS = "no sprite has all of these words\n\nEsc shows all again"
EMPTY_TRASH = "nothing was removed\n\nT shows the library again"


@dataclass(frozen=True)
class _Page:
    entries: list[LibraryEntry]
    total: int
    is_void: bool
    is_read_only: bool


@dataclass(frozen=True, eq=False)
class _Card:
    entry: LibraryEntry
    clip: FrameClip | None
    problem: str = ""


class GalleryScreen(SpriteActions, ModeScreen):
    """The library."""

    MODE: ClassVar[Place] = "gallery"
    PLACES: ClassVar[tuple[Place, ...]] = ("sprite",)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._entries: dict[str, LibraryEntry] = {}
        self._is_trash = False
        self._resting: Timer | None = None
        self._asked = self._total = 0
        self._is_read = self._is_gone = self._is_read_only = self._had = False
        self._counted = ""

    def compose_body(self) -> ComposeResult:
        """Filter, grid, card."""
        with Horizontal(id="filter-line"):
            yield Input(placeholder=f"/ {HELP}", id="filter")
            yield Static("", id="count", markup=False)
        with Horizontal():
            yield SpriteGrid(empty="reading the library ...", widget_id="grid")
            with Vertical(id="card-pane", classes="pane"):
                yield SpriteView(widget_id="card")
                yield Static("", id="card-says", markup=False)

    @property
    def home(self) -> Widget:
        """The grid."""
        return self.query_one(SpriteGrid)

    # --- what is shown ------------------------------------------------------------------------------------------

    def library_changed(self) -> None:
        """Read it again."""
        self._search()

    def on_screen_resume(self) -> None:
        """Look again for a library that was gone."""
        if self._is_gone:
            self._search()

    @on(Input.Changed, "#filter")
    def _search(self) -> None:
        try:
            asked = read_filter(self.query_one("#filter", Input).value)
        except InvalidArgumentError as error:
            self._counted = f"! {error}"
            self.query_one("#count", Static).update(self._counted)
            return
        self._asked += 1
        number, library, is_trash = self._asked, self.session.library, self._is_trash
        read = self.session.near if self._is_read else self.session.near_first
        read(
            lambda: _find(library, asked, is_trash=is_trash),
            lambda entries: self._show(entries, number),
            self._unreadable,
        )

    def _unreadable(self, error: PixelsError) -> None:
        self._is_read = True
        grid = self.query_one(SpriteGrid)
        grid.empty = f"the library cannot be read\n\n{error.message}\nnext: {self.session.advice(error)}"
        grid.show([])

    def _show(self, page: _Page, number: int) -> None:
        if number != self._asked:
            return  # something newer was asked meanwhile
        entries = page.entries
        self._is_gone = page.is_void and self._should_be_there
        self._is_read, self._is_read_only = True, page.is_read_only
        self._entries = {entry.sprite_id: entry for entry in entries}
        grid = self.query_one(SpriteGrid)
        is_filtered = bool(self.query_one("#filter", Input).value.strip())
        if self._is_gone:
            grid.empty = _GONE.format(folder=self.session.library.root)
        else:
            grid.empty = EMPTY_TRASH if self._is_trash else NO_HITS if is_filtered else EMPTY
        grid.show([_item(entry) for entry in entries])
        if self.session.wanted_sprite:
            grid.put_cursor(self.session.wanted_sprite)
            self.session.wanted_sprite = None
        self._total = page.total
        self._had = self._had or page.total > 0
        self._count()

    @property
    def _should_be_there(self) -> bool:
        """Whether somebody named the folder, or sprites were seen: what is not there then is no empty library."""
        jobs = self.session.board.jobs.values()
        return self.session.settings.library_dir is not None or self._had or any(job.parts_done for job in jobs)

    def _count(self) -> None:
        grid = self.query_one(SpriteGrid)
        where = "in the trash" if self._is_trash else f"of {self._total}"
        marked = f"  {len(grid.marked)} marked" if grid.marked else ""
        fixed = "read-only: it can be looked at alone  " if self._is_read_only else ""
        words = f"{fixed}{len(self._entries)} {where}{marked}  z {grid.density}"
        if words != self._counted:  # as wide as its words, so new ones lay the whole screen out again
            self._counted = words
            self.query_one("#count", Static).update(words)

    @on(SpriteGrid.Wanted)
    def _load(self, event: SpriteGrid.Wanted) -> None:
        paths = {key: self._entries[key].path for key in event.keys if key in self._entries}
        self.session.near(lambda: _pictures(paths), self.query_one(SpriteGrid).take)

    # --- the card -----------------------------------------------------------------------------------------------

    @on(SpriteGrid.Moved)
    def _moved(self) -> None:
        if self._resting is not None:
            self._resting.stop()
        self.query_one("#card", SpriteView).pause()
        self._resting = self.set_timer(REST_S, self._show_card)
        self._count()

    def _show_card(self) -> None:
        key = self.query_one(SpriteGrid).key
        entry = self._entries.get(key or "")
        if entry is None:
            self.query_one("#card", SpriteView).show([])
            self.query_one("#card-says", Static).update("")
            self.query_one("#card-pane").border_title = ""
            return
        self.session.near(lambda: _read_card(entry), self._put_card)

    def _put_card(self, card: _Card) -> None:
        if self.query_one(SpriteGrid).key != card.entry.sprite_id:
            return
        view = self.query_one("#card", SpriteView)
        view.placeholder = card.problem
        view.show(card.clip.frames if card.clip else (), card.clip.frame_ms if card.clip else ())
        self.query_one("#card-pane").border_title = card.entry.sprite_id
        self.query_one("#card-says", Static).update("\n".join([view.described, *fact_lines(card.entry)]))

    @on(SpriteGrid.Opened)
    def _opened(self) -> None:
        self.action_sprite_look()

    # --- actions ------------------------------------------------------------------------------------------------

    def chosen_sprites(self) -> list[str]:
        """What is marked, else the one under the cursor; nothing of the trash, which is only brought back."""
        if self._is_trash:
            self.session.say("it lies in the trash: u or Enter brings it back, T shows the library", False)
            return []
        return self.query_one(SpriteGrid).chosen

    def action_sprite_look(self) -> None:
        """Large; what is in the trash comes back instead."""
        key = self.query_one(SpriteGrid).key
        if not self._is_trash:
            super().action_sprite_look()
        elif key is not None:
            library = self.session.library
            self.session.near(lambda: library.restore(key), self._restored)

    def _restored(self, entry: LibraryEntry) -> None:
        library = self.session.library

        def back() -> str:
            library.remove(entry.sprite_id)
            return f"{entry.sprite_id} is in the trash again"

        self.session.changed(Change(f"{entry.sprite_id} is back", back))
        self.bring_up_to_date()

    def copied(self) -> str | None:
        """The id under the cursor."""
        return self.query_one(SpriteGrid).key

    def action_filter(self) -> None:
        """Into the filter."""
        self.set_focus(self.query_one("#filter", Input))

    @on(Input.Submitted, "#filter")
    def _filtered(self) -> None:
        self.set_focus(self.home)

    def leave_filter(self) -> None:
        """Show everything again."""
        self.query_one("#filter", Input).value = ""
        if self._is_trash:
            self.action_trash()

    def action_density(self) -> None:
        """Half, whole, list."""
        grid = self.query_one(SpriteGrid)
        grid.set_density(DENSITIES[(DENSITIES.index(grid.density) + 1) % len(DENSITIES)])
        self._count()

    def action_unmark(self) -> None:
        """Take the marks away."""
        self.query_one(SpriteGrid).unmark()
        self._count()

    def action_trash(self) -> None:
        """The trash, or the library again."""
        self._is_trash = not self._is_trash
        self._search()

    def action_empty_trash(self) -> None:
        """Delete for good, after a question: this cannot be taken back."""
        library = self.session.library

        def empty(yes: bool | None) -> None:
            if yes:
                self.session.near(library.empty_trash, self._emptied)

        def ask(count: int) -> None:
            if count:
                told = f"{counted(count, 'sprite')} {'is' if count == 1 else 'are'} deleted for good."
                self.app.push_screen(ConfirmDialog("Empty the trash?", told), empty)
            else:
                self.session.say("the trash is empty", False)

        self.session.near_first(lambda: len(library.removed()), ask)

    def _emptied(self, sprite_ids: Sequence[str]) -> None:
        self.session.say(f"deleted {counted(len(sprite_ids), 'sprite')} for good", False)
        self._search()


def _find(library: Library, asked: LibraryFilter, *, is_trash: bool) -> _Page:
    if is_trash:
        removed = library.removed()
        return _Page(removed, len(removed), library.is_void, library.is_read_only)
    entries = library.search(limit=LIMIT_MAX, **asdict(asked))
    return _Page(entries, library.count(), library.is_void, library.is_read_only)


def _item(entry: LibraryEntry) -> GridItem:
    name = entry.sprite_id
    stars = "*" * entry.rating
    size = f"{entry.width_px}x{entry.height_px}"
    tags = ", ".join(entry.tags)
    line = (
        f"{_short_id(name, 26):<26} {size:>7} {stars:<5} {entry.model:<8.8} "
        f"{tags + '  ' if tags else ''}{one_line(entry.prompt)}"
    )
    return GridItem(name, _short_id(name, 14), line)


def _short_id(sprite_id: str, characters: int) -> str:
    """An id in so many characters; its end, which tells sprites apart, stays."""
    slug, _, number = sprite_id.rpartition("-")
    slug = re.sub(r"^(an?|the)-", "", slug)
    room = characters - len(number) - 1
    return f"{slug if len(slug) <= room else slug[: room - 1] + '~'}-{number}"


def _pictures(paths: dict[str, str]) -> dict[str, Rgba | None]:
    pictures: dict[str, Rgba | None] = {}
    for key, path in paths.items():
        try:
            pictures[key] = decode_png(Path(path).read_bytes(), label=key)[0]
        except (PixelsError, OSError):
            pictures[key] = None
    return pictures


def _read_card(entry: LibraryEntry) -> _Card:
    try:
        pixels, _ = decode_png(Path(entry.path).read_bytes(), label=entry.sprite_id)
    except (PixelsError, OSError) as error:
        return _Card(entry, None, f"broken file\n{one_line(str(error), 120)}")
    return _Card(entry, clips_of(pixels, entry.facts)[0])
