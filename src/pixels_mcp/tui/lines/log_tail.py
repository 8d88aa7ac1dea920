"""The end of the log file, as it grows; pure but for reading the file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TAIL_BYTES = 256 * 1024
LINES_MAX = 2_000
ALL_BYTES, ALL_LINES_MAX = 4 * 2**20, 20_000
"""Of the whole log: what its file has at most before it is moved aside, and what of it is shown."""

_LEVELS = (" WARNING ", " ERROR ", " CRITICAL ")


@dataclass
class LogTail:
    """Reads what was added since the last look; a file that was moved aside is read anew.

    Attributes:
        file: The log.
        bytes_max: So much of its end is read at the first look.
    """

    file: Path
    bytes_max: int = TAIL_BYTES
    _inode: int = 0
    _offset: int = 0

    def read(self) -> list[str] | None:
        """New lines, None where there is no file."""
        try:
            with self.file.open("rb") as stream:
                facts = os.fstat(stream.fileno())
                if facts.st_ino != self._inode or facts.st_size < self._offset:
                    self._inode, self._offset = facts.st_ino, max(0, facts.st_size - self.bytes_max)
                stream.seek(self._offset)
                data = stream.read(self.bytes_max)
        except OSError:
            return None
        whole, newline, _ = data.rpartition(b"\n")
        self._offset += len(whole) + len(newline)
        return whole.decode("utf-8", "replace").splitlines() if newline else []


def chosen_lines(lines: Iterable[str], words: str, *, errors_only: bool) -> list[str]:
    """Lines that have all of the words; what belongs to a warning or error (a traceback) stays with it."""
    wanted = words.casefold().split()
    kept: list[str] = []
    is_error = False
    for line in lines:
        if line[:2].isdigit():  # begins with a date; what does not goes on with the line before
            is_error = any(level in line for level in _LEVELS)
        if errors_only and not is_error:
            continue
        if all(word in line.casefold() for word in wanted):
            kept.append(line)
    return kept


def wrapped(line: str, width: int) -> list[str]:
    """A line in pieces of at most `width` characters, those after the first moved in."""
    if len(line) <= width or width < 10:
        return [line]
    first, rest = line[:width], line[width:]
    return [first, *(f"    {rest[at : at + width - 4]}" for at in range(0, len(rest), width - 4))]
