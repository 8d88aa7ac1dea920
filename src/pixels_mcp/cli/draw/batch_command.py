"""`pixels-mcp batch`: a file of prompts; the same command again goes on where it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.cli.command_phrases import COMMAND_PHRASES
from pixels_mcp.cli.draw.batch_files import BadItem, BatchFile, WorkflowItem, read_batch
from pixels_mcp.cli.draw.draw_options import DRAW_WORDS, STYLES, Json, read_words
from pixels_mcp.cli.draw.dry_run import DryRun, foresee_here, tell_forecast
from pixels_mcp.cli.draw.generate_command import tell_sprite
from pixels_mcp.cli.faces import worker_client
from pixels_mcp.cli.output import EXIT_FAILED, EXIT_PARTIAL, note, print_json, print_result, tell
from pixels_mcp.cli.places import game_style, open_library
from pixels_mcp.cli.request_options import GivenWords, with_words
from pixels_mcp.cli.worker.follow import follow
from pixels_mcp.errors import PixelsError, UnknownJobError
from pixels_mcp.events import ErrorInfo, JobInfo, PartInfo
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import BATCH_ITEMS_MAX, BatchRequest, SpriteRequest
from pixels_mcp.standing import describe_doubt
from pixels_mcp.told_apart import JsonObject

if TYPE_CHECKING:
    from pixels_mcp.cli.draw.batch_journal import Journal
    from pixels_mcp.client import Client
    from pixels_mcp.library.entries import LibraryEntry
    from pixels_mcp.operations.workflow_ahead import StepAhead


@dataclass(frozen=True)
class WorkflowPart:
    """What a workflow of a batch file gave."""

    workflow: str
    sprites: tuple[LibraryEntry, ...]
    state: Literal["done"] = "done"


@with_words(BatchRequest, DRAW_WORDS, STYLES)
def batch(
    file: Annotated[
        Path,
        typer.Argument(
            help="A .txt (a prompt per line, # comments), .csv (header = words), .json, .yaml or .toml file.",
            metavar="FILE",
        ),
    ],
    words: GivenWords,
    again: Annotated[bool, typer.Option("--again", help="Draw finished items once more, too.")] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Draw every item of a file that is not drawn yet.

    The options are shared by all items; an item's own words win. An item that is wrong fails by its number, the others
    are drawn. Exit code 0: all are drawn; 3: some failed; 1: all failed.
    """
    from pixels_mcp.cli.draw.batch_journal import item_keys

    asked = read_batch(file, read_words(words), game_style())
    for remark in asked.remarks:
        note(remark)
    requests = asked.requests
    keys = item_keys(requests)
    if dry_run:
        _foresee(file, asked, keys, again=again, as_json=as_json)
        return
    parts = _drawn(file, requests, keys, again=again) if requests else {}
    drawn = iter(keys)
    made = [parts[next(drawn)] if isinstance(one, SpriteRequest) else _run_or_bad(one) for one in asked.items]
    _report(made, asked.game_style, as_json=as_json)


def _foresee(file: Path, asked: BatchFile, keys: Sequence[str], *, again: bool, as_json: bool) -> None:
    """Tell what drawing what is left of the file would take."""
    from pixels_mcp.cli.sets.workflow_commands import look_ahead_named

    wrong = [f"{one.label[:60]!r}: {one.error.message}" for one in asked.items if isinstance(one, BadItem)]
    steps: list[StepAhead] = []
    for item in asked.items:
        if isinstance(item, WorkflowItem):
            try:
                steps += look_ahead_named(item.workflow, item.inputs, item.seed)
            except PixelsError as error:
                wrong.append(f"{item.label[:60]!r}: {error.message}")
    standing: set[str] = set() if again else _standing_keys(file, keys)
    if standing:
        note(f"{len(standing)} of {len(keys)} items are drawn or under way already")
    left = [request for request, key in zip(asked.requests, keys, strict=True) if key not in standing]
    tell_forecast(foresee_here(left, steps), as_json=as_json, wrong=wrong)


def _standing_keys(file: Path, keys: Sequence[str]) -> set[str]:
    from pixels_mcp.cli.draw.batch_journal import Journal

    with worker_client("batch") as client:
        return set(_standing(client, Journal.open(find_paths().state / "batches", file), keys))


def _run_or_bad(item: WorkflowItem | BadItem) -> WorkflowPart | BadItem:
    from pixels_mcp.cli.sets.workflow_commands import run_named

    if isinstance(item, BadItem):
        return item
    try:
        result, _ = run_named(item.workflow, item.inputs, item.seed)
    except PixelsError as error:
        return BadItem(item.label, ErrorInfo.of(error))
    library = open_library()
    return WorkflowPart(item.workflow, tuple(library.get(entry) for entry in result.shown))


