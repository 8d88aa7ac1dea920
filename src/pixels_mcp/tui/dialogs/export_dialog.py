"""Write sprites as files that other programs read; shows the files before they are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Label, RadioSet, Static

from pixels_mcp.errors import PixelsError
from pixels_mcp.library.entries import LibraryEntry
from pixels_mcp.paths import expand_home
from pixels_mcp.tui.actions import Place
from pixels_mcp.tui.dialogs.dialog import Dialog
from pixels_mcp.tui.errands.export_files import (
    EXPORT_KINDS,
    ZOOMS,
    ExportWords,
    plan_export,
    require_whole,
    write_export,
)
from pixels_mcp.tui.lines.printed import counted
from pixels_mcp.tui.session import Session
from pixels_mcp.tui.widgets.choices import ChoiceButton

_SHOWN_FILES = 5


class ExportDialog(Dialog[None]):
    """Writes at `Ctrl+S`."""

    PLACES: ClassVar[tuple[Place, ...]] = ("export",)

    def __init__(self, session: Session, sprite_ids: Sequence[str]) -> None:
        what = sprite_ids[0] if len(sprite_ids) == 1 else f"{len(sprite_ids)} sprites"
        super().__init__(f"Export {what}")
        self._session, self._sprite_ids = session, list(sprite_ids)
        self._entries: list[LibraryEntry] = []

    def compose_dialog(self) -> Iterable[Widget]:
        """What, how large, where, and the list of files."""
        yield _line("as", RadioSet(*[ChoiceButton(kind, kind == "png") for kind in EXPORT_KINDS], id="kind"))
        yield _line("zoom", RadioSet(*[ChoiceButton(f"{zoom}x", zoom == 1) for zoom in ZOOMS], id="zoom"))
        yield _line("folder", Input(str(Path.cwd() / "export"), id="folder"))
        yield _line("name", Input("sprites", placeholder="of a sheet, or of an animation of several", id="export-name"))
        yield Static("", id="export-says", classes="says", markup=False)

    def on_mount(self) -> None:
        """Read what is to be written."""
        self.set_focus(self.query_one("#kind", RadioSet))
        library = self._session.library
        self._session.near(lambda: [library.get(one) for one in self._sprite_ids], self._read)

    def _read(self, entries: list[LibraryEntry]) -> None:
        self._entries = entries
        self._list()

    @on(Input.Changed)
    @on(RadioSet.Changed)
    def _list(self) -> None:
        if not self.is_attached or not self._entries:
            return
        try:
            files = plan_export(self._entries, self._words)
        except PixelsError as error:
            self._say(f"! {error}")
            return
        shown = [f"  {file.path.name}" for file in files[:_SHOWN_FILES]]
        rest = [f"  and {len(files) - _SHOWN_FILES} more"] if len(files) > _SHOWN_FILES else []
        self._say("\n".join([f"Ctrl+S writes into {self._words.folder}:", *shown, *rest]))

    @property
    def _words(self) -> ExportWords:
        kind = EXPORT_KINDS[max(0, self.query_one("#kind", RadioSet).pressed_index)]
        zoom = ZOOMS[max(0, self.query_one("#zoom", RadioSet).pressed_index)]
        folder = expand_home(self.query_one("#folder", Input).value.strip() or ".").absolute()
        return ExportWords(kind, folder, zoom, self.query_one("#export-name", Input).value.strip())

    def action_write(self) -> None:
        """Write the files."""
        words, entries, library = self._words, self._entries, self._session.library

        def write() -> list[Path]:
            files = plan_export(entries, words)
            require_whole(library, entries)
            return write_export(files, words.folder)

        self._session.near(write, self._written, self._failed)

    def _written(self, paths: Sequence[Path]) -> None:
        self._session.say(f"wrote {counted(len(paths), 'file')} into {paths[0].parent}", False)
        if self.is_attached:
            self.dismiss(None)

    def _failed(self, error: PixelsError) -> None:
        self._session.tell(error)
        self._say(f"! {error}")

    def _say(self, words: str) -> None:
        if self.is_attached:
            self.query_one("#export-says", Static).update(words)


def _line(name: str, widget: Widget) -> Horizontal:
    return Horizontal(Label(name), widget, classes="word")
