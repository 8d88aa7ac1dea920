"""The words of a request as options of a command, and the paths among them brought to where the worker finds them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from pixels_mcp.cli import complete
from pixels_mcp.cli.request_options import GivenWords, OptionStyle
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.paths import expand_home, local_path
from pixels_mcp.requests import SPRITE_ID_PATTERN, DrawWords
from pixels_mcp.told_apart import Words

DRAW_WORDS = tuple(DrawWords.model_fields)

STYLES = {
    "model": OptionStyle(metavar="NAME", help="A name from `pixels-mcp models list`", completes=complete.models),
    "loras": OptionStyle(
        flags=("--lora",), help="A LoRA and its weight; may be given several times.", metavar="NAME[:WEIGHT]", many=True
    ),
    "palette": OptionStyle(metavar="NAME", more="; or a .hex, .gpl, .pal or .png file", completes=complete.palettes),
    "transparent": OptionStyle(flags=("--transparent/--opaque",)),
    "count": OptionStyle(flags=("--count", "-n")),
    "reference": OptionStyle(metavar="WHAT"),
    "name": OptionStyle(metavar="NAME"),
}
"""What a command line adds to words that a request has; any other word looks as its model gives it."""

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def read_words(given: GivenWords) -> Words:
    """The words of a request out of a command's options.

    Raises:
        InvalidArgumentError: A reference file is missing.
        PaletteError: A palette file is not usable.
    """
    return place_files(dict(given))


def place_files(words: Words, *, beside: Path | None = None) -> Words:
    """Resolve the files that words name: a palette file becomes its colors, a reference's path absolute.

    Args:
        words: Words of a request, not yet checked.
        beside: Folder that relative paths start from; the working folder.

    Raises:
        InvalidArgumentError: A reference file is missing.
        PaletteError: A palette file is not usable.
    """
    placed = dict(words)
    folder = beside or Path.cwd()
    if isinstance(words.get("reference"), str):
        placed["reference"] = _place_reference(words["reference"], folder)
    if isinstance(words.get("palette"), str):
        placed["palette"] = place_palette(words["palette"], folder)
    return placed


def _place_reference(reference: str, folder: Path) -> str:
    if reference in ("auto", "none") or re.fullmatch(SPRITE_ID_PATTERN, reference):
        return reference
    file = (folder / expand_home(local_path(reference))).resolve()
    if not file.is_file():
        raise InvalidArgumentError(
            f"reference: {file} is not a file", hint="give auto, none, a sprite_id or the path of a PNG"
        )
    return str(file)


def place_palette(palette: str, folder: Path) -> str:
    """A palette file as its colors; any other palette as it is named."""
    file = folder / expand_home(palette)
    if not file.suffix or not file.is_file():
        return palette
    from pixels_mcp.pixelart.colors.palettes import load_palette

    return ",".join(load_palette(file).hex_codes)
