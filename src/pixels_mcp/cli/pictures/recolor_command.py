"""`pixels-mcp recolor`: the same drawing in other colours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pixels_mcp.cli import complete
from pixels_mcp.cli.output import choice, note, print_json, print_result
from pixels_mcp.errors import InvalidArgumentError


def recolor(
    pictures: Annotated[
        list[str], typer.Argument(help="Picture files, folders, or quoted patterns.", metavar="FILE|FOLDER|GLOB...")
    ],
    palette: Annotated[
        str,
        typer.Option(
            help="A palette's name, colors such as '#000000,#ffffff', or a .hex, .gpl, .pal or .png file.",
            metavar="NAME",
            autocompletion=complete.palettes,
        ),
    ],
    by: Annotated[
        str,
        typer.Option(
            help="nearest: each color becomes the likest; hue: the likest of its own hue; lightness: darkest to "
            "darkest, lightest to lightest; swap: the n-th color of --from becomes the n-th of --palette, others stay.",
            metavar="HOW",
        ),
    ] = "nearest",
    old: Annotated[
        str | None,
        typer.Option("--from", help="With swap: the palette that the pictures have now.", metavar="NAME"),
    ] = None,
    output_dir: Annotated[
        Path | None, typer.Option(help="Folder for the results; by default `recolored` beside each picture.")
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Write a before-and-after picture too.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results that exist.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Draw pictures with the colors of another palette and print where they are; all of them or none."""
    from pixels_mcp.pictures.picture_sources import find_sources, plan_tasks
    from pixels_mcp.pictures.recolor_files import WAYS, recolor_files
    from pixels_mcp.pixelart.colors.palettes import MIN_COLORS, load_palette

    choice("--by", by, WAYS)
    if (by == "swap") != (old is not None):
        raise InvalidArgumentError("--from and --by swap belong together", hint="give both, or neither")
    fewest = MIN_COLORS if old is None else 1
    new, known = load_palette(palette, fewest=fewest), None if old is None else load_palette(old, fewest=fewest)
    sources = find_sources(pictures)
    tasks = plan_tasks(sources, output_dir, beside="recolored", compare=compare, all_frames=False, overwrite=overwrite)
    told = recolor_files(tasks, by, new, known)
    if as_json:
        print_json({"pictures": told, "palette": new.name, "by": by})
        return
    for one in told:
        moves = f", {one['frames']} frames" if "frames" in one else ""
        print_result(f"{one['file']}  {one['changed_pixels']} pixels changed{moves}")
        if one["note"]:
            note(f"  {one['note']}")
