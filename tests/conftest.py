"""What every test has: a home of its own, and a way to say that a toolchain is missing."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pixels_mcp.cli.logs import SharedLogFile

REPOSITORY = Path(__file__).resolve().parents[1]


def skip_or_fail(reason: str) -> None:
    """Skip the running test with a reason; where `CI=true` a missing toolchain is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must not skip: {reason}", pytrace=False)
    pytest.skip(reason)


def need_program(name: str, hint: str) -> str:
    """Return the path of a program, or skip the test and say how to get it."""
    found = shutil.which(name)
    if found is None:
        skip_or_fail(f"{name} is not installed: {hint}")
        raise AssertionError
    return found


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A person's home with nothing in it; its path is short, because a socket's path may have 107 bytes only."""
    with tempfile.TemporaryDirectory(prefix="px-", dir="/tmp" if Path("/tmp").is_dir() else None) as folder:
        monkeypatch.setenv("PIXELS_HOME", folder)
        with _own_logging():
            yield Path(folder)


@contextlib.contextmanager
def _own_logging() -> Iterator[None]:
    """Take off what a command that ran in this process made to log into the home."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.setLevel(level)
    for handler in list(root.handlers):
        if handler not in before and (isinstance(handler, SharedLogFile) or type(handler) is logging.StreamHandler):
            root.removeHandler(handler)
            handler.close()
