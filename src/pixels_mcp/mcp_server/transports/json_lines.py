"""The protocol as lines of JSON on two pipes: every line is a message, and one that is none gets an answer."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import BinaryIO

import anyio
import anyio.to_thread
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp.types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError, jsonrpc_message_adapter
from pydantic import ValidationError

from pixels_mcp.told_apart import is_table

log = logging.getLogger(__name__)

LINE_BYTES_MAX = 8 * 2**20
"""Of one message from the client; a picture goes by its path."""


@asynccontextmanager
async def lines_as_messages(
    reading: BinaryIO, writing: BinaryIO
) -> AsyncGenerator[
    tuple[MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage]]
]:
    """Carry messages between two pipes and a server.

    Yields:
        What the client sends (ends with its pipe), and where answers go.
    """
    to_server, from_client = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    to_client, from_server = anyio.create_memory_object_stream[SessionMessage](0)

    async def read() -> None:
        with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
            async with to_server:
                while (line := await anyio.to_thread.run_sync(_read_line, reading)) != b"":
                    message = read_message(line)
                    if isinstance(message, JSONRPCError):
                        await refusals.send(SessionMessage(message))
                    elif message is not None:
                        await to_server.send(message)

    async def write() -> None:
        with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
            async with from_server:
                async for answer in from_server:
                    line = answer.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n"
                    await anyio.to_thread.run_sync(_write_line, writing, line)

    refusals = to_client.clone()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read)
        tasks.start_soon(write)
        try:
            yield from_client, to_client
        finally:
            refusals.close()
            from_client.close()


def read_message(line: bytes) -> SessionMessage | JSONRPCError | None:
    """Read one line: a message, the answer to one that cannot be read, or None for an empty line."""
    if not line.strip():
        return None
    if len(line) > LINE_BYTES_MAX:
        return _refusal(INVALID_REQUEST, f"a message may have {LINE_BYTES_MAX:,} bytes; name pictures by their path")
    text = line.decode("utf-8", errors="replace")
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(text, by_name=False))
    except ValidationError:
        log.info("a line that is no message: %r", text[:80])
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return _refusal(PARSE_ERROR, "this line is no JSON; send one JSON-RPC message a line")
    number = document.get("id") if is_table(document) else None
    readable_id = number if isinstance(number, str | int) and not isinstance(number, bool) else None
    words = "this is no JSON-RPC 2.0 message: it needs `jsonrpc`, `method`, and `id` where an answer is wanted"
    return _refusal(INVALID_REQUEST, words, readable_id)


def _refusal(code: int, words: str, request_id: str | int | None = None) -> JSONRPCError:
    return JSONRPCError(jsonrpc="2.0", id=request_id, error=ErrorData(code=code, message=words))


def _read_line(pipe: BinaryIO) -> bytes:
    """One line, of which no more than is allowed is kept; empty at the end."""
    line = pipe.readline(LINE_BYTES_MAX + 1)
    rest = line
    while rest and not rest.endswith(b"\n"):
        rest = pipe.readline(2**16)
    return line


def _write_line(pipe: BinaryIO, line: bytes) -> None:
    try:
        pipe.write(line)
        pipe.flush()
    except OSError as error:
        log.info("the client reads no longer: %s", error)  # the server ends with what the client writes
