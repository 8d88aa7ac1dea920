"""`pixels-mcp recolor`: the same drawing in other colours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pixels_mcp.cli import complete
from pixels_mcp.cli.output import choice, print_json, print_result
from pixels_mcp.errors import InvalidArgumentError

if TYPE_CHECKING:
    from pixels_mcp.pixelart.colors.palettes import Palette
    from pixels_mcp.pixelart.pixels import Rgba

WAYS = ("nearest", "lightness", "swap")


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
            help="nearest: each color becomes the likest; lightness: darkest to darkest, lightest to lightest; "
            "swap: the n-th color of --from becomes the n-th of --palette, others stay.",
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
    from pixels_mcp.cli.pixelize_files import find_sources, plan_tasks
    from pixels_mcp.files import write_whole
    from pixels_mcp.pixelart.colors.palettes import load_palette
    from pixels_mcp.pixelart.pictures import open_picture
    from pixels_mcp.pixelart.sheets.comparison import before_and_after
    from pixels_mcp.png import encode_png

    choice("--by", by, WAYS)
    if (by == "swap") != (old is not None):
        raise InvalidArgumentError("--from and --by swap belong together", hint="give both, or neither")
    new, known = load_palette(palette), None if old is None else load_palette(old)
    sources = find_sources(pictures)
    tasks = plan_tasks(sources, output_dir, beside="recolored", compare=compare, all_frames=False, overwrite=overwrite)
    before = [open_picture(source) for source in sources]
    after = [_recolored(pixels, by, new, known) for pixels in before]
    told: list[dict[str, Any]] = []
    for task, was, now in zip(tasks, before, after, strict=True):
        task.target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(task.target, encode_png(now))
        changed = int((was != now).any(axis=-1).sum())
        told.append({"source": str(task.source), "file": str(task.target), "changed_pixels": changed})
        if task.comparison is not None:
            write_whole(task.comparison, encode_png(before_and_after(was, now)))
            told[-1]["comparison"] = str(task.comparison)
    if as_json:
        print_json({"pictures": told, "palette": new.name, "by": by})
        return
    for one in told:
        print_result(f"{one['file']}  {one['changed_pixels']} pixels changed")


def _recolored(pixels: Rgba, by: str, new: Palette, old: Palette | None) -> Rgba:
    from pixels_mcp.pixelart.colors.quantize import snap_to_palette
    from pixels_mcp.pixelart.colors.recolor import remap_by_lightness, swap_palette

    if old is not None:
        return swap_palette(pixels, old, new)
    return remap_by_lightness(pixels, new) if by == "lightness" else snap_to_palette(pixels, new)
