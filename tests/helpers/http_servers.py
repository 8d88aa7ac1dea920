"""A real server process over HTTP, and clients of it."""

from __future__ import annotations

import atexit
import json
import os
import re
import socket
import subprocess
import threading
from collections.abc import Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from helpers.mcp_faces import SERVE, Era
from helpers.server_pipes import pipe_of
from helpers.waiting import PATIENCE_S


@contextmanager
def http_server(*arguments: str, address: str = "127.0.0.1:0") -> Generator[str]:
    """A server that answers; yields its URL."""
    command = [*SERVE, "--http", address, *arguments]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=dict(os.environ))
    log = pipe_of(process.stderr)
    rest = threading.Thread(target=log.read, name="log of a server", daemon=True)  # a full pipe would hold it up
    try:
        said = ""
        for line in log:
            said += line.decode()
            if match := re.search(r"serving (http://\S+)", said):
                rest.start()
                yield match[1]
                return
        raise AssertionError(f"it did not serve: {said}")
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        if rest.ident is not None:
            rest.join(PATIENCE_S)
        log.close()


_STANDING: dict[tuple[tuple[str, str], ...], tuple[str, ExitStack]] = {}


def standing_http_server(*arguments: str) -> str:
    """The URL of a server that stays until its home is gone: tests of one home share it, as clients do."""
    assert "PIXELS_HOME" in os.environ, "a test has a home of its own"
    for key, (_, stack) in list(_STANDING.items()):
        if not Path(dict(key)["PIXELS_HOME"]).is_dir():
            del _STANDING[key]
            stack.close()
    own = {name: value for name, value in os.environ.items() if name.startswith("PIXELS_")}
    key = tuple(sorted({**own, "arguments": json.dumps(arguments)}.items()))
    if key not in _STANDING:
        stack = ExitStack()
        _STANDING[key] = (stack.enter_context(http_server(*arguments)), stack)
    return _STANDING[key][0]


@atexit.register
def _end_standing_servers() -> None:
    for _, stack in _STANDING.values():
        stack.close()


@asynccontextmanager
async def http_client(url: str, era: Era = "auto", *, token: str | None = None, extensions: Any = ()):
    """A client over HTTP."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as web,
        Client(streamable_http_client(url, http_client=web), mode=era, extensions=extensions) as client,
    ):
        yield client


def raw_connection(url: str, data: bytes) -> socket.socket:
    """A connection on which some bytes were sent and none read."""
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30)
    connection.sendall(data)
    return connection
