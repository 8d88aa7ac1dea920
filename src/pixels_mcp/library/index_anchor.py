"""A connection to the library's index that stays open while a worker writes.

When the last connection to a database closes, SQLite folds its log into it and syncs the disk four times. The library
opens one for each sprite; beside an open one only the log is synced, and it is folded in by the megabyte.
"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from pixels_mcp.database import Database
from pixels_mcp.errors import StoreError
from pixels_mcp.library.index import SCHEMA


class IndexAnchor:
    """Holds an index open, whichever file it is by now; nothing is read or written through it.

    Args:
        file: The index.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._held: tuple[tuple[int, int], Database] | None = None

    def renew(self) -> None:
        """Hold the index that stands now: it may have been made again. One that cannot be opened is not held."""
        with self._lock:
            standing = _identity(self._file)
            if self._held is not None and self._held[0] == standing:
                return
            self._let_go()
            if standing is not None:
                with contextlib.suppress(StoreError):
                    self._held = (standing, Database(self._file, SCHEMA))

    def close(self) -> None:
        """Let go of it."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        if self._held is not None:
            self._held[1].close()
            self._held = None


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        there = file.stat()
    except OSError:
        return None
    return there.st_dev, there.st_ino
