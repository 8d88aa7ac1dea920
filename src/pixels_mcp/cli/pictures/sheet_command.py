"""`pixels-mcp sheet`: several pictures on one sheet, with the JSON that other engines and editors read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.cli.output import choice, print_json, print_result
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.pictures.frame_names import NamedPicture
from pixels_mcp.pictures.sheet_files import ASEPRITE_FORMATS, FORMATS

if TYPE_CHECKING:
    from pixels_mcp.pixelart.sheets.atlas_json import FrameTag

_TAG = re.compile(r"([^:]+):(\d{1,4})-(\d{1,4})(?::(\w+))?")


def sheet(
    pictures: Annotated[
        list[str],
        typer.Argument(help="Sprite ids, picture files, folders, or quoted patterns.", metavar="ID|FILE|FOLDER..."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The sheet; its JSON is written beside it.")],
    packed: Annotated[
        bool, typer.Option("--packed", help="As small as it gets; by default where pictures have several sizes.")
    ] = False,
    columns: Annotated[int | None, typer.Option(help="Pictures in a row; by default a square.", min=1)] = None,
    padding_px: Annotated[
        int | None, typer.Option(help="Transparent pixels between pictures; by default 0, packed 1.", min=0, max=64)
    ] = None,
    extrude_px: Annotated[
        int, typer.Option(help="Repeat each picture's edge so often around it, against bleeding.", min=0, max=16)
    ] = 0,
    power_of_two: Annotated[
        bool, typer.Option("--power-of-two", help="With --packed: both sides are powers of two.")
    ] = False,
    pivot: Annotated[
        tuple[float, float], typer.Option(help="Point at the entity's place, 0 to 1, y down.", metavar="X Y")
    ] = (0.5, 0.5),
    file_format: Annotated[
        str, typer.Option("--format", help=f"Of the JSON: {', '.join(FORMATS)}.", metavar="NAME")
    ] = "texture-packer",
    frame_ms: Annotated[
        int | None,
        typer.Option(
            help="With aseprite: how long each picture is shown; else as an animated one says, or 100.",
            min=1,
            max=60_000,
        ),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            help="With aseprite: a part's name, its first and last picture, and forward, reverse or pingpong.",
            metavar="NAME:0-3[:HOW]",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a sheet that exists.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Lay pictures out on one sheet, every frame of animated ones, and say in JSON where each stands."""
    from pixels_mcp.pictures.sheet_files import SheetOptions, write_sheet

    _refuse(packed, columns, power_of_two, pivot, file_format, frame_ms, tag)
    named = [picture for word in pictures for picture in _find(word)]
    options = SheetOptions(
        packed=packed or None,
        columns=columns,
        padding_px=padding_px,
        extrude_px=extrude_px,
        power_of_two=power_of_two,
        pivot=pivot,
        file_format=file_format,
        frame_ms=frame_ms,
        tags=_tags(tag or []),
    )
    layout, listing = write_sheet(named, output, options, overwrite=overwrite)
    grid = layout.grid
    if as_json:
        print_json(
            {
                "file": str(output),
                "layout": str(listing) if listing else None,
                "width_px": layout.width_px,
                "height_px": layout.height_px,
                "pictures": len(layout.frames),
                "columns": grid.columns if grid else None,
                "rows": grid.rows if grid else None,
                "offset_px": grid.offset_px if grid else None,
                "step_px": grid.step_px if grid else None,
            }
        )
        return
    laid_out = "" if grid else ", packed"
    print_result(f"{output}  {layout.width_px} x {layout.height_px} px, {len(layout.frames)} pictures{laid_out}")
    if listing:
        print_result(str(listing))


def _refuse(
    packed: bool,
    columns: int | None,
    power_of_two: bool,
    pivot: tuple[float, float],
    file_format: str,
    frame_ms: int | None,
    tag: list[str] | None,
) -> None:
    choice("--format", file_format, FORMATS)
    if packed and columns is not None:
        raise InvalidArgumentError("--columns belongs to a grid", hint="leave out --packed or --columns")
    if power_of_two and not packed:
        raise InvalidArgumentError("--power-of-two belongs to a packed sheet", hint="add --packed")
    if file_format not in ASEPRITE_FORMATS and (frame_ms is not None or tag):
        raise InvalidArgumentError("--frame-ms and --tag are Aseprite's", hint="add --format aseprite")
    if not all(0.0 <= at <= 1.0 for at in pivot):
        raise InvalidArgumentError(f"--pivot {pivot[0]:g} {pivot[1]:g}", hint="give two numbers from 0 to 1")
    if file_format == "none" and pivot != (0.5, 0.5):
        raise InvalidArgumentError("--pivot is written into the JSON only", hint="leave out --format none")


def _find(word: str) -> list[NamedPicture]:
    """The pictures of a word and what each is called."""
    from pixels_mcp.cli.places import open_library
    from pixels_mcp.pictures.picture_sources import find_sources
    from pixels_mcp.requests import SPRITE_ID_PATTERN

    if re.fullmatch(SPRITE_ID_PATTERN, word) and not Path(word).exists():
        return [NamedPicture(word, open_library().path_of(word))]
    return [NamedPicture(file.stem, file) for file in find_sources([word])]


def _tags(tags: list[str]) -> dict[str, FrameTag]:
    from pixels_mcp.pixelart.sheets.atlas_json import TAG_DIRECTIONS, FrameTag

    spans: dict[str, FrameTag] = {}
    for text in tags:
        match = _TAG.fullmatch(text)
        if match is None:
            raise InvalidArgumentError(f"--tag {text}", hint="write a name, its first and its last picture: walk:0-3")
        direction = choice(f"--tag {match[1]}:{match[2]}-{match[3]}:", match[4] or "forward", TAG_DIRECTIONS)
        spans[match[1]] = FrameTag(int(match[2]), int(match[3]), direction)
    return spans
