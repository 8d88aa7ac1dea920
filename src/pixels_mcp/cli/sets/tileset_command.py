"""`pixels-mcp tileset`: tiles between two terrains that meet without a seam."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.cli.draw.draw_options import STYLES, place_files
from pixels_mcp.cli.output import EXIT_FAILED, describe, note, print_json, print_result
from pixels_mcp.cli.places import game_style, open_library
from pixels_mcp.cli.request_options import GivenWords, OptionStyle, with_words
from pixels_mcp.cli.sets.made_files import read_formats, read_map_size, write_beside
from pixels_mcp.game_style.apply_style import apply_style
from pixels_mcp.operations.set_requests import TilesetRequest
from pixels_mcp.paths import expand_home
from pixels_mcp.told_apart import JsonObject

if TYPE_CHECKING:
    from pixels_mcp.events import JobInfo
    from pixels_mcp.operations.terrains import Role
    from pixels_mcp.operations.tileset_operation import MadeTileset
    from pixels_mcp.requests import RedrawRequest

MAP_SIZE = "20x12"


_WORDS = (
    "kind",
    "border",
    "band",
    "tile_px",
    "variants",
    "path_px",
    "face_px",
    "roughness_px",
    "palette",
    "style",
    "frames",
    "frame_ms",
    "max_colors",
    "model",
    "seed",
    "name",
)
_STYLES = {
    "kind": OptionStyle(metavar="KIND"),
    "border": OptionStyle(metavar="LOOK"),
    "band": OptionStyle(metavar="WHAT"),
    "palette": STYLES["palette"],
    "style": OptionStyle(metavar="WORDS"),
    "frame_ms": OptionStyle(metavar="MS"),
    "model": STYLES["model"],
    "name": STYLES["name"],
}


@with_words(TilesetRequest, _WORDS, _STYLES)
def tileset(
    upper: Annotated[str, typer.Argument(help=describe(TilesetRequest, "upper"), metavar="UPPER")],
    words: GivenWords,
    lower: Annotated[str | None, typer.Argument(help=describe(TilesetRequest, "lower"), metavar="LOWER")] = None,
    output_dir: Annotated[
        Path | None, typer.Option("--output-dir", "-o", help="Also write the sheet into this folder.", metavar="DIR")
    ] = None,
    map_file: Annotated[
        Path | None, typer.Option("--map", help="Also write a picture of a random map of the tiles.", metavar="PNG")
    ] = None,
    export: Annotated[
        str | None,
        typer.Option(help="Also write files of other programs into -o: tiled,ldtk,bevy,png.", metavar="FORMAT,..."),
    ] = None,
    map_size: Annotated[str, typer.Option(help="Columns and rows of that map.", metavar="WxH")] = MAP_SIZE,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Make tiles between two terrains that meet without a seam; terrains in words are drawn first.

    `pixels-mcp tileset "green grass floor" "deep water" --map shore.png` shows what it is for.
    """
    terrains = {"upper": upper, "lower": lower, "band": words.get("band")}
    placed = {role: _placed(terrain) for role, terrain in terrains.items() if terrain is not None}
    styled = apply_style({**place_files(words), **placed}, game_style(), "tileset")
    if told := styled.in_words():
        note(told)
    request = parse_request(TilesetRequest, styled.words)
    columns, rows = read_map_size("--map-size", map_size)
    formats = read_formats(export, "--export") if export else []
    made = _make(request)
    files: dict[str, Path] = {}
    if output_dir is not None:
        files["sheet"] = write_beside(output_dir, f"{request.name or made.entry.sprite_id}.png", made.sheet)
    if map_file is not None:
        files["map"] = write_beside(map_file.parent, map_file.name, made.preview(columns, rows, request.seed))
    if formats:
        from pixels_mcp.operations.exports.export import export_entries

        written = export_entries(
            [made.entry.sprite_id], open_library(), formats, output_dir or Path.cwd(), overwrite=True
        )
        files |= {file.name: file for file in written}
    report(made.entry, files, styled.to_dict(), as_json=as_json)


def report(entry: Any, files: dict[str, Path], style: JsonObject | None = None, *, as_json: bool) -> None:
    """Print what was made: the library's entry, and the files that were written beside."""
    if as_json:
        of_game = {"game_style": style} if style else {}
        written = {what: str(file) for what, file in files.items()}
        print_json({**entry.model_dump(mode="json"), **of_game, "files": written})
        return
    note(f"{entry.sprite_id}: {entry.entry_kind}, {entry.width_px}x{entry.height_px}, {entry.facts['colors']} colors")
    for remark in entry.notes:
        note(f"  {remark}")
    print_result(entry.path)
    for file in files.values():
        print_result(str(file))


def _make(request: TilesetRequest) -> MadeTileset:
    from pixels_mcp.operations.terrains import drawing_of, open_terrains, require_given
    from pixels_mcp.operations.tileset_operation import build_tileset

    library = open_library()
    require_given(request, library)
    drawn = _draw(request) if drawing_of(request) else {}
    return build_tileset(request, open_terrains(request, drawn, library), library)


def _draw(request: TilesetRequest) -> dict[Role, str]:
    """Draw the terrains that are words; gives the sprite of each."""
    from pixels_mcp.cli.faces import worker_client
    from pixels_mcp.cli.worker.follow import follow
    from pixels_mcp.operations.terrains import drawing_of, words_to_draw

    batch = drawing_of(request)
    if batch is None:
        return {}
    with worker_client("tileset") as client:
        job = _whole(follow(client, client.submit_batch(batch)))
    return {role: part.sprites[0].sprite_id for role, part in zip(words_to_draw(request), job.parts, strict=True)}


def redraw_here(request: RedrawRequest, asked_by: str) -> list[str]:
    """Redraw variants or frames for a command; gives their sprites."""
    from pixels_mcp.cli.faces import worker_client
    from pixels_mcp.cli.worker.follow import follow

    with worker_client(asked_by) as client:
        job = _whole(follow(client, client.redraw(request)))
    return [sprite.sprite_id for part in job.parts for sprite in part.sprites]


def _whole(job: JobInfo) -> JobInfo:
    """The job, or the end of the command where a part of it was not drawn."""
    failed = next((part for part in job.parts if part.state != "done"), None)
    if failed is not None:
        note(f"error: {failed.prompt}: {failed.error.message if failed.error else failed.state}")
        if failed.error and failed.error.hint:
            note(f"next:  {failed.error.hint}")
        raise typer.Exit(EXIT_FAILED)
    return job


def _placed(terrain: str) -> str:
    """A picture's path made absolute, so that it means the same everywhere."""
    if not re.search(r"\.\w{3,4}$", terrain):
        return terrain
    file = expand_home(terrain)
    return str(file.resolve()) if file.is_file() else terrain
