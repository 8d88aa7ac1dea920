"""`pixels-mcp measure`: how near pictures are to the style of a set, number by number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.cli.output import note, print_json, print_result

if TYPE_CHECKING:
    from pixels_mcp.pixelart.pixels import Rgba


def measure(
    pictures: Annotated[list[str], typer.Argument(help="Pictures, folders, patterns: finished pixel art.")],
    against: Annotated[Path, typer.Option("--against", help="A set that `dataset prep` made.", metavar="SET")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write PATH.html and PATH.json.", metavar="PATH")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure pictures against a set: style distance by the set's own spread, consistency, near-copies, kinds.

    Which kind of thing a picture is to show is read from its recipe's prompt, else from its name.
    """
    from pixels_mcp.datasets.dataset import read_set
    from pixels_mcp.datasets.kinds import measure_kinds
    from pixels_mcp.datasets.measure import measure_style
    from pixels_mcp.datasets.measure_report import style_page
    from pixels_mcp.errors import StoreError
    from pixels_mcp.files import write_whole
    from pixels_mcp.pictures.picture_sources import find_sources
    from pixels_mcp.pixelart.pictures import open_picture

    files = find_sources(pictures)
    sprites = [open_picture(file) for file in files]
    dataset = read_set(against)
    report = measure_style(against, dataset, sprites)
    kinds = measure_kinds(sprites, [_words_of(file, pixels) for file, pixels in zip(files, sprites, strict=True)])
    told = (
        report.to_dict()
        | {"kinds": kinds.to_dict()}
        | {"files": [file.name for file in files], "each": [round(one, 3) for one in report.each]}
    )
    if output is not None:
        try:
            write_whole(output.with_suffix(".json"), json.dumps(told, indent=1).encode() + b"\n")
            write_whole(
                output.with_suffix(".html"),
                style_page(against, dataset, report, kinds, list(zip(sprites, files, strict=True))),
            )
        except OSError as error:
            raise StoreError(f"cannot write {output}: {error.strerror}", hint="name another --output") from error
    if as_json:
        print_json(told)
        return
    distance = report.distance
    far, own = distance.distance, distance.own_distance
    print_result(f"style distance   {far:.2f}, the set's own {own:.2f}: {distance.ratio:.2f} times")
    if report.inconsistency is not None:
        print_result(f"consistency      they differ {report.inconsistency:.2f} times as much as the set does")
    print_result(f"near-copies      {len(report.near_copies)} of {len(sprites)} ({report.near_copies_share:.0%})")
    if kinds.judged:
        print_result(
            f"kinds            {kinds.right} of {kinds.judged} look like the kind of thing that their words name"
        )
    for one in distance.furthest:
        print_result(f"  {one.name:<22}{one.value:>9.3f}  set {one.expected:>9.3f}  {one.off:>5.1f} spreads off")
    if output is not None:
        note(f"look at {output.with_suffix('.html')}")


def _words_of(file: Path, pixels: Rgba) -> str:
    """What a picture is to show: its recipe's prompt, else what its name says."""
    from pixels_mcp.datasets.name_captions import caption_of_name
    from pixels_mcp.errors import RecipeError
    from pixels_mcp.library.recipe import read_recipe

    try:
        return str(read_recipe(file).request.get("prompt", ""))
    except RecipeError:
        return caption_of_name(file.name, "", pixels)
