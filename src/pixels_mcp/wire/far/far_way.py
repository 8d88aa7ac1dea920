"""The way to a far worker."""

from __future__ import annotations

from dataclasses import dataclass

from pixels_mcp.wire.far.far_address import FarAddress
from pixels_mcp.wire.far.key_pair import KeyPair


@dataclass(frozen=True)
class FarWay:
    """The way to a far worker.

    Attributes:
        name: What its machine is called here.
        address: Where it is.
        server_key: Its public key, which is pinned; None for one that listens on loopback without keys.
        keys: Our own pair; None without keys.
    """

    name: str
    address: FarAddress
    server_key: str | None = None
    keys: KeyPair | None = None

    def __str__(self) -> str:
        """As a person is told."""
        return f"{self.name} ({self.address})"
