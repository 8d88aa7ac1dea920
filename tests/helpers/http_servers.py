"""A real server process over HTTP, and clients of it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from helpers.mcp_faces import SERVE, Era
from helpers.server_pipes import pipe_of


@contextmanager
def http_server(*arguments: str, address: str = "127.0.0.1:0") -> Iterator[str]:
    """A server that answers; yields its URL."""
    command = [*SERVE, "--http", address, *arguments]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    try:
        said = ""
        for line in pipe_of(process.stderr):  # type: ignore[arg-type]
            said += line
            if match := re.search(r"serving (http://\S+)", line):
                yield match[1]
                return
        raise AssertionError(f"it did not serve: {said}")
    finally:
        process.terminate()
        process.wait(20)
        pipe_of(process.stderr).close()  # type: ignore[arg-type]


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
