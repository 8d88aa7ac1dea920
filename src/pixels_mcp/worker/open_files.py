"""How many files the worker may have open."""

from __future__ import annotations

import contextlib

from pixels_mcp.errors import SettingsError

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None

OPEN_FILES_MIN = 64
"""Both stores, the sockets, the lanes and a few faces; each face takes two more."""

OPEN_FILES_WANTED = 65_536


def allow_open_files() -> None:
    """Raise the limit of open files as far as it goes: ZeroMQ ends the process where a face comes and none is left.

    Raises:
        SettingsError: The limit is lower than the worker needs, and cannot be raised.
    """
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES_WANTED if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES_WANTED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    if soft != resource.RLIM_INFINITY and soft < OPEN_FILES_MIN:
        raise SettingsError(
            f"the worker may have {soft} files open, it needs {OPEN_FILES_MIN}",
            hint="raise the limit: ulimit -n 1024 (in a container or service, its own setting for open files)",
        )
