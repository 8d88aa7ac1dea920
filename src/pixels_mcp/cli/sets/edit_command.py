"""`pixels-mcp edit`: one change to a finished sprite, which becomes a new one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.cli import complete
from pixels_mcp.cli.draw.draw_options import Json, place_files
from pixels_mcp.cli.draw.generate_command import report as report_job
from pixels_mcp.cli.output import completing, describe, note
from pixels_mcp.cli.places import game_style, open_library, sprite_ids
from pixels_mcp.cli.request_options import GivenWords, OptionStyle, with_words
from pixels_mcp.cli.sets.tileset_command import report
from pixels_mcp.game_style.apply_style import apply_style
from pixels_mcp.operations.edit_request import WORDS_OF, EditRequest
from pixels_mcp.paths import expand_home
from pixels_mcp.told_apart import Words

if TYPE_CHECKING:
    from pixels_mcp.events import JobInfo

_WORDS = tuple(word for word in EditRequest.model_fields if word not in ("sprite_id", "operation", "prompt"))
_STYLES = {
    "mask": OptionStyle(metavar="PNG"),
    "region": OptionStyle(metavar="WHERE"),
    "model": OptionStyle(metavar="NAME", completes=complete.models),
    "palette": OptionStyle(metavar="NAME", more="; or a palette file", completes=complete.palettes),
    "count": OptionStyle(flags=("--count", "-n")),
    "style": OptionStyle(metavar="ID|PALETTE"),
    "name": OptionStyle(metavar="NAME"),
    "left_px": OptionStyle(help="Columns at the left, of crop, pad and extend."),
    "top_px": OptionStyle(help="Rows at the top, likewise."),
    "right_px": OptionStyle(help="Columns at the right, likewise."),
    "bottom_px": OptionStyle(help="Rows at the bottom, likewise."),
}


@with_words(EditRequest, _WORDS, _STYLES)
def edit(
    sprite_id: Annotated[
        str,
        typer.Argument(help=describe(EditRequest, "sprite_id"), metavar="ID", autocompletion=completing(sprite_ids)),
    ],
    operation: Annotated[
        str,
        typer.Argument(
            help=f"{', '.join(WORDS_OF)}.", metavar="OPERATION", autocompletion=completing(lambda: list(WORDS_OF))
        ),
    ],
    words: GivenWords,
    prompt: Annotated[str | None, typer.Argument(help=describe(EditRequest, "prompt"), metavar="PROMPT")] = None,
    show: Annotated[
        bool | None, typer.Option("--show/--no-show", help="Draw the sprite in the terminal (auto: where it can).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Change a finished sprite; the result is a new one, the old one stays.

    `pixels-mcp edit knight-0004.1 inpaint "a golden crown" --region 10,0,12,7` redraws that part alone.
    """
    asked = {**_placed(words), "sprite_id": sprite_id, "operation": operation, "prompt": prompt}
    styled = apply_style({word: value for word, value in asked.items() if value is not None}, game_style(), "edit")
    if told := styled.in_words():
        note(told)
    request = parse_request(EditRequest, styled.words)
    if request.is_drawn:
        report_job(_draw(request), show=show, as_json=as_json, style=styled.to_dict())
        return
    from pixels_mcp.operations.edits.pixel_edit import edit_pixels

    report(edit_pixels(request, open_library()), {}, styled.to_dict(), as_json=as_json)


def _draw(request: EditRequest) -> JobInfo:
    from pixels_mcp.cli.faces import worker_client
    from pixels_mcp.cli.worker.follow import follow
    from pixels_mcp.operations.edits.redraws import redraw_of

    redraw = redraw_of(request, open_library())
    with worker_client("edit") as client:
        return follow(client, client.redraw(redraw))


def _placed(words: GivenWords) -> Words:
    """The words with their files where they are: a palette file as its colors, a mask's path absolute."""
    placed = place_files(words)
    if "mask" in placed and Path(expand_home(placed["mask"])).is_file():
        placed["mask"] = str(expand_home(placed["mask"]).resolve())
    return placed
