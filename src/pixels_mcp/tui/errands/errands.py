"""Work that may take long, away from the loop that draws: on a few daemon threads, which do not hold up the end."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from pixels_mcp.errors import PixelsError
from pixels_mcp.next_steps import NextStep

log = logging.getLogger(__name__)

Value = TypeVar("Value")
Failed = Callable[[PixelsError], None]


class Errands:
    """A queue of work.

    Args:
        give_back: Gets what shall happen on the app's loop once a piece of work is done.
        name: Of the threads.
        threads: How many work at once.
    """

    def __init__(self, give_back: Callable[[Callable[[], None]], object], name: str, *, threads: int = 2) -> None:
        self._give_back = give_back
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def run(self, work: Callable[[], Value], then: Callable[[Value], None], failed: Failed) -> None:
        """Do something on a thread and give its result, or its error, to the app."""

        def whole() -> None:
            try:
                value = work()
            except PixelsError as error:
                problem = error
                self._give_back(lambda: failed(problem))
            except Exception as error:
                log.exception("an errand failed")
                problem = PixelsError(f"unexpected: {type(error).__name__}: {error}", steps=[NextStep("read_log")])
                self._give_back(lambda: failed(problem))
            else:
                self._give_back(lambda: then(value))

        self._work.put(whole)

    def close(self) -> None:
        """Begin nothing more; what is being done ends by itself."""
        for _ in self._threads:
            self._work.put(None)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()
