"""Serving one client over stdin and stdout: the protocol alone on stdout, and an end however the client goes away."""

from __future__ import annotations

import logging
import os
import signal
import sys
from contextlib import suppress
from typing import Any, BinaryIO

import anyio
from mcp.server import Server

from pixels_mcp.mcp_server.transports.json_lines import lines_as_messages

log = logging.getLogger(__name__)


def serve_stdio(server: Server[Any], wire: tuple[BinaryIO, BinaryIO]) -> None:
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


async def _serve(server: Server[Any], wire: tuple[BinaryIO, BinaryIO]) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_end_on_signal)
        async with lines_as_messages(*wire) as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())
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
