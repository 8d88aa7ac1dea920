"""A face's end of the way to a worker on another machine: one DEALER over TCP, owned by one thread of the connection.

A call whose connection broke is sent again on the next one: jobs carry keys, so nothing is drawn twice. What cannot
become better by waiting (a key that is not known there, another machine in its place) is every call's answer.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable

import zmq
from zmq.utils.monitor import recv_monitor_message

from pixels_mcp.errors import NoAnswerError, NotPairedError, PixelsError
from pixels_mcp.next_steps import NextStep
from pixels_mcp.wire.codec import decode_reply, encode, read_number
from pixels_mcp.wire.far.far_way import FarWay
from pixels_mcp.wire.far.framing import ANSWER, BEAT_S, CALL, FOLLOW, LEAVE, UPDATE, cut, join, prepare
from pixels_mcp.wire.far.greeting import look_at
from pixels_mcp.wire.far.who_answers import another_key, said_of
from pixels_mcp.wire.listeners import Listeners
from pixels_mcp.wire.mailbox import Mailbox
from pixels_mcp.wire.messages import Ask, Call, Move
from pixels_mcp.wire.pending_call import PendingCall, UpdateQueue
from pixels_mcp.wire.zmq_server import topic_of

_RECONNECT_MS, _RECONNECT_MS_MAX = 50, 1_000
_RETRY_MS = 50
_LEAVING_MS = 100
_GIVEN_UP_S = 5.0
"""For so long every call hears why it is hopeless; then it is tried again."""

_FAILED_MAX = 3
"""Handshakes that fail one after another before it is looked at who listens there."""
_SUSPICIONS_MAX = 3
"""Looks, one after another, that show a worker like ours whose handshakes fail all the same: it has another key. Fewer
may be a line that was cut and is well again."""

_EVENTS = (
    zmq.EVENT_HANDSHAKE_SUCCEEDED
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_DISCONNECTED
)
"""Not HANDSHAKE_FAILED_PROTOCOL: telling of it makes libzmq 4.3.5 forget that what came was spoilt. It keeps the dead
connection, and ends the process with an assertion (`!_io_error`) when the other end closes it."""

_TOLD_BEFORE_IT_ENDS = (zmq.EVENT_HANDSHAKE_FAILED_AUTH, zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL)


class _Pending(PendingCall):
    def __init__(self, frames: list[bytes], *, once: bool, forget: Callable[[], None]) -> None:
        super().__init__(forget)
        self.frames, self.once = frames, once
        self.is_sent = False


class FarTransport:
    """A connection to the worker of another machine, whether it is there yet or not; a `wire.transport.Transport`."""

    def __init__(self, way: FarWay) -> None:
        self._way = way
        self._numbers = itertools.count(1)
        self._pending: dict[int, _Pending] = {}
        self._listeners: Listeners[bytes] = Listeners(self._tell_topics, self._tell_topics)
        self._lock = threading.Lock()
        self._bell: Mailbox[None] = Mailbox()
        self._closed = False
        self._trouble: PixelsError | None = None
        self._failed, self._suspicions, self._beat_due_s, self._gave_up_s = 0, 0, 0.0, 0.0
        self._is_connected, self._told = False, 0
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.setsockopt(zmq.LINGER, _LEAVING_MS)
        self._socket.setsockopt(zmq.IMMEDIATE, 1)
        self._socket.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MS)
        self._socket.setsockopt(zmq.RECONNECT_IVL_MAX, _RECONNECT_MS_MAX)
        prepare(self._socket)
        if way.server_key is not None and way.keys is not None:
            self._socket.setsockopt(zmq.CURVE_SERVERKEY, way.server_key.encode())
            self._socket.setsockopt(zmq.CURVE_PUBLICKEY, way.keys.public.encode())
            self._socket.setsockopt(zmq.CURVE_SECRETKEY, way.keys.secret.encode())
        self._monitor = self._socket.get_monitor_socket(_EVENTS)
        self._socket.connect(way.address.endpoint)
        self._thread = threading.Thread(target=self._run, name="pixels-far-wire", daemon=True)
        self._thread.start()

    @property
    def is_connected(self) -> bool:
        """Whether the far machine answers just now."""
        return self._is_connected

    def start(self, call: Call) -> _Pending:
        """Send a call, as soon as there is a connection."""
        number = next(self._numbers)
        frames = cut(CALL, encode(Ask(number=number, call=call)))
        pending = _Pending(frames, once=isinstance(call, Move), forget=lambda: self._forget(number))
        with self._lock:
            if self._trouble is not None and time.monotonic() - self._gave_up_s < _GIVEN_UP_S:
                pending.settle(self._trouble)
            else:
                self._pending[number] = pending
        self._bell.put(None)
        return pending

    def follow(self, job_id: str) -> UpdateQueue:
        """Listen to a job's updates, or those of all."""
        return self._listeners.listen(topic_of(job_id))

    def _tell_topics(self, _: bytes) -> None:
        """Let the other machine know at once what is listened to now."""
        with self._lock:
            self._beat_due_s = 0.0
        self._bell.put(None)

    def close(self) -> None:
        """End the connection."""
        if not self._closed:
            self._closed = True
            self._bell.put(None)
            self._thread.join()

    def _forget(self, number: int) -> None:
        with self._lock:
            self._pending.pop(number, None)

    # --- the owning thread --------------------------------------------------------------------------------------

    def _run(self) -> None:
        poller = zmq.Poller()
        for source in (self._socket, self._monitor, self._bell.fileno()):
            poller.register(source, zmq.POLLIN)
        while not self._closed:
            ready = dict(poller.poll(self._wait_ms()))
            list(self._bell.take_all())
            if self._trouble is not None and self._pending:  # it may have been paired again meanwhile
                self._trouble = None
                self._socket.connect(self._way.address.endpoint)
            while self._monitor.poll(0):
                self._note(int(recv_monitor_message(self._monitor)["event"]))
            if self._socket in ready:
                self._take(self._socket.recv_multipart())
            self._send()
        if self._is_connected:
            with contextlib.suppress(zmq.Again):
                self._socket.send_multipart([LEAVE], zmq.NOBLOCK)
        self._socket.disable_monitor()
        self._monitor.close(0)
        self._socket.close()
        self._context.term()
        self._bell.close()

    def _wait_ms(self) -> int:
        with self._lock:
            if self._is_connected and any(not one.is_sent for one in self._pending.values()):
                return _RETRY_MS
        wait_s = self._beat_due_s - time.monotonic() if self._is_connected else BEAT_S
        return max(1, round(wait_s * 1000))

    def _send(self) -> None:
        if not self._is_connected:
            return
        with self._lock:
            waiting = [one for one in self._pending.values() if not one.is_sent]
            # Who begins to listen after this is told of by the next beat, which is due at once then.
            is_due = time.monotonic() >= self._beat_due_s
            if is_due:
                self._beat_due_s = time.monotonic() + BEAT_S
            topics = self._listeners.topics()
        try:
            if is_due:
                self._socket.send_multipart([FOLLOW, *topics], zmq.NOBLOCK)
            for one in waiting:
                self._socket.send_multipart(one.frames, zmq.NOBLOCK)
                one.is_sent = True
        except zmq.Again:
            self._beat_due_s = min(self._beat_due_s, time.monotonic() + _RETRY_MS / 1000)

    def _note(self, event: int) -> None:
        if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self._lose()
            self._failed, self._suspicions, self._beat_due_s, self._is_connected = 0, 0, 0.0, True
        elif self._is_connected:  # it ended, or what came over it was spoilt
            self._lose()
            self._reconnect()
        elif event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
            self._give_up(NotPairedError(f"{self._way} does not know this machine", steps=[NextStep("pair_machine")]))
        elif event == zmq.EVENT_DISCONNECTED and self._told not in _TOLD_BEFORE_IT_ENDS:
            self._look(has_ended=True)  # an error of the protocol, told by nothing else, after which ZeroMQ stops
        else:
            self._failed += 1
            if self._failed % _FAILED_MAX == 0:
                self._look(has_ended=False)
        self._told = event

    def _lose(self) -> None:
        """The connection is gone; what was asked over it is asked again, but for what must not be done twice."""
        self._is_connected = False
        with self._lock:
            for one in self._pending.values():
                one.is_sent = one.is_sent and one.once

    def _look(self, *, has_ended: bool) -> None:
        """Handshakes fail: is it the worker at all, and with the key that it had? What may yet become well is tried.

        By ZeroMQ itself, unless it has ended.
        """
        seen = look_at(self._way.address)
        self._suspicions = self._suspicions + 1 if seen == "keys" else 0
        trouble = another_key(self._way) if self._suspicions >= _SUSPICIONS_MAX else said_of(self._way, seen)
        if not isinstance(trouble, NoAnswerError):
            self._give_up(trouble)
        elif has_ended:
            self._reconnect()

    def _reconnect(self) -> None:
        self._disconnect()
        self._socket.connect(self._way.address.endpoint)

    def _disconnect(self) -> None:
        with contextlib.suppress(zmq.ZMQError):  # after an error of the protocol ZeroMQ has done it by itself
            self._socket.disconnect(self._way.address.endpoint)

    def _give_up(self, trouble: PixelsError) -> None:
        self._disconnect()
        with self._lock:
            self._trouble, self._gave_up_s = trouble, time.monotonic()
            given_up = list(self._pending.values())
            self._pending.clear()
        for one in given_up:
            one.settle(trouble)

    def _take(self, frames: list[bytes]) -> None:
        kind, *rest = frames
        if kind == ANSWER:
            self._take_answer(rest)
        elif kind == UPDATE and rest:
            self._take_update(rest[0], rest[1:])

    def _take_answer(self, frames: list[bytes]) -> None:
        data = b""
        try:
            data = join(frames)
            reply = decode_reply(data)
            number, outcome = reply.number, reply.answer
        except PixelsError as error:
            number, outcome = read_number(data), error
        with self._lock:
            pending = self._pending.pop(number, None)
        if pending is not None:
            pending.settle(outcome)

    def _take_update(self, topic: bytes, frames: list[bytes]) -> None:
        try:
            data = join(frames)
        except PixelsError:
            return  # updates are hints; the job's status tells the same
        self._listeners.tell(topic, data)
