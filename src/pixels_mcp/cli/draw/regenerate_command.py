"""`pixels-mcp regenerate`: make a sprite again from the recipe in its file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.cli.draw.generate_command import report
from pixels_mcp.cli.faces import worker_client
from pixels_mcp.cli.output import EXIT_FAILED, note
from pixels_mcp.cli.places import open_library
from pixels_mcp.cli.sets.tileset_command import report as report_entry
from pixels_mcp.cli.worker.follow import follow

if TYPE_CHECKING:
    from pixels_mcp.events import JobInfo
    from pixels_mcp.library.entries import LibraryEntry
    from pixels_mcp.library.recipe import Recipe


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
    from pixels_mcp.operations.follow_recipe import follow as follow_recipe

    recipe = read_recipe(file)
    wanted = hashlib.sha256(file.read_bytes()).hexdigest()
    if recipe.model_sha256 is not None:
        job = _draw(recipe)
        report(job, show=show, as_json=as_json)
        made = job.parts[0].sprites[0].sha256
    else:
        entry = follow_recipe(recipe, open_library(), _drawn_again)
        report_entry(entry, {}, as_json=as_json)
        made = entry.sha256
    if check:
        if made != wanted:
            note(f"the bytes differ: {file} has sha256 {wanted[:12]}..., the new file {made[:12]}...")
            raise typer.Exit(EXIT_FAILED)
        note(f"the same bytes as {file}")


def _draw(recipe: Recipe) -> JobInfo:
    with worker_client("regenerate") as client:
        return follow(client, client.regenerate(recipe.model_dump(mode="json")))


def _drawn_again(recipe: Recipe) -> LibraryEntry:
    """A source of an entry, drawn anew because the library has it no more."""
    job = _draw(recipe)
    if job.state != "done":
        report(job, show=False, as_json=False)
    return open_library().get(job.parts[0].sprites[0].sprite_id)
