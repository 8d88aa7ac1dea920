"""A face's end over ZeroMQ: a DEALER for calls and a SUB for updates, both owned by one thread of the connection.

Any thread may call: what it wants goes through a mailbox to the owning thread, and answers come back through queues.
ZeroMQ reconnects by itself when a worker of the same address comes back; calls on their way to the old one are lost.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

import zmq

from pixels_mcp.errors import PixelsError
from pixels_mcp.wire.codec import MESSAGE_BYTES_MAX, decode_reply, encode, read_number
from pixels_mcp.wire.listeners import Listeners
from pixels_mcp.wire.mailbox import Mailbox
from pixels_mcp.wire.messages import Ask, Call
from pixels_mcp.wire.pending_call import PendingCall, UpdateQueue
from pixels_mcp.wire.zmq_server import Endpoints, topic_of

_RECONNECT_MS, _RECONNECT_MS_MAX = 20, 500


class ZmqTransport:
    """A connection to the worker at these endpoints, whether it is there yet or not."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._numbers = itertools.count(1)
        self._pending: dict[int, PendingCall] = {}
        self._listeners: Listeners[bytes] = Listeners(self._subscribe, self._unsubscribe)
        self._todo: Mailbox[Callable[[], None]] = Mailbox()
        self._closed = False
        self._context = zmq.Context()
        self._calls = self._connect(zmq.DEALER, endpoints.calls)
        self._updates = self._connect(zmq.SUB, endpoints.updates)
        self._thread = threading.Thread(target=self._run, name="pixels-wire", daemon=True)
        self._thread.start()

    def _connect(self, kind: int, endpoint: str) -> zmq.Socket[bytes]:
        socket = self._context.socket(kind)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.MAXMSGSIZE, MESSAGE_BYTES_MAX)
        socket.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MS)
        socket.setsockopt(zmq.RECONNECT_IVL_MAX, _RECONNECT_MS_MAX)
        socket.connect(endpoint)
        return socket

    def start(self, call: Call) -> PendingCall:
        """Send a call."""
        number = next(self._numbers)
        data = encode(Ask(number=number, call=call))
        pending = PendingCall(lambda: self._forget(number))
        self._pending[number] = pending
        self._todo.put(lambda: self._calls.send(data, zmq.NOBLOCK))
        return pending

    def follow(self, job_id: str) -> UpdateQueue:
        """Listen to a job's updates, or those of all."""
        return self._listeners.listen(topic_of(job_id))

    def _subscribe(self, topic: bytes) -> None:
        self._todo.put(lambda: self._updates.subscribe(topic))

    def _unsubscribe(self, topic: bytes) -> None:
        self._todo.put(lambda: self._updates.unsubscribe(topic))

    def close(self) -> None:
        """End the connection."""
        if not self._closed:
            self._closed = True
            self._todo.put(lambda: None)
            self._thread.join()

    def _forget(self, number: int) -> None:
        self._pending.pop(number, None)

    def _run(self) -> None:
        poller = zmq.Poller()
        for source in (self._calls, self._updates, self._todo.fileno()):
            poller.register(source, zmq.POLLIN)
        while not self._closed:
            ready = dict(poller.poll())
            for action in self._todo.take_all():
                try:
                    action()
                except zmq.Again:
                    continue  # the queue to a worker that is gone is full; the caller finds out by waiting
            if self._calls in ready:
                self._take_answer(self._calls.recv())
            if self._updates in ready:
                self._listeners.tell(*self._updates.recv_multipart())
        self._calls.close()
        self._updates.close()
        self._context.term()
        self._todo.close()

    def _take_answer(self, data: bytes) -> None:
        try:
            reply = decode_reply(data)
            number, answer = reply.number, reply.answer
        except PixelsError as error:
            number, answer = read_number(data), error
        pending = self._pending.pop(number, None)
        if pending is not None:
            pending.settle(answer)
