"""Serving many clients over Streamable HTTP, with the same server and lifespan as over stdio."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Any

import anyio
import uvicorn
from mcp.server import Server
from starlette.types import ASGIApp

from pixels_mcp.errors import SettingsError
from pixels_mcp.mcp_server.transports.gate import Gate, security_settings
from pixels_mcp.mcp_server.transports.tokens import TokenShelf
from pixels_mcp.next_steps import NextStep

PATH = "/mcp"
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
BODY_BYTES_MAX = 4 * 2**20
SESSIONS_MAX = 500
SESSION_IDLE_S = 1_800.0
CONNECTIONS_MAX = 1_000
_ENDS_WITHIN_S = 2


def reaches_others(listening: socket.socket, extra_hosts: Sequence[str]) -> bool:
    """Whether somebody else's machine can call this: it listens beyond loopback, or stands behind another name."""
    return not ipaddress.ip_address(listening.getsockname()[0].partition("%")[0]).is_loopback or bool(extra_hosts)


def find_tokens(shelf: TokenShelf, *, needed: bool) -> TokenShelf | None:
    """The tokens that a server checks; none are needed where nobody else can call it.

    Raises:
        SettingsError: They are needed, and there is none yet.
    """
    if not needed:
        return None
    if not shelf.list():
        raise SettingsError(
            "other machines could call this address, and there is no token yet",
            hint="listen on 127.0.0.1 alone",
            steps=[NextStep("make_token")],
        )
    return shelf


def known_hosts(listening: socket.socket, extra_hosts: Sequence[str]) -> list[str]:
    """Names under which this server may be called: its own addresses (a rebound name is none of them), the machine's
    name where it listens beyond loopback, and those that the person named."""
    hosts = [*LOOPBACK_NAMES, *extra_hosts]
    address = listening.getsockname()[0].partition("%")[0]
    if ipaddress.ip_address(address).is_loopback:
        return hosts
    import psutil

    hosts += [socket.gethostname(), socket.getfqdn()]
    for one in (one.address.partition("%")[0] for ones in psutil.net_if_addrs().values() for one in ones):
        try:
            version = ipaddress.ip_address(one).version
        except ValueError:
            continue  # an address of the network card
        hosts.append(f"[{one}]" if version == 6 else one)
    return hosts


def web_app(server: Server[Any], *, hosts: Sequence[str], tokens: TokenShelf | None) -> ASGIApp:
    """The server as an ASGI application behind its gate.

    Args:
        server: As `build_server` makes it.
        hosts: See `Gate`.
        tokens: See `Gate`.
    """
    protocol = server.streamable_http_app(
        streamable_http_path=PATH,
        max_request_body_size=BODY_BYTES_MAX,
        session_idle_timeout=SESSION_IDLE_S,
        max_sessions=SESSIONS_MAX,
        transport_security=security_settings(hosts),
    )
    return Gate(protocol, hosts=hosts, tokens=tokens)


def serve_http(app: ASGIApp, listening: socket.socket, tell: Callable[[str], None]) -> None:
    """Serve until a signal comes; calls that still run then have two seconds.

    Args:
        app: As `web_app` makes it.
        listening: As `open_socket` gave it.
        tell: Hears the address once it answers.
    """
    config = uvicorn.Config(
        app,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=CONNECTIONS_MAX,
        timeout_graceful_shutdown=_ENDS_WITHIN_S,
    )
    host, port = listening.getsockname()[:2]

    async def run() -> None:
        async with anyio.create_task_group() as tasks:
            web = uvicorn.Server(config)

            async def say_when_ready() -> None:
                while not web.started:
                    await anyio.sleep(0.02)
                tell(f"http://{f'[{host}]' if ':' in host else host}:{port}{PATH}")

            tasks.start_soon(say_when_ready)
            await web.serve(sockets=[listening])
            tasks.cancel_scope.cancel()

    anyio.run(run)
