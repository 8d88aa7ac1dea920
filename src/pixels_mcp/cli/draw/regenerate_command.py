"""`pixels-mcp regenerate`: make a sprite again from the recipe in its file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from pixels_mcp.cli.draw.generate_command import report
from pixels_mcp.cli.faces import worker_client
from pixels_mcp.cli.output import EXIT_FAILED, note
from pixels_mcp.cli.worker.follow import follow


def regenerate(
    file: Annotated[Path, typer.Argument(help="A PNG from the library, or a copy of one.", metavar="FILE")],
    check: Annotated[bool, typer.Option("--check", help="Compare with FILE; exit code 1 where bytes differ.")] = False,
    show: Annotated[
        bool | None, typer.Option("--show/--no-show", help="Draw the sprite in the terminal (auto: where it can).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Make a sprite again from its file, the same bytes on the same machine."""
    from pixels_mcp.library.recipe import read_recipe

    recipe = read_recipe(file)
    wanted = hashlib.sha256(file.read_bytes()).hexdigest()
    with worker_client("regenerate") as client:
        job = follow(client, client.regenerate(recipe.model_dump(mode="json")))
    report(job, show=show, as_json=as_json)
    if check:
        made = job.parts[0].sprites[0].sha256
        if made != wanted:
            note(f"the bytes differ: {file} has sha256 {wanted[:12]}..., the new file {made[:12]}...")
            raise typer.Exit(EXIT_FAILED)
        note(f"the same bytes as {file}")
