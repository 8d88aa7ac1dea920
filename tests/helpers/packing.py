"""Bytes as a peer of another program would send them."""

from __future__ import annotations

import msgpack  # pyright: ignore[reportMissingTypeStubs]  # it ships no types


def pack(message: object) -> bytes:
    """Write anything as msgpack."""
    return bytes(msgpack.packb(message) or b"")  # pyright: ignore[reportUnknownArgumentType]  # partly without types there
