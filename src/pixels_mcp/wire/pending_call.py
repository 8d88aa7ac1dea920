"""What a face holds while it waits: for one call's answer, or for the updates of jobs; settled by another thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from pixels_mcp.errors import PixelsError
from pixels_mcp.events import Update
from pixels_mcp.wire.answers import Answer


class PendingCall:
    """A call on its way; see `transport.PendingAnswer`.

    Args:
        forget: Lets whoever holds it know that nobody waits any more.
    """

    def __init__(self, forget: Callable[[], None]) -> None:
        self.forget = forget
        self._event = threading.Event()
        self._outcome: Answer | PixelsError | None = None

    def settle(self, outcome: Answer | PixelsError) -> None:
        """Give it its answer, or why there is none."""
        self._outcome = outcome
        self._event.set()

    def wait(self, timeout_s: float) -> Answer | None:
        """The answer; None where there is none in time."""
        self._event.wait(timeout_s)
        if isinstance(self._outcome, PixelsError):
            raise self._outcome
        return self._outcome


class UpdateQueue:
    """The updates that somebody listens to; see `transport.Listener`.

    Args:
        close: Told of it when nobody listens any more.
    """

    def __init__(self, close: Callable[[UpdateQueue], None]) -> None:
        self.updates: queue.SimpleQueue[Update] = queue.SimpleQueue()
        self._close = close

    def get(self, timeout_s: float) -> Update | None:
        """The next update; None where none comes in time."""
        try:
            return self.updates.get(timeout=max(0.0, timeout_s))
        except queue.Empty:
            return None

    def close(self) -> None:
        """Listen no longer."""
        self._close(self)
