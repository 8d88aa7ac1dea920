"""Bytes as a peer of another program would send them."""

from __future__ import annotations

import msgpack


def pack(found: object) -> bytes:
    """Write anything as msgpack."""
    return bytes(msgpack.packb(found) or b"")
