"""Where the threads that listen to the worker and the loop that draws meet: many put, one takes.

A busy worker tells hundreds of updates a second. Posting each to the app would wake the loop and draw for each; here
they change a dictionary, and the app, which is woken once, looks at most `HZ` times a second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Fact = TypeVar("Fact")

HZ = 20.0


@dataclass(frozen=True)
class Taken(Generic[Fact]):
    """What came since the last look: every fact that must be told, in order, and the newest of each key."""

    told: tuple[Fact, ...]
    newest: tuple[Fact, ...]


class Inbox(Generic[Fact]):
    """What happened since somebody looked.

    Args:
        wake: Called, on the putting thread, when there is something to look at since the last look.
    """

    def __init__(self, wake: Callable[[], object]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._newest: dict[Hashable, Fact] = {}
        self._told: list[Fact] = []
        self._is_woken = False

    def put(self, key: Hashable, fact: Fact, *, is_news: bool = True) -> None:
        """The newest word on `key`, which replaces an older one; for progress, of which only the newest counts.

        What is no news waits until somebody looks anyway.
        """
        with self._lock:
            wakes = is_news and not self._is_woken
            self._is_woken |= is_news
            self._newest[key] = fact
        if wakes:
            self._wake()

    def add(self, fact: Fact) -> None:
        """Something of which none may be lost: the end of a part."""
        with self._lock:
            wakes, self._is_woken = not self._is_woken, True
            self._told.append(fact)
        if wakes:
            self._wake()

    def take(self) -> Taken[Fact]:
        """Everything, which empties the inbox."""
        with self._lock:
            taken = Taken(tuple(self._told), tuple(self._newest.values()))
            self._told, self._newest, self._is_woken = [], {}, False
        return taken
