"""`pixels-mcp map`: a picture of a random map of a tileset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pixels_mcp.cli.output import completing, print_result
from pixels_mcp.cli.places import open_library, sprite_ids
from pixels_mcp.cli.sets.made_files import read_map_size, write_beside


def draw_map(
    sprite_id: Annotated[str, typer.Argument(help="A tileset.", metavar="ID", autocompletion=completing(sprite_ids))],
    output: Annotated[Path, typer.Option("--output", "-o", help="The picture.", metavar="PNG")],
    size: Annotated[str, typer.Option(help="Columns and rows.", metavar="WxH")] = "20x12",
    seed: Annotated[int, typer.Option(help="Another seed is another map.", min=0)] = 0,
) -> None:
    """Lay a random map of a tileset of the library; it goes on at its other end."""
    from pixels_mcp.operations.kept_tileset import open_tileset

    columns, rows = read_map_size("--size", size)
    kept = open_tileset(sprite_id, open_library())
    print_result(str(write_beside(output.parent, output.name, kept.map_picture(columns, rows, seed))))
