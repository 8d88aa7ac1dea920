"""Writing files whole or not at all (staged on the same file system, flushed, moved into place), by one at a time."""

from __future__ import annotations

import contextlib
import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pixels_mcp.errors import NoLocksError

try:
    import fcntl
except ImportError:  # Windows: no lock between processes
    fcntl = None

_LOCKABLE: set[Path] = set()


def write_whole(target: Path, data: bytes, *, stage: Path | None = None) -> None:
    """Put a file where readers see either the old bytes or all of the new ones, also after a power cut.

    Args:
        target: The file; its folder must exist.
        data: Everything that it shall hold.
        stage: Folder for the unfinished file, on the same file system; made when missing. By default the
            unfinished file is a hidden sibling of `target`.

    Raises:
        OSError: As the system gave it; `target` is as it was and nothing unfinished is left behind.
    """
    folder = stage or target.parent
    if stage is not None:
        stage.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{target.name}.{uuid.uuid4().hex[:12]}.new"
    try:
        write_synced(unfinished, data)
        unfinished.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def write_synced(file: Path, data: bytes) -> None:
    """Write a new file and wait until the disk has it; for a name that nobody reads yet.

    Raises:
        OSError: As the system gave it, `FileExistsError` included.
    """
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder last; does nothing where the system cannot sync folders."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def hold_lock(file: Path) -> Iterator[None]:
    """Hold a lock file; waits for whoever holds it, in any process, and one that dies lets go of it.

    Raises:
        NoLocksError: The file system gives no locks.
        OSError: The lock file cannot be made.
    """
    with file.open("ab") as stream:
        take_lock(stream, file)
        yield


def take_lock(stream: IO[bytes], file: Path, *, wait: bool = True) -> None:
    """Lock an open file until it is closed, however its process ends.

    Raises:
        BlockingIOError: Somebody holds it, and `wait` is False.
        NoLocksError: The file system gives no locks.
    """
    if fcntl is None:
        return
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        raise
    except OSError as error:
        raise _no_locks(file.parent, error) from error


def check_locks(folder: Path) -> None:
    """Try whether files in a folder can be locked, in both ways that are needed; asked once for each folder.

    A folder in which no file can be made is not judged.

    Raises:
        NoLocksError: They cannot, as on some network file systems.
    """
    if fcntl is None or folder in _LOCKABLE:
        return
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            try:
                fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.lockf(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)  # SQLite's way
            except OSError as error:
                raise _no_locks(folder, error) from error
    except OSError:
        return
    _LOCKABLE.add(folder)


def _no_locks(folder: Path, error: OSError) -> NoLocksError:
    return NoLocksError(
        f"the file system of {folder} gives no locks: {error.strerror}",
        hint="keep it on a local disk: PIXELS_HOME names another folder for all files of pixels-mcp,"
        " the setting library_dir one for the library alone",
    )


def is_locked(file: Path) -> bool | None:
    """Whether somebody holds a lock file now; None where that cannot be told."""
    if fcntl is None:
        return None
    try:
        with file.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    except OSError:
        return None
