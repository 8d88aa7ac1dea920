"""`pixels-mcp pixelize`: pictures in, true pixel art out."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pixels_mcp.cli import complete
from pixels_mcp.cli.output import EXIT_FAILED, EXIT_PARTIAL, choice, note, notes, print_json, print_result
from pixels_mcp.errors import InvalidArgumentError

if TYPE_CHECKING:
    from pixels_mcp.pixelart.recovery.cutout import CutChoice

_SIZE = re.compile(r"(\d{1,5})(?:x(\d{1,5}))?")


def pixelize(
    pictures: Annotated[
        list[str], typer.Argument(help="Picture files, folders, or quoted patterns.", metavar="FILE|FOLDER|GLOB...")
    ],
    size: Annotated[
        str | None, typer.Option(help="Size of the result, such as 32 or 32x48; by default what is recovered.")
    ] = None,
    cell_px: Annotated[
        float | None, typer.Option(help="Side of one drawn pixel in the picture, if it is found wrongly.", metavar="PX")
    ] = None,
    palette: Annotated[
        str | None,
        typer.Option(
            help="A palette's name, colors such as '#000000,#ffffff', or a .hex, .gpl, .pal or .png file.",
            metavar="NAME",
            autocompletion=complete.palettes,
        ),
    ] = None,
    max_colors: Annotated[
        str | None,
        typer.Option(help="Colors at most, 2 to 256; auto takes the few that an artist would use.", metavar="N|auto"),
    ] = None,
    dither: Annotated[
        str, typer.Option(help="none, bayer2, bayer4, bayer8 or floyd-steinberg.", metavar="HOW")
    ] = "none",
    keep_background: Annotated[bool, typer.Option("--keep-background", help="The same as --ground keep.")] = False,
    ground: Annotated[
        str,
        typer.Option(help="A plain background: auto (in doubt it stays), keep or remove.", metavar="HOW"),
    ] = "auto",
    holes: Annotated[
        str,
        typer.Option(help="Patches of its color inside the drawing: auto, keep or remove.", metavar="HOW"),
    ] = "auto",
    trim: Annotated[bool, typer.Option("--trim", help="Cut away transparent edges (without --size).")] = False,
    clean: Annotated[bool, typer.Option("--clean", help="Take away crumbs and a maker's mark beside it.")] = False,
    orphans: Annotated[
        bool, typer.Option("--no-orphans", help="Recolor single pixels that stand out; eyes and highlights too.")
    ] = False,
    outline: Annotated[str, typer.Option(help="none, outer or inner.", metavar="WHERE")] = "none",
    outline_color: Annotated[
        str | None, typer.Option(help="Color of the outline; by default the drawing's darkest.", metavar="#RRGGBB")
    ] = None,
    anchor: Annotated[
        str, typer.Option(help="Where the drawing stands with --size: keep, center or bottom.", metavar="WHERE")
    ] = "keep",
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
    from pixels_mcp.pixelart.colors.dither import DITHERS
    from pixels_mcp.pixelart.colors.palettes import load_palette
    from pixels_mcp.pixelart.drawing.canvas import ANCHORS
    from pixels_mcp.pixelart.drawing.outline import OUTLINES
    from pixels_mcp.pixelart.pixelize import PixelizeOptions

    if trim and size is not None:
        raise InvalidArgumentError("--trim and --size ask for two sizes", hint="give one of them")
    if outline_color is not None and outline == "none":
        raise InvalidArgumentError("--outline-color without an outline", hint="add --outline outer or inner")
    if cell_px is not None and cell_px < 1:
        raise InvalidArgumentError(f"--cell-px {cell_px:g}", hint="give 1 or more")
    options = PixelizeOptions(
        size_px=_size(size),
        cell_px=cell_px,
        palette=None if palette is None else load_palette(palette),
        max_colors=_most_colors(max_colors),
        dither=choice("--dither", dither, DITHERS),
        background=_background(keep_background, ground, holes),
        trim_edges=trim,
        remove_specks=clean,
        remove_orphans=orphans,
        outline=choice("--outline", outline, OUTLINES),
        outline_color=None if outline_color is None else _color(outline_color),
        anchor=choice("--anchor", anchor, ANCHORS),
    )
    all_frames = choice("--frames", frames, ("first", "all")) == "all"
    tasks = plan_tasks(find_sources(pictures), output_dir, compare=compare, all_frames=all_frames, overwrite=overwrite)
    if together:
        _refuse_alone(all_frames, clean, orphans)
        _report(run_set(tasks, options), show=show, as_json=as_json)
        return
    with _progress(len(tasks)) as advance:
        results = run_tasks(tasks, options, jobs or os.cpu_count() or 1, advance)
    _report(results, show=show, as_json=as_json)


def _most_colors(text: str | None) -> int | Literal["auto"] | None:
    if text is None or text == "auto":
        return text
    if not text.isdecimal() or not 2 <= int(text) <= 256:
        raise InvalidArgumentError(f"--max-colors {text}", hint="give 2 to 256, or auto")
    return int(text)


def _background(keep: bool, ground: str, holes: str) -> CutChoice:
    from pixels_mcp.pixelart.recovery.cutout import CUT_WORDS, CutChoice

    told = CutChoice(choice("--ground", ground, CUT_WORDS), choice("--holes", holes, CUT_WORDS))
    if keep and told.ground == "remove":
        raise InvalidArgumentError("--keep-background and --ground remove", hint="give one of them")
    if (keep or told.ground == "keep") and told.holes != "auto":
        raise InvalidArgumentError(f"--holes {told.holes} with a background that is kept", hint="leave --holes out")
    return CutChoice("keep", told.holes) if keep else told


def _refuse_alone(all_frames: bool, clean: bool, orphans: bool) -> None:
    if all_frames or clean or orphans:
        raise InvalidArgumentError(
            "--together does not go with --frames all, --clean or --no-orphans", hint="leave those out"
        )


def _report(results: list[dict[str, Any]], *, show: bool | None, as_json: bool) -> None:
    failed = [result for result in results if "error" in result]
    if as_json:
        print_json({"pictures": results, "done": len(results) - len(failed), "failed": len(failed)})
    else:
        for result in results:
            if "error" not in result:
                print_result(_line(result))
                for remark in result.get("notes", []):
                    note(f"  {remark}")
        for result in failed:
            note(f"error: {result['source']}: {result['error']['message']}")
            if result["error"]["hint"]:
                note(f"next:  {result['error']['hint']}")
    if len(results) == 1 and not failed and not as_json:
        _draw(Path(results[0].get("comparison") or results[0]["file"]), show)
    if failed:
        raise typer.Exit(EXIT_FAILED if len(failed) == len(results) else EXIT_PARTIAL)


def _line(result: dict[str, Any]) -> str:
    facts = result["facts"]
    words = f"{facts['width_px']} x {facts['height_px']} px, {facts['colors']} colors"
    if result.get("source_cell_px"):
        words += f", from cells of {result['source_cell_px'][0]:g} px"
    if "frames" in result:
        words += f", {result['frames']} frames"
    return f"{result['file']}  {words}"


def _draw(file: Path, show: bool | None) -> None:
    from pixels_mcp.cli.terminal_pictures import can_draw, draw_files

    if show or (show is None and can_draw()):
        draw_files([file])


def _progress(count: int) -> Any:
    """A context that gives a function to call after each picture; draws a bar where somebody looks."""
    from contextlib import contextmanager

    from pixels_mcp.cli.output import draws_well

    @contextmanager
    def bar() -> Any:
        if count < 2 or not draws_well():
            yield lambda result: None  # noqa: ARG005
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("pixelizing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=notes(), transient=True) as progress:
            task = progress.add_task("", total=count)
            yield lambda result: progress.advance(task)  # noqa: ARG005

    return bar()


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = _SIZE.fullmatch(text.strip().lower())
    if match is None or not all(1 <= int(side) <= 4096 for side in match.groups() if side):
        raise InvalidArgumentError(f"--size {text}", hint="write 32 or 32x48, 1 to 4096 px a side")
    return int(match[1]), int(match[2] or match[1])


def _color(text: str) -> Any:
    from pixels_mcp.pixelart.colors.palettes import parse_color

    return parse_color(text)
