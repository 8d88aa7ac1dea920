"""Serving one client over stdin and stdout: the protocol alone on stdout, and an end however the client goes away."""

from __future__ import annotations

import logging
import os
import signal
import sys
from contextlib import suppress
from io import TextIOWrapper

import anyio
from mcp.server import MCPServer
from mcp.server.stdio import stdio_server

log = logging.getLogger(__name__)


def take_wire() -> tuple[TextIOWrapper, TextIOWrapper]:
    """Keep stdin and stdout for the protocol, and give everybody else /dev/null and stderr in their place.

    The SDK does so only while it serves; what a library prints before that, or what is still buffered when the process
    ends, would reach the client as broken protocol.

    Returns:
        The streams that the protocol reads and writes.
    """
    sys.stdout.flush()
    reading, writing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    wire_in = TextIOWrapper(os.fdopen(reading, "rb"), encoding="utf-8", errors="replace")
    wire_out = TextIOWrapper(os.fdopen(writing, "wb"), encoding="utf-8", newline="\n")
    return wire_in, wire_out


def serve_stdio(server: MCPServer, wire: tuple[TextIOWrapper, TextIOWrapper]) -> None:
    """Serve until the client closes stdin or a signal comes; does not return.

    The worker and its queue are not touched: they belong to every face.
    """
    code = 0
    try:
        anyio.run(_serve, server, wire)
    except Exception:
        log.exception("the server ended with an error")
        code = 1
    finally:
        _end(code)


async def _serve(server: MCPServer, wire: tuple[TextIOWrapper, TextIOWrapper]) -> None:
    wire_in, wire_out = wire
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_end_on_signal)
        async with stdio_server(anyio.wrap_file(wire_in), anyio.wrap_file(wire_out)) as (reading, writing):
            lowlevel = server._lowlevel_server  # run_stdio_async takes no streams of ours
            await lowlevel.run(reading, writing, lowlevel.create_initialization_options())
        tasks.cancel_scope.cancel()


async def _end_on_signal() -> None:
    """The thread that reads stdin cannot be joined, so an orderly end would hang until the client closes it; since
    nothing durable is in this process, it ends at once."""
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for number in signals:
            log.info("ending: signal %d", number)
            _end(0 if number == signal.SIGTERM else 128 + number)


def _end(code: int) -> None:
    """End the process at once: threads that still wait for the worker must not keep it."""
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    logging.shutdown()
    os._exit(code)
