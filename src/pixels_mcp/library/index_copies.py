"""Indexes of libraries in which nobody can write, on a read-only disk or of another person: copies to read from.

SQLite reads no database in WAL mode where it cannot write beside it, an older index cannot be migrated there, and a
lost one not made again. So the index is copied into a folder that goes with the process, and all of that is done there.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pixels_mcp.database import delete_database
from pixels_mcp.errors import DamagedStoreError, StoreError
from pixels_mcp.library import index
from pixels_mcp.library.rebuild import rebuild_index
from pixels_mcp.next_steps import NextStep

Value = TypeVar("Value")
Stamp = tuple[tuple[int, int], ...]
"""Size and time of change of the index and of what SQLite keeps beside it."""

_TRIES = 5


@dataclass
class _Copy:
    folder: tempfile.TemporaryDirectory[str]
    stamp: Stamp | None = None

    @property
    def file(self) -> Path:
        return Path(self.folder.name) / "index.sqlite"


_copies: dict[Path, _Copy] = {}
_lock = threading.Lock()


def can_write(folder: Path) -> bool:
    """False on a read-only disk, for the superuser too, and where the folder's rights say no."""
    return os.access(folder, os.W_OK)


def read_copy(
    root: Path,
    index_file: Path,
    sprites: Path,
    trashed_ids: Callable[[], list[str]],
    look: Callable[[sqlite3.Connection], Value],
) -> Value:
    """Look something up in a copy of the index as it stands now.

    Raises:
        StoreError: It cannot be read, or was written all the while.
    """
    with _lock:
        copy = _copies.setdefault(root, _Copy(tempfile.TemporaryDirectory(prefix="pixels-mcp-index-")))
        try:
            _bring_up_to_date(copy, index_file)
            try:
                return _look(copy, look)
            except DamagedStoreError:
                rebuild_index(copy.file.parent, copy.file, sprites, trashed_ids(), keeps_cards=False)
                return _look(copy, look)
        except OSError as error:
            raise StoreError(
                f"cannot read the library {root}: {error.strerror or error}", steps=[NextStep("check_installation")]
            ) from error


def _look(copy: _Copy, look: Callable[[sqlite3.Connection], Value]) -> Value:
    with index.open_index(copy.file) as connection:
        return look(connection)


def _bring_up_to_date(copy: _Copy, index_file: Path) -> None:
    for _ in range(_TRIES):
        stamp = _stamp(index_file)
        if stamp == copy.stamp:
            return
        copy.stamp = None
        delete_database(copy.file)
        for source in _files(index_file):
            if source.exists():
                shutil.copyfile(source, copy.file.with_name(source.name))
        if _stamp(index_file) == stamp:
            copy.stamp = stamp
            return
    raise StoreError(f"{index_file} changes all the while", hint="try again in a moment")


def _files(index_file: Path) -> tuple[Path, Path]:
    return index_file, index_file.with_name(f"{index_file.name}-wal")


def _stamp(index_file: Path) -> Stamp:
    told: list[tuple[int, int]] = []
    for file in _files(index_file):
        facts = file.stat() if file.exists() else None
        told.append((facts.st_size, facts.st_mtime_ns) if facts else (-1, -1))
    return tuple(told)
