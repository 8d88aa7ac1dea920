"""Who listens to which job's updates at a face's end of the wire."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from pixels_mcp.errors import PixelsError
from pixels_mcp.wire.codec import decode_update
from pixels_mcp.wire.pending_call import UpdateQueue

Topic = TypeVar("Topic", str, bytes)


class Listeners(Generic[Topic]):
    """Listeners by topic: a job, or all jobs. Any thread may begin and end listening, another one tells.

    Args:
        begin: Called when a topic gets its first listener.
        end: Called when it has lost its last one.
    """

    def __init__(
        self,
        begin: Callable[[Topic], None] = lambda _: None,
        end: Callable[[Topic], None] = lambda _: None,
    ) -> None:
        self._begin, self._end = begin, end
        self._of: dict[Topic, tuple[UpdateQueue, ...]] = {}
        self._lock = threading.Lock()

    def __contains__(self, topic: Topic) -> bool:
        """Whether somebody listens."""
        return topic in self._of

    def topics(self) -> list[Topic]:
        """Those that somebody listens to; may be asked while others begin and end."""
        return list(self._of)

    def listen(self, topic: Topic) -> UpdateQueue:
        """Begin to listen; the queue's `close` ends it."""
        listener = UpdateQueue(lambda ending: self._leave(topic, ending))
        with self._lock:
            others = self._of.get(topic, ())
            self._of[topic] = (*others, listener)
            if not others:
                self._begin(topic)
        return listener

    def _leave(self, topic: Topic, listener: UpdateQueue) -> None:
        with self._lock:
            others = tuple(known for known in self._of.get(topic, ()) if known is not listener)
            if others:
                self._of[topic] = others
            elif self._of.pop(topic, None):
                self._end(topic)

    def tell(self, topic: Topic, data: bytes) -> None:
        """Pass an update on; one that cannot be read is left out: it is a hint, and the job's status tells the same."""
        listeners = self._of.get(topic, ())
        if not listeners:
            return
        try:
            update = decode_update(data)
        except PixelsError:
            return
        for listener in listeners:
            listener.updates.put(update)
