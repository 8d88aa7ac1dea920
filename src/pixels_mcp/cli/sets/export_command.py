"""`pixels-mcp export`: sprites, animations and tilesets as files of other programs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from pixels_mcp.cli.output import completing, print_json, print_result
from pixels_mcp.cli.places import open_library, sprite_ids
from pixels_mcp.cli.sets.made_files import formats_of_game, read_formats
from pixels_mcp.errors import UnknownSpriteError
from pixels_mcp.next_steps import NextStep
from pixels_mcp.paths import expand_home
from pixels_mcp.requests import SPRITE_ID_PATTERN


def export(
    ids: Annotated[
        list[str],
        typer.Argument(
            help="Sprite ids, or jobs for all of theirs.", metavar="ID|JOB_ID...", autocompletion=completing(sprite_ids)
        ),
    ],
    output_dir: Annotated[Path, typer.Option("--output-dir", "-o", help="The folder.", metavar="DIR")],
    formats: Annotated[
        str | None,
        typer.Option(
            "--as",
            help="png (with JSON beside), bevy, tiled, ldtk, aseprite, aseprite-json, aseprite-json-hash, "
            "texture-packer, gif, apng, webp; several with commas. By default those of the game's pixels.toml.",
            metavar="FORMAT,...",
        ),
    ] = None,
    names: Annotated[
        str | None,
        typer.Option(
            help="What the files are called: {name}, {id}, {prompt}, {number}, {seed}, {model}, {kind}.",
            metavar="PATTERN",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write sprites, animations and tilesets as files of other programs; all of them or none."""
    from pixels_mcp.operations.exports.export import export_entries

    wanted = read_formats(formats, "--as") if formats is not None else formats_of_game()
    wanted_ids = [sprite_id for one in ids for sprite_id in _sprites_of(one)]
    files = export_entries(
        wanted_ids, open_library(), wanted, expand_home(output_dir).resolve(), names=names, overwrite=overwrite
    )
    if as_json:
        print_json({"sprite_ids": wanted_ids, "files": [str(file) for file in files]})
        return
    for file in files:
        print_result(str(file))


def _sprites_of(one: str) -> list[str]:
    """The sprites that an id means: itself, or those of a job."""
    if re.fullmatch(SPRITE_ID_PATTERN, one):
        return [one]
    from pixels_mcp.cli.faces import worker_client

    library = open_library()
    kept = [entry.sprite_id for entry in library.search(one, limit=1_000) if entry.sprite_id.rpartition(".")[0] == one]
    if kept:
        return sorted(kept, key=lambda sprite_id: int(sprite_id.rpartition(".")[2]))
    with worker_client("export") as client:
        job = client.job(one)
    sprites = [sprite.sprite_id for part in job.parts for sprite in part.sprites]
    if not sprites:
        raise UnknownSpriteError(f"the job {one} has no finished sprite", steps=[NextStep("follow_job", one)])
    return sprites
