"""An address that a program here listens on over HTTP: `HOST:PORT`."""

from __future__ import annotations

import errno
import re
import socket
from dataclasses import dataclass

from pixels_mcp.errors import AddressTakenError, InvalidArgumentError, SettingsError

_BACKLOG = 512
_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%\w]+\]|[^\[\]:\s]+):(?P<port>\d{1,5})")


@dataclass(frozen=True)
class HttpAddress:
    """Where to listen.

    Attributes:
        host: A name or an address, IPv6 without brackets.
        port: 0 takes one that is free.
    """

    host: str
    port: int

    @classmethod
    def read(cls, text: str) -> HttpAddress:
        """Read `HOST:PORT`.

        Raises:
            InvalidArgumentError: It is something else.
        """
        match = _ADDRESS.fullmatch(text)
        if match is None or int(match["port"]) > 65_535:
            raise InvalidArgumentError(
                f"{text[:80]!r} is not HOST:PORT", hint="for example 127.0.0.1:8931, or [::1]:8931"
            )
        return cls(match["host"].strip("[]"), int(match["port"]))


def open_socket(address: HttpAddress) -> socket.socket:
    """Take the address, so that somebody else's is said before anything starts.

    Raises:
        AddressTakenError: Another program listens there.
        SettingsError: It cannot be had; says why.
    """
    try:
        family, kind, _, _, where = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(where)
            listening.listen(_BACKLOG)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        kind_of_error = AddressTakenError if error.errno == errno.EADDRINUSE else SettingsError
        raise kind_of_error(
            f"cannot listen on {address.host}:{address.port}: {error.strerror}",
            hint="name an address of this machine and a port that is free; 0 takes any",
        ) from error
    return listening
