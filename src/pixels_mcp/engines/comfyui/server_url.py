"""The address of a ComfyUI server as people write it, made one that can be called."""

from __future__ import annotations

import base64
import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from pixels_mcp.errors import SettingsError

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")


@dataclass(frozen=True)
class ServerUrl:
    """Where a server is.

    Attributes:
        http: `http://127.0.0.1:8188`, with the path that a proxy serves it under, no slash at the end, no password.
        login: The `Authorization` header of a name and password that stood in the address, or None.
    """

    http: str
    login: str | None = None

    @property
    def websocket(self) -> str:
        """The address of its socket."""
        return f"ws{self.http.removeprefix('http')}/ws"

    @property
    def is_near(self) -> bool:
        """True where what is sent stays on this machine."""
        host = urlsplit(self.http).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    @property
    def is_readable_on_the_way(self) -> bool:
        """True where prompts and pictures cross a network in plain HTTP."""
        return self.http.startswith("http://") and not self.is_near


def parse_server_url(text: str) -> ServerUrl:
    """Read an address: without a scheme it is http, `0.0.0.0` (what ComfyUI prints) is this machine.

    Raises:
        SettingsError: It is none.
    """
    whole = text.strip() if _SCHEME.match(text.strip()) else f"http://{text.strip()}"
    hint = "write it as ComfyUI prints it at its start, for example http://127.0.0.1:8188"
    try:
        parts = urlsplit(whole)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError(f"comfyui_url {text!r} is no address: {error}", hint=hint) from error
    if parts.scheme.lower() not in ("http", "https") or not host or parts.query or parts.fragment:
        raise SettingsError(f"comfyui_url {text!r} is no address of a web server", hint=hint)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # what a server listens on
    shown = f"[{host}]" if ":" in host else host
    address = f"{parts.scheme.lower()}://{shown}" + (f":{port}" if port else "") + parts.path.rstrip("/")
    if parts.username is None:
        return ServerUrl(address)
    words = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return ServerUrl(address, f"Basic {base64.b64encode(words).decode()}")
