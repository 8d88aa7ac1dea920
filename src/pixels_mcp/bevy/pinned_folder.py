"""Folders held by what they are and not by their names: a link that is put in the way meanwhile leads nowhere.

A path is checked first and written through later; whoever swaps a folder of it for a link in between would choose
where the file goes. Held folders are walked to part by part, and no part may be a link.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Generator
from pathlib import Path

_FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | getattr(os, "O_PATH", os.O_RDONLY)


class PinnedFolder:
    """An open folder; names are those of files in it.

    Args:
        handle: Of the folder, see `pin`.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def read(self, name: str) -> bytes | None:
        """Read a file; None where there is none of that name.

        Raises:
            OSError: It cannot be read, or is a link.
        """
        try:
            handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._handle)
        except FileNotFoundError:
            return None
        with os.fdopen(handle, "rb") as stream:
            return stream.read()

    def move_in(self, source: Path, name: str) -> None:
        """Move a file of the same file system here, in the place of what has that name."""
        os.replace(source, name, dst_dir_fd=self._handle)

    def write_beside(self, name: str, data: bytes) -> None:
        """Write a hidden sibling and move it into place at once, never flushed in between."""
        sibling = f".{name}.{uuid.uuid4().hex[:8]}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(sibling, flags, 0o666, dir_fd=self._handle), "wb") as stream:
                stream.write(data)
            os.replace(sibling, name, src_dir_fd=self._handle, dst_dir_fd=self._handle)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(sibling, dir_fd=self._handle)

    def remove(self, name: str) -> None:
        """Take a file away, where there is one."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._handle)


@contextlib.contextmanager
def pin(folder: Path, *, made_below: Path | None = None) -> Generator[PinnedFolder]:
    """Hold a folder as long as the block runs.

    Args:
        folder: Absolute and resolved.
        made_below: Missing folders below this one are made; by default none is.

    Raises:
        NotADirectoryError: A part of it is a file or a link.
        OSError: It cannot be opened or made.
    """
    handle = os.open(folder.anchor, _FOLDER)
    try:
        for number, part in enumerate(folder.parts[1:], start=1):
            is_made = made_below is not None and Path(*folder.parts[:number]).is_relative_to(made_below)
            inner = _opened(part, handle, is_made=is_made)
            os.close(handle)
            handle = inner
        yield PinnedFolder(handle)
    finally:
        os.close(handle)


def _opened(part: str, above: int, *, is_made: bool) -> int:
    try:
        return os.open(part, _FOLDER, dir_fd=above)
    except FileNotFoundError:
        if not is_made:
            raise
        with contextlib.suppress(FileExistsError):
            os.mkdir(part, dir_fd=above)
        return os.open(part, _FOLDER, dir_fd=above)
