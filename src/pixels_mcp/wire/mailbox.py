"""Passing things from any thread to the one thread that polls sockets."""

from __future__ import annotations

import contextlib
import socket
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Mailbox(Generic[Item]):
    """A queue whose other end is a file descriptor that a poller can wait for. Also usable in a signal handler."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)
        self._ear.setblocking(False)

    def fileno(self) -> int:
        """What to poll for reading."""
        return self._ear.fileno()

    def put(self, item: Item) -> None:
        """Add an item and wake the polling thread."""
        self._items.append(item)
        with contextlib.suppress(BlockingIOError, OSError):  # the bell rings already, or the box is closed
            self._bell.send(b"\0")

    @property
    def bell(self) -> int:
        """A byte written to this descriptor wakes the polling thread: what `signal.set_wakeup_fd` takes.

        A signal that comes between Python's last look for signals and the system call that waits is otherwise heard
        when that call ends, which may be never.
        """
        return self._bell.fileno()

    def take_all(self) -> Iterator[Item]:
        """Take what is there; called by the polling thread only."""
        with contextlib.suppress(BlockingIOError):
            while len(self._ear.recv(4_096)) == 4_096:
                pass
        with contextlib.suppress(IndexError):
            while True:
                yield self._items.popleft()

    def close(self) -> None:
        """Close both ends."""
        self._bell.close()
        self._ear.close()
