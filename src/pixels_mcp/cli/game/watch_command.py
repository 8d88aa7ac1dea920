"""`pixels-mcp watch`: pictures that are edited by hand reach the running game."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.cli.command_phrases import COMMAND_PHRASES
from pixels_mcp.cli.output import note, note_next, print_result, tell
from pixels_mcp.cli.places import choose_game, open_library
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.next_steps import in_words

if TYPE_CHECKING:
    from pixels_mcp.watch.watcher import Told


def watch(
    project: Annotated[
        Path | None, typer.Argument(help="The game's folder; the setting `project`, or this folder.", metavar="PROJECT")
    ] = None,
    art: Annotated[
        Path | None,
        typer.Option("--art", help="A folder whose PNGs are sprites too, by their names.", metavar="FOLDER"),
    ] = None,
    snap: Annotated[
        bool, typer.Option("--snap", help="Bring edits back to the palette and size that their sprite has.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document a line.")] = False,
) -> None:
    """Watch the game's sprites, a folder of art and the library; put what changes into the game, until Ctrl-C."""
    from pixels_mcp.bevy.project import find_project
    from pixels_mcp.watch.watcher import Watcher

    game, roots = choose_game(project)
    if art is not None and not art.is_dir():
        raise InvalidArgumentError(f"--art: there is no folder {art}", hint="make it, or name another one")
    its_project = find_project(game, allowed_roots=roots)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    watcher = Watcher(
        its_project, open_library(), art=art, snap=snap, tell=_print_json_line if as_json else _print_line
    )
    watched = f"{its_project.sprites}{f' and {art}' if art else ''}"
    watcher.run(stop, when_ready=lambda: note(f"watching {watched}; Ctrl-C ends it"))


def _print_line(told: Told) -> None:
    for text in told.notes:
        note(f"{told.name}: {text}")
    if told.result is None:
        note(f"{told.file.name}: {told.problem}")
    elif told.result.state == "confirmed":
        print_result(f"{told.name}: the game shows it, {told.result.confirmed_ms} ms after it was put there")
    else:
        print_result(f"{told.name}: put into the game; {told.result.detail or told.result.state}")
    note_next(_next(told))


def _next(told: Told) -> str:
    own = in_words(told.next or "", told.steps, COMMAND_PHRASES)
    return own or (told.result.in_words(COMMAND_PHRASES) if told.result else "")


def _print_json_line(told: Told) -> None:
    document = {
        "file": str(told.file),
        "name": told.name,
        "result": tell(told.result) if told.result else None,
        "problem": told.problem,
        "next": in_words(told.next or "", told.steps, COMMAND_PHRASES) or None,
        "notes": list(told.notes),
    }
    print_result(json.dumps(document, ensure_ascii=False))
