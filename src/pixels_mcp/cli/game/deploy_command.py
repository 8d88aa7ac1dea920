"""`pixels-mcp deploy`: put sprites into a Bevy game, and take that back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.bevy.sheets import SheetRequest
from pixels_mcp.cli.command_phrases import COMMAND_PHRASES
from pixels_mcp.cli.output import completing, note, note_next, print_json, print_result
from pixels_mcp.cli.places import choose_game, open_library, sprite_ids
from pixels_mcp.cli.request_options import GivenWords, OptionStyle, with_words
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.next_steps import NextStep
from pixels_mcp.requests import DeployRequest
from pixels_mcp.told_apart import Words

if TYPE_CHECKING:
    from pixels_mcp.bevy.results import DeployResult


SHEET_WORDS = ("animation", "frame_ms", "play", "pivot", "tile", "bob")
STYLES = {
    "name": OptionStyle(metavar="NAME"),
    "on_conflict": OptionStyle(metavar="WHAT"),
    "animation": OptionStyle(metavar="NAME", help="Make one sheet with an animation of this name"),
    "play": OptionStyle(metavar="HOW"),
}


@with_words(SheetRequest, ("name", "on_conflict", "dry_run", *SHEET_WORDS), STYLES)
def deploy(
    sprites: Annotated[
        list[str] | None,
        typer.Argument(
            help="Sprite ids: each for itself, or with --animation the frames of one sheet.",
            metavar="ID...",
            autocompletion=completing(sprite_ids),
        ),
    ] = None,
    *,
    project: Annotated[
        Path | None, typer.Option("--project", "-p", help="The game's folder; the setting `project`, or this folder.")
    ] = None,
    words: GivenWords,
    confirm: Annotated[bool, typer.Option("--confirm/--no-confirm", help="Wait for the game's answer.")] = True,
    undo: Annotated[
        str | None, typer.Option("--undo", help="Bring back what stood under this name before.", metavar="NAME")
    ] = None,
    redo: Annotated[
        str | None, typer.Option("--redo", help="Bring back what --undo took away under this name.", metavar="NAME")
    ] = None,
    remove: Annotated[
        str | None, typer.Option("--remove", help="Take what has this name out of the game.", metavar="NAME")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="With these three: also over files changed by hand; they are kept.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Put sprites into the game's assets folder and wait until the running game shows them.

    The exit code is 0 when the files stand, whether or not a game answered; the last line says which.
    """
    taken_back = [word for word, value in (("undo", undo), ("redo", redo), ("remove", remove)) if value is not None]
    if taken_back and (sprites or words or len(taken_back) > 1):
        raise InvalidArgumentError(
            f"--{taken_back[0]} takes a name and nothing else", hint=f"for example --{taken_back[0]} hero"
        )
    if force and not taken_back:
        raise InvalidArgumentError(
            "--force belongs to --undo, --redo, --remove",
            hint="`--on-conflict replace` writes over what stands there",
        )
    if not taken_back and not sprites:
        raise InvalidArgumentError("no sprite was named", steps=[NextStep("list_sprites")])
    game, roots = choose_game(project)
    if taken_back:
        done = _exchange(game, roots, undo=undo, redo=redo, remove=remove, force=force, confirm=confirm)
        _report([done], as_json=as_json)
        return
    from pixels_mcp.operations.exports.export_deployed import export_deployed

    words = {**words, "project": str(game)}
    if words.keys() & {"animation", "bob", "tile"}:
        results = [_deploy_sheet({**words, "sprite_ids": sprites}, roots, confirm=confirm)]
    else:
        results = _deploy_each(sprites or [], words, roots, confirm=confirm)
        results = export_deployed(results, open_library())
    _report(results, as_json=as_json)


def _exchange(
    game: Path, roots: list[Path], *, undo: str | None, redo: str | None, remove: str | None, force: bool, confirm: bool
) -> DeployResult:
    from pixels_mcp.bevy import undo as history

    if remove is not None:
        return history.remove(game, remove, roots, force=force)

    if undo is not None:
        result = history.undo(game, undo, roots, force=force, confirm=confirm)
        note(f"`pixels-mcp deploy --redo {undo}` brings back what stood there until now")
        return result
    return history.redo(game, str(redo), roots, force=force, confirm=confirm)


def _deploy_sheet(words: Words, roots: list[Path], *, confirm: bool) -> DeployResult:
    from pixels_mcp.bevy.deploy import deploy_sheet

    return deploy_sheet(open_library(), parse_request(SheetRequest, words), roots, confirm=confirm)


def _deploy_each(ids: list[str], words: Words, roots: list[Path], *, confirm: bool) -> list[DeployResult]:
    from pixels_mcp.bevy.deploy import deploy_each

    for word in SHEET_WORDS:
        if word in words:
            raise InvalidArgumentError(f"--{word.replace('_', '-')} belongs to a sheet", hint="add --animation NAME")
    if "name" in words and len(ids) > 1:
        raise InvalidArgumentError(
            f"one name for {len(ids)} sprites", hint="deploy them one by one, or as one sheet with --animation NAME"
        )
    library = open_library()
    requests = [parse_request(DeployRequest, {**words, "sprite_id": one}) for one in ids]
    return deploy_each(library, requests, roots, confirm=confirm)


def _report(results: list[DeployResult], *, as_json: bool) -> None:
    if as_json:
        print_json(results[0] if len(results) == 1 else list(results))
        return
    for result in results:
        for file in result.files:
            if file.action != "removed":
                print_result(file.path)
        for text in result.notes:
            note(text)
        note(_describe(result))
        note_next(result.in_words(COMMAND_PHRASES))


def _describe(result: DeployResult) -> str:
    told = {
        "written": "written; nobody was asked whether it is shown",
        "unchanged": "stands there already",
        "dry_run": "would be written; nothing was",
        "removed": "taken out of the game",
        "confirmed": f"the game shows it, {result.confirmed_ms} ms after the write",
        "unconfirmed": f"written, but not confirmed: {result.detail}",
    }
    removed = [file.path for file in result.files if file.action == "removed"]
    ending = f"; removed {', '.join(removed)}" if removed else ""
    return f"{result.name}: {told[result.state]}{ending}"
