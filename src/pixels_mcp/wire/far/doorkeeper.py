"""Who may shake hands (ZeroMQ's ZAP, RFC 27): paired machines, and any key while a pairing is open."""

from __future__ import annotations

import logging

import zmq
from zmq.utils import z85

from pixels_mcp.errors import PixelsError
from pixels_mcp.wire.far.paired_machines import PairedMachines

log = logging.getLogger(__name__)

DOMAIN = b"pixels"


class Doorkeeper:
    """Answers what ZeroMQ asks of each handshake; polled by the thread that polls the door."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], machines: PairedMachines) -> None:
        self._machines = machines
        self.socket = context.socket(zmq.REP)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.bind("inproc://zeromq.zap.01")

    def serve(self) -> None:
        """Answer what was asked."""
        try:
            while True:
                version, request, *asked = self.socket.recv_multipart(zmq.NOBLOCK)
                key = self._admitted(asked)
                status = (b"200", b"OK") if key else (b"400", b"not paired")
                self.socket.send_multipart([version, request, *status, key, b""])
        except zmq.Again:
            return

    def _admitted(self, asked: list[bytes]) -> bytes:
        """The public key of whoever may come in; it becomes the `User-Id` of its messages."""
        if len(asked) < 5 or asked[3] != b"CURVE" or len(asked[4]) != 32:
            return b""
        key = bytes(z85.encode(asked[4]))
        try:
            admitted = self._machines.name_of(key.decode()) is not None or self._machines.is_open
        except PixelsError as error:  # nobody is let in by a book that cannot be read
            log.error("%s", error)
            admitted = False
        return key if admitted else b""
