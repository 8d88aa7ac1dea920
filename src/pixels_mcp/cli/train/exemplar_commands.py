"""`pixels-mcp exemplars`: a person's own sprites as what `mini` starts from, without any training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pixels_mcp.cli.output import note, print_json, print_result

app = typer.Typer(
    no_args_is_help=True,
    help="Your own sprites as what mini redraws: add a set, list them, take one out.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("add")
def add(
    folder: Annotated[Path, typer.Argument(help="A set that `dataset prep` made.", metavar="SET")],
    name: Annotated[str | None, typer.Option(help="What they are called; the set's name if left out.")] = None,
) -> None:
    """Let mini redraw a set's sprites where a prompt names one; a set added again replaces itself."""
    import re

    from pixels_mcp.datasets.dataset import read_set
    from pixels_mcp.exemplars.own_libraries import own_folder
    from pixels_mcp.training.own_exemplars import add_exemplars

    dataset = read_set(folder)
    called = name or re.sub(r"[^a-z0-9_-]+", "-", folder.resolve().name.lower()).strip("-_")
    added = add_exemplars(folder, dataset, called, own_folder())
    print_result(f"{added.name}: {added.added} sprites")
    if added.too_large:
        note(f"{added.too_large} are larger than mini draws and were left out")
    if added.unnamed:
        note(f"{added.unnamed} have no caption that names a thing and were left out")


@app.command("list")
def list_exemplars(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the sets that were added."""
    from pixels_mcp.exemplars.own_libraries import own_sets
    from pixels_mcp.exemplars.tile_index import TileIndex

    sets = {folder.name: len(TileIndex(folder).entries) for folder in own_sets()}
    if as_json:
        print_json([{"name": name, "sprites": count} for name, count in sets.items()])
        return
    for name, count in sets.items():
        print_result(f"{name}: {count} sprites")
    if not sets:
        note("none was added yet")


@app.command("remove")
def remove(name: Annotated[str, typer.Argument(help="A name from `exemplars list`.")]) -> None:
    """Take a set's sprites out again; the set itself stays."""
    from pixels_mcp.exemplars.own_libraries import remove_own_set

    remove_own_set(name)
    print_result(f"{name} is no longer redrawn from")
