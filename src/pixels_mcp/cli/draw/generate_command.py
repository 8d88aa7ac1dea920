"""`pixels-mcp generate`: one prompt, one or more sprites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.cli.command_phrases import COMMAND_PHRASES
from pixels_mcp.cli.draw.draw_options import DRAW_WORDS, STYLES, Json, read_words
from pixels_mcp.cli.faces import worker_client
from pixels_mcp.cli.output import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    completing,
    describe,
    note,
    note_next,
    print_json,
    print_result,
)
from pixels_mcp.cli.places import game_style, open_library, sprite_ids
from pixels_mcp.cli.request_options import GivenWords, with_words
from pixels_mcp.cli.worker.follow import follow
from pixels_mcp.events import JobInfo, SpriteInfo
from pixels_mcp.game_style.apply_style import apply_style
from pixels_mcp.library.like import words_like
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.standing import advise_on_doubt, describe_doubt


@with_words(SpriteRequest, (*DRAW_WORDS, "name"), STYLES)
def generate(
    prompt: Annotated[str, typer.Argument(help=describe(SpriteRequest, "prompt"), metavar="PROMPT")],
    words: GivenWords,
    like: Annotated[
        str | None,
        typer.Option(
            "--like",
            help="A sprite_id: take its words, model and seed; words given here win.",
            metavar="ID",
            autocompletion=completing(sprite_ids),
        ),
    ] = None,
    show: Annotated[
        bool | None, typer.Option("--show/--no-show", help="Draw the sprite in the terminal (auto: where it can).")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the sprite, or print the job's id.")] = True,
    as_json: Json = False,
) -> None:
    """Draw a sprite and print where it is."""
    asked = read_words(words)
    if like is not None:
        asked = {**words_like(open_library(), like), **asked}
    styled = apply_style(asked, game_style())
    if told := styled.in_words():
        note(told)
    request = parse_request(SpriteRequest, {"prompt": prompt, **styled.words})
    with worker_client("generate") as client:
        job = client.submit(request)
        if not wait:
            print_json(job) if as_json else print_result(job.job_id)
            return
        job = follow(client, job)
    report(job, show=show, as_json=as_json, style=styled.to_dict())


def report(job: JobInfo, *, show: bool | None, as_json: bool, style: Mapping[str, object] | None = None) -> None:
    """Print the sprites of a job with one part, and draw them where wished and possible.

    Raises:
        typer.Exit: The job failed (1) or was cancelled (130).
    """
    part = job.parts[0]
    if as_json:
        of_game = {"game_style": style} if style else {}
        print_json({**_doubts(part.sprites), **job.model_dump(mode="json"), **of_game})
    else:
        for sprite in part.sprites:
            tell_sprite(sprite)
            print_result(sprite.path)
        if show is not False:
            from pixels_mcp.cli.terminal_pictures import can_draw, draw_files

            if can_draw():
                draw_files([Path(sprite.path) for sprite in part.sprites])
    if job.state == "failed" and part.error:
        note(f"error: {part.error.message}")
        note_next(part.error.in_words(COMMAND_PHRASES))
        raise typer.Exit(EXIT_FAILED)
    if job.state == "cancelled":
        note(f"{job.job_id} was cancelled")
        raise typer.Exit(EXIT_INTERRUPTED)


def _doubts(sprites: Sequence[SpriteInfo]) -> dict[str, str]:
    """What the document begins with: the lowest confidence of all sprites, and why."""
    doubt = next((why for sprite in sprites if (why := describe_doubt(sprite))), None)
    known = {str(sprite.facts["confidence"]) for sprite in sprites if "confidence" in sprite.facts}
    if doubt is not None:
        return {"confidence": "low", "warning": doubt}
    return {"confidence": "high"} if known else {}


def tell_sprite(sprite: SpriteInfo) -> None:
    """Say of a finished sprite what its path does not: its id, size, colors and seed, doubts and notes."""
    doubt = describe_doubt(sprite)
    if doubt is not None:
        note(f"{sprite.sprite_id}: {doubt}")
        note(f"next:  {advise_on_doubt(sprite)}")
    colors = sprite.facts.get("colors")
    note(f"{sprite.sprite_id}: {sprite.width_px}x{sprite.height_px}, {colors} colors, seed {sprite.seed}")
    for remark in sprite.notes:
        note(f"  {remark}")
