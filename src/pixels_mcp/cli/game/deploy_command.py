"""`pixels-mcp deploy`: put sprites into a Bevy game, and take that back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pixels_mcp.cli.output import completing, describe, note, print_json, print_result
from pixels_mcp.cli.places import choose_game, open_library, sprite_ids
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.requests import DeployRequest, parse_request

if TYPE_CHECKING:
    from pixels_mcp.bevy.results import DeployResult


def deploy(
    sprites: Annotated[
        list[str] | None,
        typer.Argument(
            help="Sprite ids: each for itself, or with --animation the frames of one sheet.",
            metavar="ID...",
            autocompletion=completing(sprite_ids),
        ),
    ] = None,
    project: Annotated[
        Path | None, typer.Option("--project", "-p", help="The game's folder; the setting `project`, or this folder.")
    ] = None,
    name: Annotated[str | None, typer.Option(help=describe(DeployRequest, "name"))] = None,
    on_conflict: Annotated[str, typer.Option(help="error, replace or rename.", metavar="WHAT")] = "error",
    dry_run: Annotated[bool, typer.Option("--dry-run", help=describe(DeployRequest, "dry_run"))] = False,
    confirm: Annotated[bool, typer.Option("--confirm/--no-confirm", help="Wait for the game's answer.")] = True,
    animation: Annotated[str | None, typer.Option(help="Make one sheet with an animation of this name.")] = None,
    frame_ms: Annotated[int, typer.Option(help="How long each frame is shown.", min=1, max=60_000)] = 200,
    play: Annotated[str, typer.Option(help="Loop, Once or PingPong.", metavar="HOW")] = "Loop",
    pivot: Annotated[
        tuple[float, float] | None, typer.Option(help="Point at the entity's place, 0 to 1, y down.", metavar="X Y")
    ] = None,
    tile: Annotated[
        tuple[int, int] | None,
        typer.Option(help="The sprite is a sheet itself, of frames of this size.", metavar="W H"),
    ] = None,
    bob: Annotated[bool, typer.Option("--bob", help="Two frames out of one sprite: it bobs.")] = False,
    undo: Annotated[
        str | None, typer.Option("--undo", help="Bring back what stood under this name before.", metavar="NAME")
    ] = None,
    redo: Annotated[
        str | None, typer.Option("--redo", help="Bring back what --undo took away under this name.", metavar="NAME")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="With --undo or --redo: also over files changed by hand; they are kept.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Put sprites into the game's assets folder and wait until the running game shows them.

    The exit code is 0 when the files stand, whether or not a game answered; the last line says which.
    """
    taken_back = [word for word, value in (("undo", undo), ("redo", redo)) if value is not None]
    if taken_back and (sprites or animation or bob or tile or dry_run or name or len(taken_back) > 1):
        raise InvalidArgumentError(
            f"--{taken_back[0]} takes a name and nothing else", hint=f"pixels-mcp deploy --{taken_back[0]} hero"
        )
    if force and not taken_back:
        raise InvalidArgumentError(
            "--force belongs to --undo or --redo", hint="`--on-conflict replace` writes over what stands there"
        )
    if not taken_back and not sprites:
        raise InvalidArgumentError("no sprite was named", hint="`pixels-mcp library list` shows those that there are")
    game, roots = choose_game(project)
    if undo is not None or redo is not None:
        _report([_exchange(game, roots, undo=undo, redo=redo, force=force, confirm=confirm)], as_json=as_json)
        return
    shared = {"project": str(game), "on_conflict": on_conflict, "dry_run": dry_run}
    if animation is not None or bob or tile is not None:
        words = {**shared, "sprite_ids": sprites, "name": name, "frame_ms": frame_ms, "play": play, "bob": bob}
        if pivot is not None:
            words["pivot"] = pivot
        if animation is not None:
            words["animation"] = animation
        if tile is not None:
            words["tile"] = tile
        results = [_deploy_sheet(words, roots, confirm=confirm)]
    else:
        results = _deploy_each(sprites or [], name, shared, roots, confirm=confirm, pivot=pivot)
    _report(results, as_json=as_json)


def _exchange(
    game: Path, roots: list[Path], *, undo: str | None, redo: str | None, force: bool, confirm: bool
) -> DeployResult:
    from pixels_mcp.bevy import undo as history

    if undo is not None:
        result = history.undo(game, undo, roots, force=force, confirm=confirm)
        note(f"`pixels-mcp deploy --redo {undo}` brings back what stood there until now")
        return result
    return history.redo(game, str(redo), roots, force=force, confirm=confirm)


def _deploy_sheet(words: dict[str, Any], roots: list[Path], *, confirm: bool) -> DeployResult:
    from pixels_mcp.bevy.deploy import deploy_sheet
    from pixels_mcp.bevy.sheets import SheetRequest

    return deploy_sheet(open_library(), parse_request(SheetRequest, words), roots, confirm=confirm)


def _deploy_each(
    ids: list[str],
    name: str | None,
    shared: dict[str, Any],
    roots: list[Path],
    *,
    confirm: bool,
    pivot: tuple[float, float] | None,
) -> list[DeployResult]:
    from pixels_mcp.bevy.deploy import deploy as put

    if pivot is not None:
        raise InvalidArgumentError("--pivot belongs to a sheet", hint="add --animation NAME")
    if name is not None and len(ids) > 1:
        raise InvalidArgumentError(
            f"one name for {len(ids)} sprites", hint="deploy them one by one, or as one sheet with --animation NAME"
        )
    library = open_library()
    requests = [parse_request(DeployRequest, {**shared, "sprite_id": one, "name": name}) for one in ids]
    return [put(library, request, roots, confirm=confirm) for request in requests]


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
        if result.next:
            note(f"next:  {result.next}")


def _describe(result: DeployResult) -> str:
    told = {
        "written": "written; nobody was asked whether it is shown",
        "unchanged": "stands there already",
        "dry_run": "would be written; nothing was",
        "confirmed": f"the game shows it, {result.confirmed_ms} ms after the write",
        "unconfirmed": f"written, but not confirmed: {result.detail}",
    }
    removed = [file.path for file in result.files if file.action == "removed"]
    ending = f"; removed {', '.join(removed)}" if removed else ""
    return f"{result.name}: {told[result.state]}{ending}"
