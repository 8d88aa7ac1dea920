"""What listens at an address: looked at by hand, because ZeroMQ says of a failed handshake only that it failed."""

from __future__ import annotations

import socket
from typing import Literal

from pixels_mcp.wire.far.far_address import FarAddress

Listener = Literal["keys", "no keys", "stranger", "silent", "nobody"]

_LOOK_S = 3.0
_GREETING_BYTES = 64
_GREETING = b"\xff" + b"\0" * 7 + b"\x01\x7f" + b"\x03\x00" + b"CURVE".ljust(20, b"\0") + b"\0" * 32
"""ZMTP 3.0 (RFC 23): signature, version, mechanism, as-server, filler."""


def look_at(address: FarAddress) -> Listener:
    """Ask for the greeting that every ZeroMQ peer gives.

    Returns:
        `keys` and `no keys` for a ZeroMQ socket with CURVE and without, `stranger` for something else, `silent` for
        what takes the connection and says nothing (a tunnel that leads nowhere), `nobody` where none is taken.
    """
    try:
        with socket.create_connection((address.host, address.port), timeout=_LOOK_S) as probe:
            return _read(probe)
    except OSError:
        return "nobody"


def _read(probe: socket.socket) -> Listener:
    said = b""
    try:
        probe.sendall(_GREETING)
        while len(said) < _GREETING_BYTES and (more := probe.recv(_GREETING_BYTES)):
            said += more
    except OSError:
        pass
    if not said:
        return "silent"
    if said[:1] != b"\xff" or said[9:10] != b"\x7f":
        return "stranger"
    return "keys" if said[12:32].rstrip(b"\0") == b"CURVE" else "no keys"
