"""`pixels-mcp animate`: clips of one sprite, whole pixels and its own colors only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.cli.draw.draw_options import STYLES, place_files
from pixels_mcp.cli.output import completing, describe, note
from pixels_mcp.cli.places import game_style, open_library, sprite_ids
from pixels_mcp.cli.request_options import GivenWords, OptionStyle, with_words
from pixels_mcp.cli.sets.made_files import write_beside
from pixels_mcp.cli.sets.tileset_command import redraw_here, report
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.game_style.apply_style import apply_style
from pixels_mcp.operations.set_requests import AnimateRequest
from pixels_mcp.paths import expand_home

GIF_SCALE = 6


_STYLES = {
    "body": OptionStyle(metavar="BODY"),
    "redraw": OptionStyle(metavar="HOW"),
    "palette": STYLES["palette"],
    "name": STYLES["name"],
}


@with_words(AnimateRequest, ("body", "directions", "redraw", "strength", "palette", "name"), _STYLES)
def animate(
    sprite_id: Annotated[
        str,
        typer.Argument(help=describe(AnimateRequest, "sprite_id"), metavar="ID", autocompletion=completing(sprite_ids)),
    ],
    words: GivenWords,
    motion: Annotated[
        str, typer.Option(help=describe(AnimateRequest, "motions") + ": idle,walk,...", metavar="NAME,...")
    ] = "idle,walk",
    view: Annotated[
        list[str] | None,
        typer.Option(help=describe(AnimateRequest, "views") + ". One option a view.", metavar="SIDE=ID|PNG"),
    ] = None,
    gif: Annotated[bool, typer.Option("--gif", help=f"Also write a GIF a clip, {GIF_SCALE} times as large.")] = False,
    output_dir: Annotated[
        Path | None,
        typer.Option("--output-dir", "-o", help="Also write the sheet into this folder; GIFs too.", metavar="DIR"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Make a sprite move: idle, walk, run, flap, hop, glide, hurt, death, attack, spin, float, flicker, shimmer."""
    motions = [one.strip() for one in motion.split(",") if one.strip()]
    views = {"views": read_views(view)} if view else {}
    asked = {**place_files(words), "sprite_id": sprite_id, "motions": motions, **views}
    styled = apply_style(asked, game_style(), "animation")
    if told := styled.in_words():
        note(told)
    request = parse_request(AnimateRequest, styled.words)
    from pixels_mcp.operations.animation_operation import keep_animation, lay_clips
    from pixels_mcp.operations.character_clips import make_clips
    from pixels_mcp.operations.frame_redraws import redraws_of
    from pixels_mcp.pixelart.sheets.animation import animation_bytes

    library = open_library()
    clips = make_clips(request, library)
    redrawn = {name: redraw_here(drawing, "animate") for name, drawing in redraws_of(clips, library).items()}
    made = keep_animation(clips, redrawn, library)
    label = request.name or made.entry.sprite_id
    files: dict[str, Path] = {}
    if output_dir is not None:
        files["sheet"] = write_beside(output_dir, f"{label}.png", lay_clips(made.clips))
    if gif:
        for clip_name, clip in made.clips.items():
            data = animation_bytes(
                list(clip.frames),
                list(clip.durations_ms),
                "gif",
                scale=GIF_SCALE,
                loops=0 if clip.play == "Loop" else 1,
            )
            files[clip_name] = write_beside(output_dir or Path.cwd(), f"{label}_{clip_name}.gif", data)
    report(made.entry, files, styled.to_dict(), as_json=as_json)


def read_views(given: list[str]) -> dict[str, str]:
    """`SIDE=ID|PNG` as views; a file that is there gets its whole path.

    Raises:
        InvalidArgumentError: One has no side, or a side is given twice.
    """
    views: dict[str, str] = {}
    for one in given:
        side, equals, text = one.partition("=")
        side = side.strip().lower().replace("-", "_")
        if not equals or not text.strip():
            raise InvalidArgumentError(
                f"--view {one}: not a view", hint="write the side and what shows it: north=back.png"
            )
        if side in views:
            raise InvalidArgumentError(f"--view {side} is given twice", hint="give one picture a side")
        file = expand_home(Path(text.strip()))
        views[side] = str(file.resolve()) if file.is_file() else text.strip()
    return views
