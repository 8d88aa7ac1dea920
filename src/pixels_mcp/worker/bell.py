"""A bell that many threads wait for: who was busy when it rang hears that it did."""

from __future__ import annotations

import threading


class Bell:
    """Counts its rings, so that none is missed between looking for work and waiting for some."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.rings = 0
        """How often it rang; read it before looking for work, and give it to `wait`."""

    def ring(self) -> None:
        """Wake everybody who waits."""
        with self._changed:
            self.rings += 1
            self._changed.notify_all()

    def wait(self, rings: int, timeout_s: float | None = None) -> None:
        """Wait until it has rung more often than that, or the time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self.rings > rings, timeout_s)
