"""A real server process and its pipes, without a client in between."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from helpers.mcp_faces import SERVE

INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


def call(number: int, method: str, params: dict[str, Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n"


@contextmanager
def running_server(command: Sequence[str] = SERVE) -> Generator[subprocess.Popen[bytes]]:
    """A server that has answered `initialize`; killed at the end where it still runs."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        answer = ask(process, 1, "initialize", INITIALIZE)
        assert answer["result"]["serverInfo"]["name"]
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()


def pipe_of(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def ask(process: subprocess.Popen[bytes], number: int, method: str, params: dict[str, Any]) -> dict[str, Any]:
    pipe_of(process.stdin).write(call(number, method, params))
    pipe_of(process.stdin).flush()
    return json.loads(pipe_of(process.stdout).readline())
