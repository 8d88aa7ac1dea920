"""`pixels-mcp library import`: pictures made elsewhere become entries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pixels_mcp.cli.library.entry_options import Json
from pixels_mcp.cli.output import note, print_json
from pixels_mcp.cli.places import open_library
from pixels_mcp.errors import InvalidArgumentError


def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="PNG, GIF, ..., a sheet's JSON (Aseprite, TexturePacker), .sprite.ron, or rows and legend as JSON.",
            metavar="FILE...",
        ),
    ],
    name: Annotated[str | None, typer.Option("--name", help="The entry's name; for one FILE.")] = None,
    prompt: Annotated[
        str | None, typer.Option("--prompt", help="Words to find it by (default: the file's name).")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", "-t", help="A tag to give; repeatable.")] = None,
    tile: Annotated[
        str | None, typer.Option("--tile", help="FILE is a sheet of frames of this size.", metavar="WxH")
    ] = None,
    frame_ms: Annotated[
        int | None, typer.Option("--frame-ms", help="With --tile: how long each frame is shown (100).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Keep pictures in the library as they are; several frames become an animation.

    The same file again is the entry that stands. `pixels-mcp pixelize` makes true pixel art of what is none.
    """
    from pixels_mcp.importing.art_files import read_art
    from pixels_mcp.importing.keep_imported import keep_imported

    if len(files) > 1 and name is not None:
        raise InvalidArgumentError(f"--name {name} for {len(files)} files", hint="import them one by one, or unnamed")
    tile_px = _size(tile)
    arts = [(file, read_art(file, tile_px=tile_px, frame_ms=frame_ms)) for file in files]
    library = open_library()
    kept = [
        (
            file,
            keep_imported(art, library, label=_label(file), name=name, prompt=prompt, tags=tag or ()),
        )
        for file, art in arts
    ]
    if as_json:
        print_json(
            [{**one.entry.model_dump(mode="json"), "file": str(file), "is_new": one.is_new} for file, one in kept]
        )
        return
    for file, one in kept:
        frames = len(arts[0][1].frames) if len(arts) == 1 else 0
        what = f"{one.entry.entry_kind}{f' of {frames} frames' if frames > 1 else ''}"
        note(f"{file} -> {one.entry.sprite_id} ({what}{'' if one.is_new else ', there already'})")


def _label(file: Path) -> str:
    stem = file.name.partition(".")[0]
    return " ".join(stem.replace("_", " ").replace("-", " ").split()) or "sprite"


def _size(word: str | None) -> tuple[int, int] | None:
    if word is None:
        return None
    sides = word.lower().split("x")
    if len(sides) != 2 or not all(side.isdecimal() and 1 <= int(side) <= 8_192 for side in sides):
        raise InvalidArgumentError(f"--tile {word}", hint="give width and height in pixels, for example 32x32")
    return int(sides[0]), int(sides[1])
