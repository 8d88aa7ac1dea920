"""`pixels-mcp check`: what of a game's art breaks its `pixels.toml`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pixels_mcp.cli.output import EXIT_FAILED, EXIT_PARTIAL, note, print_json, print_result
from pixels_mcp.cli.places import open_library
from pixels_mcp.errors import StyleFileError


def check(
    folder: Annotated[
        Path, typer.Argument(help="The game's folder, a folder of its art, or one picture.", metavar="FOLDER")
    ] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List what breaks the game's style: palette, colors, size, grid, outline, light, and what looks unlike the rest.

    The style is the pixels.toml there or above. Exit code 0: nothing breaks it; 3: some pictures do; 1: all do.
    """
    from pixels_mcp.game_style.style_file import STYLE_FILE, find_style_file, read_game_style
    from pixels_mcp.operations.check_operation import check_style

    if not folder.exists():
        raise StyleFileError(f"there is no {folder}", hint="name the game's folder")
    file = find_style_file(folder if folder.is_dir() else folder.parent)
    if file is None:
        raise StyleFileError(
            f"no {STYLE_FILE} lies in {folder.resolve()} or above it in the game",
            hint="`pixels-mcp bevy init` writes a first one from the art that lies there",
        )
    told = check_style(folder, read_game_style(file, open_library().path_of))
    if as_json:
        print_json({"style_file": told.style_file, "files": told.files, "broken_files": told.broken_files,
                    "breaks": [asdict(one) for one in told.breaks]})  # fmt: skip
    else:
        for one in told.breaks:
            print_result(f"{one.file}: {one.check}: {one.message}")
        note(f"{told.files - told.broken_files} of {told.files} pictures keep the style of {told.style_file}")
    if told.breaks:
        raise typer.Exit(EXIT_FAILED if told.broken_files == told.files else EXIT_PARTIAL)
