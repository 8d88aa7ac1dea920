"""Talking to the MCP server as a client does: in this process, or as a process of its own over stdio."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import anyio
from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult, ImageContent, TextContent

from pixels_mcp.mcp_server.desk import Desk
from pixels_mcp.mcp_server.roots import Roots
from pixels_mcp.mcp_server.server import build_server
from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings

Era = Literal["auto", "legacy"]
ERAS: tuple[Era, ...] = ("auto", "legacy")
"""`auto` speaks the protocol without handshake (2026-07-28), `legacy` the one with it."""

SERVE = (sys.executable, "-m", "pixels_mcp", "serve")


def run_async(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Let a test be a coroutine."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        anyio.run(functools.partial(test, *args, **kwargs))

    return run


@asynccontextmanager
async def server_here(era: Era = "auto", *, projects: tuple[Path, ...] = ()):
    """A client of a server in this process; the person's home is what `PIXELS_HOME` says."""
    paths = find_paths()
    desk = Desk(paths, load_settings(paths), Roots(projects, (paths.library.resolve(),)))
    try:
        async with Client(build_server(desk), mode=era) as client:
            yield client
    finally:
        desk.close()


@asynccontextmanager
async def server_process(era: Era = "auto", *, arguments: tuple[str, ...] = (), cwd: Path | None = None):
    """A client of a real server process over stdio."""
    server = StdioServerParameters(
        command=SERVE[0], args=[*SERVE[1:], *arguments], env=dict(os.environ), cwd=cwd or Path.cwd()
    )
    async with Client(server, mode=era) as client:
        yield client


def text_of(result: CallToolResult) -> str:
    """The text of a result's first block."""
    block = result.content[0]
    assert isinstance(block, TextContent)
    return block.text


def images_of(result: CallToolResult) -> list[ImageContent]:
    """The pictures of a result."""
    return [block for block in result.content if isinstance(block, ImageContent)]
