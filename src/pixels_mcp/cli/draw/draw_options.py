"""The words of a request as options of a command, and the paths among them brought to where the worker finds them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from pixels_mcp.cli import complete
from pixels_mcp.cli.output import describe
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.paths import expand_home
from pixels_mcp.requests import SPRITE_ID_PATTERN, SpriteRequest


def help_of(word: str) -> str:
    """The help text of a word; the one description that names a tool names the command instead."""
    return describe(SpriteRequest, word).replace("list_models", "`pixels-mcp models list`")


Negative = Annotated[str | None, typer.Option(help=help_of("negative_prompt"), metavar="TEXT")]
Width = Annotated[int | None, typer.Option(help=help_of("width_px"), metavar="PX")]
Height = Annotated[int | None, typer.Option(help=help_of("height_px"), metavar="PX")]
Model = Annotated[str | None, typer.Option(help=help_of("model"), metavar="NAME", autocompletion=complete.models)]
Loras = Annotated[
    list[str] | None,
    typer.Option("--lora", help="A LoRA and its weight; may be given several times.", metavar="NAME[:WEIGHT]"),
]
Palette = Annotated[
    str | None,
    typer.Option(
        help=help_of("palette") + "; or a .hex, .gpl, .pal or .png file",
        metavar="NAME",
        autocompletion=complete.palettes,
    ),
]
MaxColors = Annotated[int | None, typer.Option(help=help_of("max_colors"), metavar="N")]
Transparent = Annotated[bool | None, typer.Option("--transparent/--opaque", help=help_of("transparent"))]
Count = Annotated[int | None, typer.Option("--count", "-n", help=help_of("count"), metavar="N")]
Seed = Annotated[int | None, typer.Option(help=help_of("seed"), metavar="N")]
Steps = Annotated[int | None, typer.Option(help=help_of("steps"), metavar="N")]
Guidance = Annotated[float | None, typer.Option(help=help_of("guidance_scale"), metavar="X")]
Reference = Annotated[str | None, typer.Option(help=help_of("reference"), metavar="WHAT")]
Strength = Annotated[float | None, typer.Option(help=help_of("strength"), metavar="X")]
Style = Annotated[str | None, typer.Option(help=help_of("style"), metavar="TEXT")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def draw_words(*, lora: list[str] | None = None, **options: Any) -> dict[str, Any]:
    """Gather the options that were given, under their names in a request.

    Raises:
        InvalidArgumentError: A LoRA's weight is not a number, or a reference file is missing.
        PaletteError: A palette file is not usable.
    """
    given = {key: value for key, value in options.items() if value is not None}
    if lora:
        given["loras"] = [_lora(text) for text in lora]
    return place_files(given)


def place_files(words: dict[str, Any], *, beside: Path | None = None) -> dict[str, Any]:
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
        placed["palette"] = _place_palette(words["palette"], folder)
    return placed


def _place_reference(reference: str, folder: Path) -> str:
    if reference in ("auto", "none") or re.fullmatch(SPRITE_ID_PATTERN, reference):
        return reference
    file = (folder / expand_home(reference)).resolve()
    if not file.is_file():
        raise InvalidArgumentError(
            f"reference: {file} is not a file", hint="give auto, none, a sprite_id or the path of a PNG"
        )
    return str(file)


def _place_palette(palette: str, folder: Path) -> str:
    file = folder / expand_home(palette)
    if not file.suffix or not file.is_file():
        return palette
    from pixels_mcp.pixelart.colors.palettes import load_palette

    return ",".join(load_palette(file).hex_codes)


def _lora(text: str) -> dict[str, Any]:
    name, colon, weight = text.rpartition(":")
    if not colon:
        return {"name": text}
    try:
        return {"name": name, "weight": float(weight)}
    except ValueError:
        raise InvalidArgumentError(
            f"--lora {text}: {weight!r} is not a number", hint="write --lora NAME:0.8, or NAME alone for 1.0"
        ) from None
