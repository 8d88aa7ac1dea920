"""How much of a render's time went into loading its model."""

from __future__ import annotations

import time


class LoadingTime:
    """Counts seconds from the stage `loading` to the next stage."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._since_s: float | None = None

    def enter(self, stage: str) -> None:
        """A stage begins."""
        now_s = time.monotonic()
        if self._since_s is not None:
            self.seconds += now_s - self._since_s
        self._since_s = now_s if stage == "loading" else None
