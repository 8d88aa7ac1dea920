"""`pixels-mcp sheet`: several pictures on one sheet, with the JSON that other engines and editors read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.cli.output import choice, print_json, print_result
from pixels_mcp.cli.request_options import GivenWords, OptionStyle, with_words
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.pictures.frame_names import NamedPicture
from pixels_mcp.pictures.sheet_files import SheetOptions, write_sheet
from pixels_mcp.requests import SPRITE_ID_PATTERN

if TYPE_CHECKING:
    from pixels_mcp.pixelart.sheets.atlas_json import FrameTag

_TAG = re.compile(r"([^:]+):(\d{1,4})-(\d{1,4})(?::(\w+))?")


_STYLES = {
    "packed": OptionStyle(flags=("--packed",)),
    "file_format": OptionStyle(flags=("--format",), metavar="NAME"),
    "frame_ms": OptionStyle(metavar="MS"),
}


@with_words(SheetOptions, tuple(SheetOptions.model_fields), _STYLES)
def sheet(
    pictures: Annotated[
        list[str],
        typer.Argument(help="Sprite ids, picture files, folders, or quoted patterns.", metavar="ID|FILE|FOLDER..."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The sheet; its JSON is written beside it.")],
    words: GivenWords,
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
    options = parse_request(SheetOptions, words)
    named = [picture for word in pictures for picture in _find(word)]
    layout, listing = write_sheet(named, output, options, tags=_tags(tag or []), overwrite=overwrite)
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


def _find(word: str) -> list[NamedPicture]:
    """The pictures of a word and what each is called."""
    from pixels_mcp.cli.places import open_library
    from pixels_mcp.pictures.picture_sources import find_sources

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
