"""Where a worker listens for other machines: `tcp://HOST:PORT`."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.http_address import HttpAddress

_ANY_HOST = ("0.0.0.0", "::", "*")  # noqa: S104  # compared with, not listened on
_ELSEWHERE = ("192.0.2.1", 9)
"""An address that nobody has (RFC 5737): no packet is sent, the system only says which way it would go."""


@dataclass(frozen=True)
class FarAddress(HttpAddress):
    """A machine and a port, as `HttpAddress`; written `tcp://HOST:PORT`."""

    @classmethod
    def read(cls, text: str) -> FarAddress:
        """Read `tcp://HOST:PORT`.

        Raises:
            InvalidArgumentError: It is something else.
        """
        scheme, slashes, rest = text.partition("://")
        if not slashes or scheme != "tcp":
            raise InvalidArgumentError(f"{text[:80]!r} is not tcp://HOST:PORT", hint="for example tcp://127.0.0.1:5570")
        address = HttpAddress.read(rest)
        return cls(address.host, address.port)

    def __str__(self) -> str:
        """`HOST:PORT`, IPv6 in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def endpoint(self) -> str:
        """As ZeroMQ writes it."""
        return f"tcp://{self}" if self.port else f"tcp://{str(self).removesuffix('0')}*"

    @property
    def is_loopback(self) -> bool:
        """Whether only programs of this machine can come there."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def as_told(self) -> FarAddress:
        """What another machine may call it by: where it listens on every address, the one that leads outside."""
        if self.host not in _ANY_HOST:
            return self
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(_ELSEWHERE)
                return FarAddress(str(probe.getsockname()[0]), self.port)
            except OSError:
                return FarAddress(socket.gethostname(), self.port)
