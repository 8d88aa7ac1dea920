"""A person's home with a real worker in it that draws quickly, or as slowly as a test wants."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpers.commands import end_worker
from helpers.plain_worker import MODEL, install_plain_model, plain_worker_command
from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings
from pixels_mcp.worker.spawn import find_or_start


@contextmanager
def plain_home(**options: object) -> Generator[Path]:
    """A home whose worker runs `PlainEngine` with these options; faces find it by `PIXELS_HOME`."""
    # What still ends (a server over HTTP that serves this home) may write its last line while the folder goes.
    left = tempfile.TemporaryDirectory(prefix="px-", dir="/tmp", ignore_cleanup_errors=True)
    with left as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXELS_HOME", folder)
        patch.setenv("PIXELS_DEFAULT_MODEL", MODEL)
        install_plain_model(find_paths())
        start_plain_worker(**options)
        try:
            yield Path(folder)
        finally:
            end_worker()


def start_plain_worker(**options: object) -> None:
    """Start the worker of `PIXELS_HOME`, where none runs."""
    paths = find_paths()
    find_or_start(paths, load_settings(paths), command=plain_worker_command(**options))
