"""The worker's door for other machines: a ROUTER over TCP, with CURVE keys or, on loopback, without.

One socket carries calls, answers and updates, so that one forwarded port is enough. Who is there is known by what is
heard, not by who connects: a peer that is not paired keeps nothing alive.
"""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass

import zmq

from pixels_mcp.errors import AddressTakenError, PixelsError, SettingsError
from pixels_mcp.wire.far.doorkeeper import DOMAIN, Doorkeeper
from pixels_mcp.wire.far.far_address import FarAddress
from pixels_mcp.wire.far.far_calls import FarCalls
from pixels_mcp.wire.far.framing import ABSENT_S, ANSWER, CALL, FOLLOW, LEAVE, UPDATE, cut, join, prepare
from pixels_mcp.wire.far.key_pair import KeyPair
from pixels_mcp.wire.far.paired_machines import PairedMachines
from pixels_mcp.wire.transport import Handler, serve_bytes

log = logging.getLogger(__name__)

_AT_ONCE = 64
_FACES_MAX = 256
_TOPICS_MAX, _TOPIC_BYTES_MAX = 64, 160


@dataclass(frozen=True)
class FarListening:
    """How a worker listens for other machines.

    Attributes:
        address: Where.
        keys: The worker's own; None on loopback, where everybody of this machine may call.
        machines: Who is paired.
    """

    address: FarAddress
    keys: KeyPair | None
    machines: PairedMachines


@dataclass(frozen=True)
class _FarFace:
    machine: str
    heard_s: float
    topics: frozenset[bytes]


class FarDoor:
    """Serves faces of other machines; polled by the thread of `ZmqServer`.

    Raises:
        AddressTakenError, SettingsError: It cannot listen there.
    """

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], listening: FarListening) -> None:
        self._machines = listening.machines if listening.keys else None
        self._keeper = Doorkeeper(context, listening.machines) if listening.keys else None
        self._faces: dict[bytes, _FarFace] = {}
        self._topics: frozenset[bytes] = frozenset()
        self._socket = context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.LINGER, 200)
        prepare(self._socket)
        if listening.keys:
            self._socket.setsockopt(zmq.CURVE_SERVER, 1)
            self._socket.setsockopt(zmq.CURVE_SECRETKEY, listening.keys.secret.encode())
            self._socket.setsockopt(zmq.ZAP_DOMAIN, DOMAIN)
        try:
            self._socket.bind(listening.address.endpoint)
        except zmq.ZMQError as error:
            kind = AddressTakenError if error.errno == errno.EADDRINUSE else SettingsError
            raise kind(
                f"cannot listen on {listening.address}: {error.strerror}",
                hint="name an address of this machine and a port that is free",
            ) from error
        bound = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        self.address = FarAddress(listening.address.host, int(bound.rpartition(":")[2]))

    @property
    def sockets(self) -> list[zmq.Socket[bytes]]:
        """What to poll for reading."""
        return [self._socket, *([self._keeper.socket] if self._keeper else [])]

    @property
    def has_keys(self) -> bool:
        """Whether peers are asked for keys."""
        return self._keeper is not None

    @property
    def faces(self) -> int:
        """How many faces of other machines were heard lately."""
        return len(self._faces)

    def is_followed(self, topic: bytes) -> bool:
        """Whether one of them listens to a topic; from any thread."""
        return topic in self._topics

    def serve(self, handler: Handler) -> None:
        """Answer what was asked, and forget who is silent."""
        if self._keeper:
            self._keeper.serve()
        try:
            for _ in range(_AT_ONCE):
                self._take(handler, self._socket.recv_multipart(zmq.NOBLOCK, copy=False))
        except zmq.Again:
            pass
        oldest_s = time.monotonic() - ABSENT_S
        if any(face.heard_s < oldest_s for face in self._faces.values()):
            self._remember({name: face for name, face in self._faces.items() if face.heard_s >= oldest_s})

    def due_s(self) -> float | None:
        """Seconds until somebody may be found to be gone; None where nobody is here."""
        if not self._faces:
            return None
        return max(0.0, min(face.heard_s for face in self._faces.values()) + ABSENT_S - time.monotonic()) + 0.01

    def tell(self, topic: bytes, data: bytes) -> None:
        """Send an update to those who follow its topic; whoever cannot take it asks."""
        for route, face in self._faces.items():
            if topic in face.topics and self._is_still_paired(face):
                self._send(route, [UPDATE, topic, *cut(b"", data)[1:]])

    def close(self) -> None:
        """Close the sockets."""
        self._socket.close()
        if self._keeper:
            self._keeper.socket.close()

    def _take(self, handler: Handler, message: list[zmq.Frame]) -> None:
        calls = FarCalls(handler, self._machines, _public_key(message[-1]))
        route, kind, *frames = (bytes(frame.buffer) for frame in message)
        if kind == FOLLOW:
            self._greet(route, calls, frames)
        elif kind == LEAVE:
            self._remember({name: face for name, face in self._faces.items() if name != route})
        elif kind == CALL:
            try:
                data = join(frames)
            except PixelsError as error:
                log.warning("a call was not taken: %s", error)
                return
            serve_bytes(calls, data, lambda answer: self._send(route, cut(ANSWER, answer)))

    def _greet(self, route: bytes, calls: FarCalls, topics: Iterable[bytes]) -> None:
        machine = calls.machine
        if machine is None:
            return
        wanted = frozenset(topic for topic in topics if len(topic) <= _TOPIC_BYTES_MAX)
        if len(wanted) > _TOPICS_MAX or (route not in self._faces and len(self._faces) >= _FACES_MAX):
            log.warning("%s has too many faces here, or follows too many jobs", machine)
            return
        if route not in self._faces:
            log.info("a face of %s is here", machine)
        self._remember({**self._faces, route: _FarFace(machine, time.monotonic(), wanted)})

    def _remember(self, faces: dict[bytes, _FarFace]) -> None:
        self._faces = faces
        self._topics = frozenset(topic for face in faces.values() for topic in face.topics)

    def _is_still_paired(self, face: _FarFace) -> bool:
        return self._machines is None or face.machine in self._machines.by_name()

    def _send(self, route: bytes, frames: list[bytes]) -> None:
        try:
            self._socket.send_multipart([route, *frames], zmq.NOBLOCK)
        except zmq.ZMQError as error:
            log.warning("an answer was not sent: %s", error)


def _public_key(frame: zmq.Frame) -> str:
    try:
        return str(frame.get("User-Id"))
    except zmq.ZMQError:
        return ""
