"""What every test has: a home of its own."""

from __future__ import annotations

import contextlib
import logging
import signal
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pixels_mcp.cli.logs import SharedLogFile

if TYPE_CHECKING:
    from helpers.comfy_server import ComfyServer


def pytest_configure() -> None:
    """What a shell starts in the background ignores Ctrl+C, and so would every command that a test interrupts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A person's home with nothing in it; its path is short, because a socket's path may have 107 bytes only."""
    short = "/tmp" if Path("/tmp").is_dir() else None
    # What still ends (a worker, a server over HTTP) may write its last line while the folder goes.
    with tempfile.TemporaryDirectory(prefix="px-", dir=short, ignore_cleanup_errors=True) as folder:
        monkeypatch.setenv("PIXELS_HOME", folder)
        with _own_logging():
            yield Path(folder)


def _is_of_a_command(handler: logging.Handler) -> bool:
    return isinstance(handler, SharedLogFile) or type(handler) is logging.StreamHandler


@contextlib.contextmanager
def _own_logging() -> Generator[None]:
    """Take off what a command that ran in this process made to log into the home."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.setLevel(level)
    for handler in list(root.handlers):
        if handler not in before and _is_of_a_command(handler):
            root.removeHandler(handler)
            handler.close()


@pytest.fixture(scope="session")
def comfy_server() -> ComfyServer:
    """A real ComfyUI server, started when the first test asks for it and shared by all."""
    from helpers.comfy_server import shared_comfy_server

    return shared_comfy_server()
