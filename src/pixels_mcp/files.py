"""Writing files whole or not at all (staged on the same file system, flushed, moved into place), by one at a time."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
import uuid
from collections.abc import Generator
from pathlib import Path
from typing import IO

from pixels_mcp.errors import DiskFullError, DiskHeldError, DiskReadOnlyError, NoLocksError

try:
    import fcntl
except ImportError:  # Windows: no lock between processes
    fcntl = None

_LOCKABLE: set[Path] = set()

INODES_MIN = 16
"""A sprite takes a picture, its card and folders for them; a database a log and its index."""


def write_whole(target: Path, data: bytes, *, stage: Path | None = None, lasts: bool = True) -> None:
    """Put a file where readers see either the old bytes or all of the new ones, also after a power cut.

    Args:
        target: The file; its folder must exist.
        data: Everything that it shall hold.
        stage: Folder for the unfinished file, on the same file system; made when missing. By default the
            unfinished file is a hidden sibling of `target`.
        lasts: Its new name outlives a power cut; False where another file of the same folder is written right after
            it, whose sync is both files'.

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
    if lasts:
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


def held_by_disk(folder: Path, *, free_bytes_min: int = 1, with_a_file: bool = False) -> DiskHeldError | None:
    """Why a disk takes nothing more, as far as it can be asked; None where it does, or cannot be asked.

    Args:
        folder: On that disk; where it is not there yet, the first one above it that is.
        free_bytes_min: With fewer free bytes it counts as full.
        with_a_file: Also try whether a file can be made there: a file system that turned read-only after an error of
            its disk does not always say so.
    """
    there = next((one for one in (folder, *folder.parents) if one.is_dir()), folder)
    try:
        disk, free_bytes = os.statvfs(there), shutil.disk_usage(there).free
    except OSError:
        return None
    if disk.f_flag & os.ST_RDONLY:
        return DiskReadOnlyError(f"the file system of {folder} is read-only", hint="make it writable again")
    if disk.f_files and disk.f_favail < INODES_MIN:
        return DiskFullError(
            f"{disk.f_favail} of {disk.f_files} files (inodes) are free in {folder}", hint="remove some files there"
        )
    if free_bytes < free_bytes_min:
        return DiskFullError(f"{free_bytes // 1024} KiB are free in {folder}", hint="free some disk space")
    if with_a_file:
        try:
            tempfile.TemporaryFile(dir=there).close()
        except OSError as error:
            return refused_by_disk(error, folder, "a file")
    return None


def refused_by_disk(error: OSError, folder: Path, what: str) -> DiskHeldError | None:
    """Name what the system refused because the disk is full or read-only; None where it had another reason."""
    if error.errno == errno.EROFS:
        return DiskReadOnlyError(
            f"cannot write {what}: the file system of {folder} is read-only", hint="make it writable again"
        )
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return None
    held = held_by_disk(folder)
    if isinstance(held, DiskFullError):
        return DiskFullError(f"no room in {folder} for {what}: {held.message}", hint=held.hint)
    return DiskFullError(f"no room in {folder} for {what}", hint="free some disk space")


def in_waiting_words(error: DiskHeldError) -> str:
    """What somebody who waits for a disk is told."""
    thing = "disk space" if isinstance(error, DiskFullError) else "the disk"
    return f"waiting for {thing}: {error}"


@contextlib.contextmanager
def hold_lock(file: Path) -> Generator[None]:
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
