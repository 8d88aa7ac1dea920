"""The wire without sockets, for tests: the same bytes, the same one serving thread, in one process."""

from __future__ import annotations

import itertools
import queue
from collections.abc import Callable

from pixels_mcp.events import Preview, Update
from pixels_mcp.wire.answers import Answer
from pixels_mcp.wire.codec import decode_reply, encode, encode_update
from pixels_mcp.wire.listeners import Listeners
from pixels_mcp.wire.messages import Ask, Call
from pixels_mcp.wire.pending_call import UpdateQueue
from pixels_mcp.wire.transport import ALL_JOBS, SLEEP_S_MAX, Handler, serve_bytes

_Ask = tuple[bytes, Callable[[bytes], None]]


class InProcessServer:
    """Serves one handler on a thread of its own; has what `ZmqServer` has."""

    def __init__(self) -> None:
        self._inbox: queue.SimpleQueue[_Ask | Update | None] = queue.SimpleQueue()
        self.transports: list[InProcessTransport] = []

    @property
    def faces(self) -> int:
        """How many faces are connected."""
        return len(self.transports)

    listens_at, has_keys = None, False
    """No other machine finds it."""

    def is_followed(self, job_id: str) -> bool:
        """True when a face listens to the job's updates."""
        return any(job_id in transport.listeners for transport in self.transports)

    def publish(self, update: Update) -> None:
        """Tell an update, to the handler first."""
        self._inbox.put(update)

    def stop(self) -> None:
        """Let `run` return soon."""
        self._inbox.put(None)

    def run(self, handler: Handler) -> None:
        """Serve until `stop`."""
        while True:
            due_s = handler.tick()
            try:
                item = self._inbox.get(timeout=None if due_s is None else min(due_s, SLEEP_S_MAX))
            except queue.Empty:
                continue
            if item is None:
                return
            if isinstance(item, tuple):
                serve_bytes(handler, *item)
            else:
                handler.heard(item)
                if (data := encode_update(item)) is None:
                    continue
                for transport in list(self.transports):
                    transport.listeners.tell(item.job_id, data)
                    if not isinstance(item, Preview):
                        transport.listeners.tell(ALL_JOBS, data)

    def close(self) -> None:
        """Nothing is held."""

    def connect(self) -> InProcessTransport:
        """Make a face's end."""
        transport = InProcessTransport(self._inbox.put, self.transports)
        self.transports.append(transport)
        return transport


class _Pending:
    def __init__(self) -> None:
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.settle = self._answers.put

    def wait(self, timeout_s: float) -> Answer | None:
        try:
            return decode_reply(self._answers.get(timeout=max(0.0, timeout_s))).answer
        except queue.Empty:
            return None

    def forget(self) -> None:
        """Nothing is held."""


class InProcessTransport:
    """A face's end; see `InProcessServer.connect`."""

    def __init__(self, put: Callable[[_Ask], None], others: list[InProcessTransport]) -> None:
        self._put, self._others = put, others
        self._numbers = itertools.count(1)
        self.listeners: Listeners[str] = Listeners()

    def start(self, call: Call) -> _Pending:
        """Send a call."""
        pending = _Pending()
        self._put((encode(Ask(number=next(self._numbers), call=call)), pending.settle))
        return pending

    def follow(self, job_id: str) -> UpdateQueue:
        """Listen to a job's updates, or those of all."""
        return self.listeners.listen(job_id)

    def close(self) -> None:
        """End the connection."""
        if self in self._others:
            self._others.remove(self)
