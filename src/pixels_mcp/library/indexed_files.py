"""Files with cards and an index that is kept in step with them: one writer at a time, whole or not at all."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

from pixels_mcp.errors import DamagedStoreError, StoreError
from pixels_mcp.files import hold_lock, refused_by_disk, write_whole
from pixels_mcp.library import index
from pixels_mcp.library.cards import Card, read_card
from pixels_mcp.library.index_anchor import IndexAnchor
from pixels_mcp.library.index_copies import can_write, read_copy
from pixels_mcp.library.rebuild import rebuild_index
from pixels_mcp.library.trash import Trash
from pixels_mcp.paths import expand_home

log = logging.getLogger(__name__)

Value = TypeVar("Value")


class IndexedFiles:
    """What the library does all its work with.

    Args:
        root: The folder; made by the first write.
    """

    def __init__(self, root: Path) -> None:
        self.root = expand_home(root).absolute()
        self.index_file = self.root / "index.sqlite"
        self.sprites = self.root / "sprites"
        self.stage = self.root / "stage"
        self.trash = Trash(self.root / "trash", self.stage)
        self._anchor: IndexAnchor | None = None

    def keep_index_open(self) -> contextlib.closing[IndexAnchor]:
        """Hold the index open from the next change on, where many are to come; for a `with` block."""
        self._anchor = IndexAnchor(self.index_file)
        return contextlib.closing(self._anchor)

    def rebuild(self) -> int:
        """Make the index again from the files.

        A file without its `.json` gets an id made from its recipe's prompt, or from its own name where it has none; a
        file that cannot be read stays where it is and is left out.

        Returns:
            How many sprites it holds now.

        Raises:
            DiskFullError, StoreError: It cannot be written.
        """
        with self.writing("the index"):
            return rebuild_index(self.root, self.index_file, self.sprites, self.trash.sprite_ids())

    def count(self) -> int:
        """Count the sprites."""
        return self.read(
            lambda connection: int(connection.execute("SELECT count(*) FROM sprites").fetchone()[0]), missing=0
        )

    def read(self, look: Callable[[sqlite3.Connection], Value], *, missing: Value | Exception) -> Value:
        """Look something up; an empty folder gives `missing`, a damaged index is made again first.

        Where nothing can be written, a copy of the index is looked into.
        """

        def once() -> Value:
            with index.open_index(self.index_file) as connection:
                return look(connection)

        if self.is_void:
            if isinstance(missing, Exception):
                raise missing
            return missing
        if self.is_read_only:
            return read_copy(self.root, self.index_file, self.sprites, self.trash.sprite_ids, look)
        return self.healed(once)

    @property
    def is_void(self) -> bool:
        """True where there is no library: neither an index nor files; also where its disk is not there."""
        return not self.index_file.exists() and not self.sprites.exists()

    @property
    def is_read_only(self) -> bool:
        """True where the folder is there and nothing can be written in it."""
        return self.root.is_dir() and not can_write(self.root)

    def healed(self, action: Callable[[], Value]) -> Value:
        """Do it; where the index turns out to be damaged, make that again and do it then."""
        try:
            return action()
        except DamagedStoreError as error:
            if self.sprites.exists():
                log.warning("%s; making it again from the files", error.message)
            self.rebuild()
            return action()

    @contextlib.contextmanager
    def changing(self, what: str) -> Generator[tuple[sqlite3.Connection, contextlib.ExitStack]]:
        """Change index and files together: what is put on the stack undoes the files where the index is not changed."""
        with self.writing(what), contextlib.ExitStack() as undo:
            if self._anchor is not None:
                self._anchor.renew()
            with index.open_index(self.index_file, write=True) as connection:
                yield connection, undo
            undo.pop_all()

    @contextlib.contextmanager
    def writing(self, what: str) -> Generator[None]:
        """Be the one writer, and translate what the file system says."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with hold_lock(self.root / "write.lock"):
                self._sweep()
                yield
        except OSError as error:
            if held := refused_by_disk(error, self.root, what):
                raise held from error
            raise StoreError(
                f"cannot write {what} in {self.root}: {error.strerror or error}",
                hint="check the folder's rights, or set `library_dir`",
            ) from error

    def _sweep(self) -> None:
        """Clear what a writer that was killed left unfinished; no other one writes now."""
        if self.stage.is_dir():
            for left in self.stage.iterdir():
                left.unlink(missing_ok=True)

    def change_card(self, undo: contextlib.ExitStack, file: Path, change: Callable[[Card], Card]) -> Card:
        """Write the card beside a file anew, and put the old one on the stack; returns the new one."""
        card = read_card(file)
        undo.callback(self._write_card, file, card)
        changed = change(card)
        self._write_card(file, changed)
        return changed

    def _write_card(self, file: Path, card: Card) -> None:
        target = file.with_suffix(".json")
        if card.entries:
            write_whole(target, card.to_bytes(), stage=self.stage)
        else:
            target.unlink(missing_ok=True)

    def file_of(self, sha256: str) -> Path:
        """Where the file of these bytes lies."""
        return self.sprites / sha256[:2] / f"{sha256}.png"
