"""The one line that pairs two machines: `pixels://HOST:PORT?key=...&once=...`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.http_address import HttpAddress
from pixels_mcp.wire.far.far_address import FarAddress

_Z85_KEY = re.compile(r"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True)
class PairingLine:
    """What is carried by hand from the far machine to the near one.

    Attributes:
        address: Where the far worker is found from the near machine.
        server_key: Its public key, 40 characters of Z85; None where it listens on loopback without keys.
        token: What proves that its person printed the line: 128 random bits; None where the machines are paired.
    """

    address: FarAddress
    server_key: str | None = None
    token: str | None = None

    @classmethod
    def read(cls, text: str) -> PairingLine:
        """Read a line.

        Raises:
            InvalidArgumentError: It is none, or a part of it is missing or damaged.
        """
        rest = text.strip().removeprefix("pixels://")
        place, _, query = rest.partition("?")
        if rest == text.strip():
            raise InvalidArgumentError(
                f"{text.strip()[:40]!r} is no pairing line", hint="give the whole line, pixels://..., in quotes"
            )
        words = dict(parse_qsl(query, keep_blank_values=True))
        key, token = words.pop("key", None), words.pop("once", None)
        if words or (key is not None and not _Z85_KEY.fullmatch(key)) or (token and not _TOKEN.fullmatch(token)):
            raise InvalidArgumentError(
                "the pairing line is cut off or damaged",
                hint="copy the whole line and put it in quotes: a shell reads an & in it as an end",
            )
        if token and key is None:
            raise InvalidArgumentError("the pairing line has no key", hint="copy the whole line")
        address = HttpAddress.read(place.rstrip("/"))
        return cls(FarAddress(address.host, address.port), key, token or None)

    def __str__(self) -> str:
        """The line."""
        words = {"key": self.server_key, "once": self.token}
        query = urlencode({name: word for name, word in words.items() if word}, quote_via=quote, safe="")
        return f"pixels://{self.address}" + (f"?{query}" if query else "")
