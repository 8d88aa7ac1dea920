"""Where the project lies, and a way to say that a toolchain is missing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def skip_or_fail(reason: str) -> None:
    """Skip the running test with a reason; where `CI=true` a missing toolchain is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must not skip: {reason}", pytrace=False)
    pytest.skip(reason)


def need_program(name: str, hint: str) -> str:
    """Return the path of a program, or skip the test and say how to get it."""
    program = shutil.which(name)
    if program is None:
        skip_or_fail(f"{name} is not installed: {hint}")
        raise AssertionError
    return program
