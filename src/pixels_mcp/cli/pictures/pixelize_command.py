"""`pixels-mcp pixelize`: pictures in, true pixel art out."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.cli.command_phrases import COMMAND_PHRASES
from pixels_mcp.cli.draw.draw_options import STYLES
from pixels_mcp.cli.output import EXIT_FAILED, EXIT_PARTIAL, choice, note, note_next, notes, print_json, print_result
from pixels_mcp.cli.request_options import GivenWords, OptionStyle, with_words
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.pictures.picture_results import FailedPicture, MovingResult, PictureResult, StillResult
from pixels_mcp.pictures.pixelize_request import PixelizeRequest

_SIZE = re.compile(r"(\d{1,5})(?:x(\d{1,5}))?")


_STYLES = {
    "palette": STYLES["palette"],
    "max_colors": OptionStyle(metavar="N|auto"),
    "ground": OptionStyle(metavar="HOW"),
    "holes": OptionStyle(metavar="HOW"),
    "dither": OptionStyle(metavar="HOW"),
    "trim_edges": OptionStyle(flags=("--trim",)),
    "remove_specks": OptionStyle(flags=("--clean",)),
    "remove_orphans": OptionStyle(flags=("--no-orphans",)),
    "outline": OptionStyle(metavar="WHERE"),
    "outline_color": OptionStyle(metavar="#RRGGBB"),
    "anchor": OptionStyle(metavar="WHERE"),
}


@with_words(PixelizeRequest, tuple(PixelizeRequest.model_fields), _STYLES)
def pixelize(
    pictures: Annotated[
        list[str], typer.Argument(help="Picture files, folders, or quoted patterns.", metavar="FILE|FOLDER|GLOB...")
    ],
    words: GivenWords,
    size: Annotated[
        str | None, typer.Option(help="Size of the result, such as 32 or 32x48; by default what is recovered.")
    ] = None,
    keep_background: Annotated[bool, typer.Option("--keep-background", help="The same as --ground keep.")] = False,
    frames: Annotated[
        str, typer.Option(help="Of an animated picture: the first frame, or all, onto a sheet and into a GIF.")
    ] = "first",
    together: Annotated[
        bool, typer.Option("--together", help="The pictures are one set: one cell size, one palette.")
    ] = False,
    output_dir: Annotated[
        Path | None, typer.Option(help="Folder for the results; by default `pixelized` beside each picture.")
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Write a before-and-after picture too.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results that exist.")] = False,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", help="Processes; by default one per core.", min=1, metavar="N")
    ] = None,
    show: Annotated[
        bool | None, typer.Option("--show/--no-show", help="Draw a single result in the terminal (auto: where it can).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Turn pictures into true pixel art and print where it is."""
    from pixels_mcp.pictures.picture_sources import find_sources, plan_tasks
    from pixels_mcp.pictures.pixelize_files import run_set, run_tasks

    if words.get("trim_edges") and size is not None:
        raise InvalidArgumentError("--trim and --size ask for two sizes", hint="give one of them")
    if keep_background and words.get("ground", "keep") != "keep":
        raise InvalidArgumentError(f"--keep-background and --ground {words['ground']}", hint="give one of them")
    asked = {**words, "ground": "keep"} if keep_background else words
    request = parse_request(PixelizeRequest, asked)
    options = request.options(_size(size))
    all_frames = choice("--frames", frames, ("first", "all")) == "all"
    tasks = plan_tasks(find_sources(pictures), output_dir, compare=compare, all_frames=all_frames, overwrite=overwrite)
    if together:
        _refuse_alone(all_frames, request.remove_specks, request.remove_orphans)
        _report(run_set(tasks, options), show=show, as_json=as_json)
        return
    with _progress(len(tasks)) as advance:
        results = run_tasks(tasks, options, jobs or os.cpu_count() or 1, advance)
    _report(results, show=show, as_json=as_json)


def _refuse_alone(all_frames: bool, clean: bool, orphans: bool) -> None:
    if all_frames or clean or orphans:
        raise InvalidArgumentError(
            "--together does not go with --frames all, --clean or --no-orphans", hint="leave those out"
        )


def _report(results: list[PictureResult], *, show: bool | None, as_json: bool) -> None:
    made = [result for result in results if not isinstance(result, FailedPicture)]
    failed = [result for result in results if isinstance(result, FailedPicture)]
    if as_json:
        told = [result.to_dict() for result in results]
        print_json({"pictures": told, "done": len(made), "failed": len(failed)})
    else:
        for result in made:
            print_result(_line(result))
            for remark in result.told["notes"] if isinstance(result, StillResult) else result.notes:
                note(f"  {remark}")
        for result in failed:
            note(f"error: {result.source}: {result.error.message}")
            note_next(result.error.in_words(COMMAND_PHRASES))
    if len(results) == 1 and made and not as_json:
        _draw((made[0].comparison if isinstance(made[0], StillResult) else None) or made[0].file, show)
    if failed:
        raise typer.Exit(EXIT_FAILED if len(failed) == len(results) else EXIT_PARTIAL)


def _line(result: StillResult | MovingResult) -> str:
    facts = result.told["facts"] if isinstance(result, StillResult) else result.facts.to_dict()
    words = f"{facts['width_px']} x {facts['height_px']} px, {facts['colors']} colors"
    if isinstance(result, MovingResult):
        words += f", {len(result.frame_ms)} frames"
    elif cell_px := result.told["source_cell_px"]:
        words += f", from cells of {cell_px[0]:g} px"
    return f"{result.file}  {words}"


def _draw(file: Path, show: bool | None) -> None:
    from pixels_mcp.cli.terminal_pictures import can_draw, draw_files

    if show or (show is None and can_draw()):
        draw_files([file])


def _pass_on(_: object) -> None:
    """Nobody looks."""


def _progress(count: int) -> Any:
    """A context that gives a function to call after each picture; draws a bar where somebody looks."""
    from contextlib import contextmanager

    from pixels_mcp.cli.output import draws_well

    @contextmanager
    def bar() -> Any:
        if count < 2 or not draws_well():
            yield _pass_on
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("pixelizing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=notes(), transient=True) as progress:
            task = progress.add_task("", total=count)

            def advance(_: object) -> None:
                progress.advance(task)

            yield advance

    return bar()


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = _SIZE.fullmatch(text.strip().lower())
    if match is None or not all(1 <= int(side) <= 4096 for side in match.groups() if side):
        raise InvalidArgumentError(f"--size {text}", hint="write 32 or 32x48, 1 to 4096 px a side")
    return int(match[1]), int(match[2] or match[1])
