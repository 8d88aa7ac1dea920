"""Talking to the MCP server as a client does: in this process, or as a process of its own over stdio."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import anyio
import psutil
from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult, ImageContent, TextContent

from helpers.typed import is_list, is_object
from pixels_mcp.mcp_server.roots import Roots
from pixels_mcp.mcp_server.server import build_server
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings

Value = TypeVar("Value")
Era = Literal["auto", "legacy"]
ERAS: tuple[Era, ...] = ("auto", "legacy")
"""`auto` speaks the protocol without handshake (2026-07-28), `legacy` the one with it."""

Face = Literal["here", "stdio", "http"]
FACES: tuple[Face, ...] = get_args(Face)

FACE_ASKED: Face = next(one for one in FACES if one == os.environ.get("PIXELS_MCP_FACE", "here"))
ERA_ASKED: Era = "legacy" if os.environ.get("PIXELS_MCP_ERA") == "legacy" else "auto"

UNREAD = ("$ref", "$defs", "anyOf", "oneOf", "allOf", "prefixItems", "const")
"""What clients drop or cannot resolve."""

SERVE = (sys.executable, "-m", "pixels_mcp", "serve")


def run_async(test: Callable[..., Awaitable[Value]]) -> Callable[..., Value]:
    """Let a test, or a part of one, be a coroutine."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> Value:
        return anyio.run(functools.partial(test, *args, **kwargs))

    return run


@asynccontextmanager
async def server_here(
    era: Era | None = None, *, projects: tuple[Path, ...] = (), read_only: bool = False, extensions: Any = ()
):
    """A client of a server in this process; the person's home is what `PIXELS_HOME` says.

    With `PIXELS_MCP_FACE=stdio` or `http` the same tests meet a server process (over HTTP one for all clients of a
    home), with `PIXELS_MCP_ERA=legacy` the era with a handshake where a test names none; `make faces` runs the tools'
    tests in all these ways.
    """
    from helpers.http_servers import http_client, standing_http_server

    era = era or ERA_ASKED
    if FACE_ASKED == "http":
        url = standing_http_server(*server_words(projects, read_only=read_only))
        async with http_client(url, era, extensions=extensions) as client:
            yield client
        return
    async with server_over(FACE_ASKED, era, projects=projects, read_only=read_only, extensions=extensions) as client:
        yield client


def server_words(projects: tuple[Path, ...], *, read_only: bool) -> tuple[str, ...]:
    """The same as options of `serve`."""
    named = [word for project in projects for word in ("--project", str(project))]
    return (*named, *(("--read-only",) if read_only else ()))


@asynccontextmanager
async def server_over(
    face: Face, era: Era, *, projects: tuple[Path, ...] = (), read_only: bool = False, extensions: Any = ()
):
    """A client of a server in this process, or of a process over stdio or HTTP."""
    from helpers.http_servers import http_client, http_server

    arguments = server_words(projects, read_only=read_only)
    if face == "here":
        paths = find_paths()
        desk = ToolDesk(paths, load_settings(paths), Roots(projects, (paths.library.resolve(),)))
        try:
            async with Client(build_server(desk, read_only=read_only), mode=era, extensions=extensions) as client:
                yield client
        finally:
            desk.close()
    elif face == "stdio":
        async with server_process(era, arguments=arguments, extensions=extensions) as client:
            yield client
    else:
        with http_server(*arguments) as url:
            async with http_client(url, era, extensions=extensions) as client:
                yield client


@asynccontextmanager
async def server_process(
    era: Era = "auto", *, arguments: tuple[str, ...] = (), cwd: Path | None = None, extensions: Any = ()
):
    """A client of a real server process over stdio."""
    server = StdioServerParameters(
        command=SERVE[0], args=[*SERVE[1:], *arguments], env=dict(os.environ), cwd=cwd or Path.cwd()
    )
    async with Client(server, mode=era, extensions=extensions) as client:
        yield client


def servers_over_pipes() -> list[psutil.Process]:
    """Servers of one client each that this process started; those over HTTP are not among them."""
    servers: list[psutil.Process] = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):  # it has just ended
            command = child.cmdline()
            servers += [child] if "serve" in command and "--http" not in command else []
    return servers


def text_of(result: CallToolResult) -> str:
    """The text of a result's first block."""
    block = result.content[0]
    assert isinstance(block, TextContent)
    return block.text


def images_of(result: CallToolResult) -> list[ImageContent]:
    """The pictures of a result."""
    return [block for block in result.content if isinstance(block, ImageContent)]


def told(result: CallToolResult) -> dict[str, Any]:
    """What a result that is no error says."""
    assert not result.is_error, text_of(result)
    return json.loads(text_of(result))


async def ended(client: Client, job_id: str) -> dict[str, Any]:
    """Ask for a job in bounded waits until it has ended, as an assistant does."""
    for _ in range(6):
        answer = told(await client.call_tool("get_status", {"job_id": job_id, "wait_s": 45}))["job"]
        if answer["state"] not in ("queued", "running"):
            return answer
        assert job_id in answer["next"]
    raise AssertionError(f"{job_id} did not end")


async def draw(client: Client, **words: Any) -> dict[str, Any]:
    """Generate, and wait for the end."""
    answer = told(await client.call_tool("generate_sprite", {"wait_s": 45, **words}))
    return answer if answer["state"] == "done" else await ended(client, answer["job_id"])


def unread_in(schema: object) -> list[str]:
    """What of a schema clients do not read, by where it stands."""
    if is_list(schema):
        return [fault for one in schema for fault in unread_in(one)]
    if not is_object(schema):
        return []
    faults = [word for word in UNREAD if word in schema]
    faults += ["type list"] if is_list(schema.get("type")) else []
    faults += ["array without items"] if schema.get("type") == "array" and not schema.get("items") else []
    inner = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
    return faults + [fault for one in inner for fault in unread_in(one)]
