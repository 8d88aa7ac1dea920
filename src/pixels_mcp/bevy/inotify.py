"""What the system refuses when folders are to be watched, in words that a person can act on."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

from pixels_mcp.errors import WatchRefusedError

_LIMITS = Path("/proc/sys/fs/inotify")
_IN_MODIFY = 0x2


def explain_refusal(error: OSError, folder: Path) -> WatchRefusedError:
    """Turn what the system said, when a folder was to be watched, into an error with the limit and its number."""
    if error.errno == errno.ENOSPC:
        return _over("max_user_watches", "more folders watched", error)
    if error.errno == errno.EMFILE and _may_open_a_file():
        return _over("max_user_instances", "another watcher (inotify instance)", error)
    if error.errno in {errno.EMFILE, errno.ENFILE}:
        who = "this process" if error.errno == errno.EMFILE else "the system"
        return WatchRefusedError(
            f"{folder} cannot be watched: {who} has as many open files as it may",
            hint="raise the limit (`ulimit -n 4096`), or end other programs",
        )
    return WatchRefusedError(
        f"{folder} cannot be watched: {error.strerror or error}", hint="check that it is there and may be read"
    )


def refused_now(folder: Path) -> WatchRefusedError | None:
    """Try to watch a folder for a moment; None where that goes, or where the system has no inotify."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init1(os.O_CLOEXEC)
    if handle < 0:
        return explain_refusal(_last_error(), folder)
    try:
        if libc.inotify_add_watch(handle, os.fsencode(folder), _IN_MODIFY) < 0:
            return explain_refusal(_last_error(), folder)
    finally:
        os.close(handle)
    return None


def _over(name: str, what: str, error: OSError) -> WatchRefusedError:
    try:
        limit = int((_LIMITS / name).read_text())
    except (OSError, ValueError):
        return WatchRefusedError(f"the system allows this user not {what}: {error.strerror or error}")
    return WatchRefusedError(
        f"the system allows this user not {what}: fs.inotify.{name} is {limit}",
        hint=f"end other programs that watch files, or raise it: sudo sysctl fs.inotify.{name}={max(512, 4 * limit)}",
    )


def _may_open_a_file() -> bool:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        return False
    return True


def _last_error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
