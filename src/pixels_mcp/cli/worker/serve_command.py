"""`pixels-mcp serve`: the MCP server that an assistant starts."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer


def serve(
    project: Annotated[
        list[Path] | None,
        typer.Option(
            help="Bevy project that sprites may be put into; may be given several times. Without it: the setting "
            "`project`, else the folder that the server is started in, where that holds one.",
            metavar="FOLDER",
        ),
    ] = None,
) -> None:
    """Serve an assistant over MCP: it starts this, which waits silently on stdin."""
    gc.disable()  # nothing that is imported now will ever be garbage: saves a seventh of the start
    from pixels_mcp.mcp_server.std_pipes import take_wire

    person = sys.stdin.isatty()
    wire = take_wire()
    from pixels_mcp.mcp_server.desk import Desk
    from pixels_mcp.mcp_server.roots import find_roots
    from pixels_mcp.mcp_server.server import build_server
    from pixels_mcp.mcp_server.stdio import serve_stdio
    from pixels_mcp.paths import find_paths
    from pixels_mcp.settings import load_settings

    paths = find_paths()
    settings = load_settings(paths)
    library = settings.library_dir or paths.library
    desk = Desk(paths, settings, find_roots(project or [], settings, library=library))
    if person:
        typer.echo("This is an MCP server: it waits for an assistant on stdin. End it with Ctrl-D.", err=True)
    server = build_server(desk)
    gc.freeze()
    gc.enable()
    serve_stdio(server, wire)