def _drawn(file: Path, requests: Sequence[SpriteRequest], keys: Sequence[str], *, again: bool) -> dict[str, PartInfo]:
    """Submit what is not drawn yet and wait for all; the part that each item became."""
    from pixels_mcp.cli.draw.batch_journal import Journal

    journal = Journal.open(find_paths().state / "batches", file)
    with worker_client("batch") as client:
        parts = {} if again else _standing(client, journal, keys)
        missing = [at for at, key in enumerate(keys) if key not in parts]
        if len(missing) < len(keys):
            note(f"{len(keys) - len(missing)} of {len(keys)} items are drawn or under way already")
        for start in range(0, len(missing), BATCH_ITEMS_MAX):
            _submit(client, journal, requests, keys, missing[start : start + BATCH_ITEMS_MAX])
        for job_id in dict.fromkeys(journal.parts[key][0] for key in keys):
            job = client.job(job_id)
            if job.state not in ENDED:
                job = follow(client, job)
            parts.update(_parts_of(job, journal, keys))
    return parts


def _standing(client: Client, journal: Journal, keys: Sequence[str]) -> dict[str, PartInfo]:
    """Items that need not be submitted: under way, or drawn and still in the library."""
    parts_by_key: dict[str, PartInfo] = {}
    for job_id in dict.fromkeys(journal.parts[key][0] for key in keys if key in journal.parts):
        try:
            parts_by_key.update(_parts_of(client.job(job_id), journal, keys))
        except UnknownJobError:
            continue  # the job store was emptied since
    return {key: part for key, part in parts_by_key.items() if _stands(part)}


def _stands(part: PartInfo) -> bool:
    if part.state == "done":
        return all(Path(sprite.path).exists() for sprite in part.sprites)
    return part.state not in ENDED


def _parts_of(job: JobInfo, journal: Journal, keys: Sequence[str]) -> dict[str, PartInfo]:
    by_id = {part.part_id: part for part in job.parts}
    mine = {key: journal.parts[key][1] for key in keys if key in journal.parts}
    return {key: by_id[part_id] for key, part_id in mine.items() if part_id in by_id}


def _submit(
    client: Client, journal: Journal, requests: Sequence[SpriteRequest], keys: Sequence[str], missing: list[int]
) -> None:
    items = [requests[at].model_dump(exclude_unset=True) for at in missing]
    chosen = [keys[at] for at in missing]
    request = parse_request(BatchRequest, {"items": items})
    job = client.submit_batch(request, idempotency_key=journal.submit_key(chosen))
    journal.note(chosen, job.job_id, [part.part_id for part in job.parts])


def _report(items: Sequence[PartInfo | WorkflowPart | BadItem], style: JsonObject | None, *, as_json: bool) -> None:
    failed = [item for item in items if isinstance(item, BadItem) or item.state != "done"]
    if as_json:
        sprites = [one for item in items if not isinstance(item, BadItem) for one in item.sprites]
        doubtful = [one.sprite_id for one in sprites if describe_doubt(one)]
        told = [{"item": number, **_as_part(item)} for number, item in enumerate(items, start=1)]
        counts = {"done": len(items) - len(failed), "failed": len(failed)}
        of_game = {"game_style": style} if style else {}
        print_json({"low_confidence": doubtful, **counts, **of_game, "items": told})
    for number, item in enumerate(items, start=1):
        if isinstance(item, BadItem):
            note(f"item {number} ({item.label[:60]!r}): failed{_why(item.error)}")
        elif isinstance(item, PartInfo) and item.state != "done":
            note(f"item {number} ({item.prompt[:60]!r}): {item.state}{_why(item.error)}")
        elif not as_json:
            for sprite in item.sprites:
                tell_sprite(sprite)
                print_result(sprite.path)
    note(f"{len(items) - len(failed)} of {len(items)} items are drawn")
    if failed:
        note("correct what is wrong and call the same command again: what is drawn is not drawn again")
        raise typer.Exit(EXIT_FAILED if len(failed) == len(items) else EXIT_PARTIAL)


def _as_part(item: PartInfo | WorkflowPart | BadItem) -> JsonObject:
    if isinstance(item, PartInfo):
        return tell(item)
    if isinstance(item, WorkflowPart):
        told = [one.model_dump(mode="json") for one in item.sprites]
        return {"workflow": item.workflow, "state": item.state, "sprites": told, "error": None}
    return {"part_id": None, "state": "failed", "prompt": item.label, "sprites": [], "error": tell(item.error)}


def _why(error: ErrorInfo | None) -> str:
    return f": {error.message}; {error.in_words(COMMAND_PHRASES)}".removesuffix("; ") if error else ""
