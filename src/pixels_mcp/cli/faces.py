"""How a command reaches the worker."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings

if TYPE_CHECKING:
    from pixels_mcp.client import Client


@contextmanager
def worker_client(face: str, *, start_worker: bool = True) -> Generator[Client]:
    """A client of the one worker; starts the worker where none is running.

    Args:
        face: The command that asks, for the worker's log.
        start_worker: False asks a running worker or fails.

    Raises:
        SettingsError: The settings are not usable.
        WireError: No worker answers, or it is of another version.
    """
    from pixels_mcp.client import Client

    paths = find_paths()
    settings = load_settings(paths)
    with Client.connect(paths, settings, face=face, start_worker=start_worker) as client:
        yield client
