"""`pixels-mcp serve`: the MCP server that an assistant starts, or that many call over HTTP."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mcp.server import Server

    from pixels_mcp.mcp_server.tool_desk import ToolDesk


def serve(
    project: Annotated[
        list[Path] | None,
        typer.Option(
            help="Bevy project that sprites may be put into; may be given several times. Without it: the setting "
            "`project`, else the folder that the server is started in, where that holds one.",
            metavar="FOLDER",
        ),
    ] = None,
    http: Annotated[
        str | None,
        typer.Option(
            help="Serve many clients over HTTP at this address instead of one over stdin. Beyond 127.0.0.1 every "
            "client needs a token: `pixels-mcp token new NAME`.",
            metavar="HOST:PORT",
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help="With --http: a further name under which it may be called, as behind a proxy; clients then need "
            "tokens. May be given several times.",
            metavar="NAME",
        ),
    ] = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Leave out every tool that draws or changes anything.")
    ] = False,
) -> None:
    """Serve an assistant over MCP: it starts this, which waits silently on stdin."""
    gc.disable()  # nothing that is imported now will ever be garbage: saves a seventh of the start
    if http is not None:
        _serve_many(http, allow_host or [], project or [], read_only=read_only)
        return
    if allow_host:
        raise typer.BadParameter("it belongs to --http", param_hint="--allow-host")
    from pixels_mcp.mcp_server.transports.std_pipes import take_wire

    person = sys.stdin.isatty()
    wire = take_wire()
    from pixels_mcp.mcp_server.transports.stdio import serve_stdio

    server, _ = _build(project or [], read_only=read_only)
    if person:
        typer.echo("This is an MCP server: it waits for an assistant on stdin. End it with Ctrl-D.", err=True)
    serve_stdio(server, wire)


def _serve_many(http: str, extra_hosts: list[str], project: list[Path], *, read_only: bool) -> None:
    from pixels_mcp.http_address import HttpAddress, open_socket
    from pixels_mcp.mcp_server.transports.http_server import (
        find_tokens,
        known_hosts,
        reaches_others,
        serve_http,
        web_app,
    )
    from pixels_mcp.mcp_server.transports.tokens import TokenShelf

    listening = open_socket(HttpAddress.read(http))
    server, desk = _build(project, read_only=read_only)
    tokens = find_tokens(TokenShelf(desk.paths), needed=reaches_others(listening, extra_hosts))
    app = web_app(server, hosts=known_hosts(listening, extra_hosts), tokens=tokens)
    need = "with a token" if tokens else "without a token, from this machine alone"
    serve_http(app, listening, lambda url: typer.echo(f"serving {url} {need}; end it with Ctrl-C", err=True))


def _build(project: list[Path], *, read_only: bool) -> tuple[Server[ToolDesk], ToolDesk]:
    from pixels_mcp.mcp_server.roots import find_roots
    from pixels_mcp.mcp_server.server import build_server
    from pixels_mcp.mcp_server.tool_desk import ToolDesk
    from pixels_mcp.paths import find_paths
    from pixels_mcp.settings import load_settings

    paths = find_paths()
    settings = load_settings(paths)
    library = settings.library_dir or paths.library
    desk = ToolDesk(paths, settings, find_roots(project, settings, library=library))
    server = build_server(desk, read_only=read_only)
    gc.freeze()
    gc.enable()
    return server, desk
