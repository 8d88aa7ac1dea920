"""How a message travels between machines: a frame that says what it is, then its bytes in frames of 64 KiB.

Heartbeats are heard between frames, not within one: in one piece a large picture on a slow line would be taken for a
cut cable.
"""

from __future__ import annotations

from collections.abc import Iterable

import zmq

from pixels_mcp.wire.codec import check_length

CALL, ANSWER, UPDATE, FOLLOW, LEAVE = b"call", b"answer", b"update", b"follow", b"leave"

FRAME_BYTES = 64 * 2**10
FRAME_BYTES_MAX = 2**20
"""What is taken of one frame; a peer that sends more is cut off."""

BEAT_S = 2.0
"""A face says so often that it is there, and what it follows."""

ABSENT_S = 10.0
"""A face that said nothing for so long is gone."""

_HEARTBEAT_MS, _HEARTBEAT_TIMEOUT_MS, _HANDSHAKE_MS = 500, 1_500, 3_000


def cut(kind: bytes, data: bytes) -> list[bytes]:
    """Write a message as frames."""
    return [kind, *(data[start : start + FRAME_BYTES] for start in range(0, len(data), FRAME_BYTES))]


def join(frames: Iterable[bytes]) -> bytes:
    """Read what `cut` wrote, without its kind.

    Raises:
        MessageTooLargeError: It has too many bytes.
    """
    data = b"".join(frames)
    check_length(len(data))
    return data


def prepare(socket: zmq.Socket[bytes]) -> None:
    """What both ends set: heartbeats, a limit for the handshake, and for frames."""
    socket.setsockopt(zmq.HEARTBEAT_IVL, _HEARTBEAT_MS)
    socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, _HEARTBEAT_TIMEOUT_MS)
    socket.setsockopt(zmq.HANDSHAKE_IVL, _HANDSHAKE_MS)
    socket.setsockopt(zmq.MAXMSGSIZE, FRAME_BYTES_MAX)
    socket.setsockopt(zmq.IPV6, 1)
