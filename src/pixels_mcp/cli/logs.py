"""The one log file: faces and the worker append to it, and whoever finds it full moves it aside."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import sys
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import TextIO

FILE_BYTES_MAX = 2 * 2**20
_KEPT_FILES = 3
_LINE_CHARACTERS_MAX = 1_000
"""Of at most four bytes each: a pipe that can be written takes 4,096 at once."""


class SharedLogFile(WatchedFileHandler):
    """A log file that several processes append to.

    `WatchedFileHandler` opens the file anew when another process has moved it; this one also moves it when it is full.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Append one line, after moving a full file aside; a line that the disk does not take is no reason to stop."""
        with contextlib.suppress(OSError):
            self._make_room()
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's own name
        """Say nothing of a line that the disk does not take: warnings stand on stderr as well."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)

    def _make_room(self) -> None:
        file = Path(self.baseFilename)
        try:
            if file.stat().st_size < FILE_BYTES_MAX:
                return
            for number in range(_KEPT_FILES - 1, 0, -1):
                older = file.with_name(f"{file.name}.{number}")
                if older.exists():
                    older.replace(file.with_name(f"{file.name}.{number + 1}"))
            file.replace(file.with_name(f"{file.name}.1"))
        except FileNotFoundError:
            return  # another process was quicker


class Screen(logging.StreamHandler[TextIO]):
    """Lines on stderr, which whoever started this command may never read: what does not fit into its pipe is left out,
    for a write that waits would hold up every client of a server. The log file has it all."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line where it can be taken at once."""
        with contextlib.suppress(OSError, ValueError):  # a stream without a descriptor, or a closed one
            room = select.poll()
            room.register(self.stream.fileno(), select.POLLOUT)
            if not room.poll(0):
                return
        super().emit(record)

    def format(self, record: logging.LogRecord) -> str:
        """As others do, but never longer than what a pipe with any room at all takes whole."""
        line = super().format(record)
        return line if len(line) <= _LINE_CHARACTERS_MAX else f"{line[:_LINE_CHARACTERS_MAX]} ..."


def start_logging(*, face: str, verbose: bool = False) -> None:
    """Send log lines to the log file, and warnings (with `verbose` everything) to stderr.

    A log file that cannot be written is said on stderr and is no reason to stop; without a home folder there is none.
    """
    from pixels_mcp.errors import SettingsError
    from pixels_mcp.paths import find_paths
    from pixels_mcp.settings import load_settings

    paths, level = None, "info"
    try:
        paths = find_paths()
        level = load_settings(paths).log_level
    except SettingsError:
        pass  # the command itself reports broken settings, and needs a home or not; `config` can still mend them
    root = logging.getLogger()
    root.setLevel(logging.DEBUG if verbose else level.upper())
    screen = Screen(sys.stderr)
    screen.setLevel(logging.DEBUG if verbose else logging.WARNING)
    screen.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    root.addHandler(screen)
    for chatty in ("PIL", "asyncio", "urllib3", "mcp", "watchdog"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    if paths is None:
        return
    try:
        paths.log_file.parent.mkdir(parents=True, exist_ok=True)
        file = SharedLogFile(paths.log_file, encoding="utf-8")
    except OSError as error:
        root.warning("cannot write the log file %s: %s", paths.log_file, error.strerror)
        return
    file.setFormatter(
        logging.Formatter(f"%(asctime)s {os.getpid()} {face} %(levelname)s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")
    )
    root.addHandler(file)
