"""One writer at a time in a library, whichever process it is in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where SQLite's own lock has to do
    fcntl = None


@contextlib.contextmanager
def write_lock(file: Path) -> Iterator[None]:
    """Hold the lock file; waits for whoever holds it, and a process that dies lets go of it.

    Raises:
        OSError: The lock file cannot be made.
    """
    with file.open("ab") as stream:
        if fcntl is not None:
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
