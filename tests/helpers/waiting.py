"""How long a test waits for what must come, in one place."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_S = 120.0
"""On a machine that does much else everything comes later; who waits for a condition goes on as soon as it holds."""

Seen = TypeVar("Seen")


def until(look: Callable[[], Seen | None], what: str, *, timeout_s: float = PATIENCE_S) -> Seen:
    """Look again and again until something true is seen."""
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        if seen := look():
            return seen
        time.sleep(0.01)
    raise AssertionError(f"after {timeout_s:.0f} s not yet: {what}")
