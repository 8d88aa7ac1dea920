"""The worker's end over ZeroMQ: a ROUTER that answers calls and an XPUB that tells updates, polled by one thread.

A call is one frame, sent by a DEALER, or by a plain REQ socket (which puts an empty frame before it). An update is two
frames: the job's id followed by a zero byte, and the update. All updates but previews are told a second time under
`*` and a zero byte, where somebody listens to that.
"""

from __future__ import annotations

import logging
import signal
from dataclasses import dataclass

import zmq
from zmq.utils.monitor import recv_monitor_message

from pixels_mcp.errors import WireError
from pixels_mcp.events import Preview, Update
from pixels_mcp.wire.codec import MESSAGE_BYTES_MAX, encode_update
from pixels_mcp.wire.far.far_address import FarAddress
from pixels_mcp.wire.far.far_door import FarDoor, FarListening
from pixels_mcp.wire.mailbox import Mailbox
from pixels_mcp.wire.transport import ALL_JOBS, SLEEP_S_MAX, Handler, serve_bytes

log = logging.getLogger(__name__)

_AT_ONCE = 64
"""Messages taken from one socket before the others get their turn."""

_FACE_EVENTS = zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED | zmq.EVENT_CLOSED


@dataclass(frozen=True)
class Endpoints:
    """Where the two sockets are: `ipc://...` addresses."""

    calls: str
    updates: str


def topic_of(job_id: str) -> bytes:
    """What a job's updates are published under; the zero keeps `a-0001` apart from `a-00011`."""
    return job_id.encode() + b"\0"


class ZmqServer:
    """Serves one handler until it is stopped.

    Args:
        listening: For other machines as well.

    Raises:
        WireError: An endpoint cannot be bound.
        AddressTakenError, SettingsError: It cannot listen for other machines there.
    """

    def __init__(self, endpoints: Endpoints, listening: FarListening | None = None) -> None:
        self._context = zmq.Context()
        self._outbox: Mailbox[Update | None] = Mailbox()
        self._stopping = self._heeds_signals = False
        self._topics: frozenset[bytes] = frozenset()
        self._faces: set[int] = set()
        try:
            self._calls = self._bind(zmq.ROUTER, endpoints.calls)
            self._updates = self._bind(zmq.XPUB, endpoints.updates)
            self._door = FarDoor(self._context, listening) if listening else None
        except BaseException:
            self._context.destroy(linger=0)
            self._outbox.close()
            raise
        # The kernel tells when a face goes away, however it does: no heartbeats to send, none to miss.
        self._monitor = self._calls.get_monitor_socket(_FACE_EVENTS)

    def _bind(self, kind: int, endpoint: str) -> zmq.Socket[bytes]:
        socket = self._context.socket(kind)
        socket.setsockopt(zmq.LINGER, 200)
        socket.setsockopt(zmq.MAXMSGSIZE, MESSAGE_BYTES_MAX)
        try:
            socket.bind(endpoint)
        except zmq.ZMQError as error:
            raise WireError(
                f"cannot listen on {endpoint}: {error}", hint="set PIXELS_HOME to another folder"
            ) from error
        return socket

    @property
    def faces(self) -> int:
        """How many faces are connected, and how many of other machines were heard lately."""
        return len(self._faces) + (self._door.faces if self._door else 0)

    @property
    def listens_at(self) -> FarAddress | None:
        """Where other machines find it."""
        return self._door.address if self._door else None

    @property
    def has_keys(self) -> bool:
        """Whether it asks other machines for keys."""
        return self._door is not None and self._door.has_keys

    def is_followed(self, job_id: str) -> bool:
        """True when a face listens to the job's updates; may be asked from any thread."""
        return topic_of(job_id) in self._topics or (self._door is not None and self._door.is_followed(topic_of(job_id)))

    def publish(self, update: Update) -> None:
        """Tell an update, to the handler first; may be called from any thread."""
        self._outbox.put(update)

    def stop(self) -> None:
        """Let `run` return soon; may be called from any thread and from a signal handler."""
        self._stopping = True
        self._outbox.put(None)

    def stop_on(self, *numbers: signal.Signals) -> None:
        """Let these signals stop it, from now until `close`; called on the main thread, which is the one that polls."""
        self._heeds_signals = True
        signal.set_wakeup_fd(self._outbox.bell, warn_on_full_buffer=False)
        for number in numbers:
            signal.signal(number, lambda _number, _frame: self.stop())

    def run(self, handler: Handler) -> None:
        """Serve until `stop`; everything happens on the calling thread."""
        poller = zmq.Poller()
        door = self._door
        sources = [self._calls, self._updates, self._monitor, self._outbox.fileno()]
        for source in (*sources, *(door.sockets if door else ())):
            poller.register(source, zmq.POLLIN)
        while not self._stopping:
            due_s = min((due for due in (handler.tick(), door and door.due_s()) if due is not None), default=None)
            ready = dict(poller.poll(None if due_s is None else round(min(max(0.0, due_s), SLEEP_S_MAX) * 1000)))
            if self._monitor in ready:
                self._count_faces()
            if self._updates in ready:
                self._count_followers()
            if self._calls in ready:
                self._serve(handler)
            if door:
                door.serve(handler)
            self._tell(handler)

    def close(self) -> None:
        """Close the sockets, after `run` has returned; what was sent last still goes out."""
        self._calls.disable_monitor()
        self._monitor.close(0)
        self._calls.close()
        self._updates.close()
        if self._door:
            self._door.close()
        self._context.term()
        if self._heeds_signals:
            signal.set_wakeup_fd(-1)
        self._outbox.close()

    def _serve(self, handler: Handler) -> None:
        try:
            for _ in range(_AT_ONCE):
                self._serve_one(handler, *self._calls.recv_multipart(zmq.NOBLOCK))
        except zmq.Again:
            return

    def _serve_one(self, handler: Handler, face: bytes, *frames: bytes) -> None:
        envelope = [face, *frames[:-1]]

        def send_bytes(data: bytes) -> None:
            try:
                self._calls.send_multipart([*envelope, data], zmq.NOBLOCK)
            except zmq.ZMQError as error:
                log.warning("an answer was not sent: %s", error)

        serve_bytes(handler, frames[-1] if frames else b"", send_bytes)

    def _tell(self, handler: Handler) -> None:
        for update in self._outbox.take_all():
            if update is None:
                continue
            handler.heard(update)
            followed = [update.job_id] if isinstance(update, Preview) else [update.job_id, ALL_JOBS]
            topics = [topic_of(job_id) for job_id in followed if self.is_followed(job_id)]
            if topics and (data := encode_update(update)) is not None:
                for topic in topics:
                    self._updates.send_multipart([topic, data])
                    if self._door:
                        self._door.tell(topic, data)

    def _count_followers(self) -> None:
        try:
            for _ in range(_AT_ONCE):
                frame = self._updates.recv(zmq.NOBLOCK)
                change, topic = frame[:1], frame[1:]
                self._topics = self._topics | {topic} if change == b"\1" else self._topics - {topic}
        except zmq.Again:
            return

    def _count_faces(self) -> None:
        while self._monitor.poll(0):
            event = recv_monitor_message(self._monitor)
            change = self._faces.add if event["event"] == zmq.EVENT_ACCEPTED else self._faces.discard
            change(int(event["value"]))
