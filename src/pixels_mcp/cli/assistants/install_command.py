"""`pixels-mcp install`: put the server into a client's settings."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated

import typer

from pixels_mcp.cli.assistants.host_clients import HOST_CLIENTS, our_launch
from pixels_mcp.cli.output import completing, note, print_result
from pixels_mcp.errors import InvalidArgumentError


def install(
    client: Annotated[
        str,
        typer.Argument(
            help=f"One of {', '.join(HOST_CLIENTS)}.",
            metavar="CLIENT",
            autocompletion=completing(lambda: list(HOST_CLIENTS)),
        ),
    ],
    project: Annotated[
        Path | None,
        typer.Option(
            help="The game's folder: the server may put sprites into it, and claude-code and vscode keep their entry "
            "there. Without it the server takes the folder that the client starts it in.",
            metavar="FOLDER",
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="What the client calls the server.", metavar="NAME")] = "pixels",
    undo: Annotated[bool, typer.Option("--undo", help="Take the entry out again.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
) -> None:
    """Show the entry that a client needs, and write it into its settings; everything else there stays."""
    from pixels_mcp.cli.assistants.server_entries import FileChange, plan_install, plan_undo, write_change

    host = HOST_CLIENTS.get(client)
    if host is None:
        raise InvalidArgumentError(f"there is no client {client!r}", hint=f"name one of: {', '.join(HOST_CLIENTS)}")
    if not name.strip() or len(name) > 64:
        raise InvalidArgumentError("a name has 1 to 64 characters", hint="leave `--name` out for `pixels`")
    if project is not None and not project.is_dir():
        raise InvalidArgumentError(f"{project} is not a folder", hint="name the game's folder")
    file = host.file((project or Path.cwd()).resolve())
    if undo:
        change: FileChange = plan_undo(host, file, name)
    else:
        change = plan_install(host, file, name, host.entry(our_launch(project.resolve() if project else None)))
    if change.after == change.before:
        note(f"{change.file} has this entry already")
        return
    _show(change.file, change.before or "", change.after or "")
    if dry_run:
        note("nothing was written")
        return
    kept = write_change(change)
    note(
        f"{host.title}: {change.file} is {'as it was before' if undo else 'written'}"
        + (f"; before: {kept}" if kept else "")
    )
    if not undo:
        note(f"next: {host.then}")


def _show(file: Path, before: str, after: str) -> None:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), str(file), str(file), lineterm="")
    for line in lines:
        print_result(line)
