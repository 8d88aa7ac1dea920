"""Writing files whole or not at all: staged on the same file system, flushed, then moved into place."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path


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
