"""`pixels-mcp queue`, `move` and `retry`: what is drawn next, in another order, and once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.cli import complete
from pixels_mcp.cli.command_phrases import COMMAND_PHRASES
from pixels_mcp.cli.faces import worker_client
from pixels_mcp.cli.output import choice, note, note_next, print_json, print_result
from pixels_mcp.events import QueueEntry, QueueInfo
from pixels_mcp.next_steps import NextStep, in_words
from pixels_mcp.standing import describe_job, describe_part

if TYPE_CHECKING:
    from pixels_mcp.jobs.records import Direction

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
_DIRECTIONS: tuple[Direction, ...] = ("first", "up", "down", "last")


def queue(
    limit: Annotated[int, typer.Option(help="Waiting jobs to list.", min=1, max=1000)] = 100, as_json: _Json = False
) -> None:
    """Show what is being drawn and what waits, in the order in which it is drawn."""
    with worker_client("queue") as client:
        shown = client.queue(limit=limit)
    if as_json:
        print_json(shown)
        return
    for line in describe_queue(shown):
        print_result(line)
    if shown.held_by:
        note(f"nothing is drawn: {shown.held_by}")
    if not shown.jobs:
        note(in_words("nothing waits", [NextStep("draw")], COMMAND_PHRASES))
    elif len(shown.jobs) > 1:
        note_next(in_words("", [NextStep("move_job")], COMMAND_PHRASES))


def move(
    job_id: Annotated[str, typer.Argument(help="A job that waits.", metavar="JOB", autocompletion=complete.jobs)],
    direction: Annotated[
        str,
        typer.Argument(
            help="first: before all others until it is done; last: behind them; up or down: past its neighbor.",
            metavar="first|up|down|last",
        ),
    ],
    as_json: _Json = False,
) -> None:
    """Move a waiting job in the queue; it keeps its place when the worker ends."""
    wanted = choice("move", direction, _DIRECTIONS)
    with worker_client("move") as client:
        job = client.move(job_id, wanted)
        shown = client.queue()
    if as_json:
        print_json(shown)
        return
    place = next((entry.place for entry in shown.jobs if entry.job_id == job.job_id), None)
    note(f"{job.job_id} is number {place} of those that wait" if place else f"{job.job_id}: {describe_job(job)}")


def retry(
    job_id: Annotated[
        str, typer.Argument(help="A job, or one part of a batch.", metavar="JOB", autocompletion=complete.jobs)
    ],
    as_json: _Json = False,
) -> None:
    """Draw again what failed or was cancelled of a job, as a new job, with the same seeds.

    Calling it twice draws nothing twice: the answer is the job that tries it already.
    """
    with worker_client("retry") as client:
        job = client.retry(job_id)
    if as_json:
        print_json(job)
        return
    parts = f"{len(job.parts)} parts, " if len(job.parts) > 1 else ""
    note(f"{job.job_id} tries {job_id} again: {parts}{describe_job(job)}")
    print_result(job.job_id)
    note_next(job.in_words(COMMAND_PHRASES))


def describe_queue(shown: QueueInfo) -> list[str]:
    """A line for each job, and one for those that are left out."""
    lines = [_line(entry) for entry in shown.jobs]
    return [*lines, f"and {shown.jobs_left_out} jobs more"] if shown.jobs_left_out else lines


def _line(entry: QueueEntry) -> str:
    place = f"{entry.place}." if entry.place else ""
    ended = entry.parts_done + entry.parts_failed + entry.parts_cancelled
    counts = [f"{ended}/{entry.parts}"]
    counts += [f"{entry.parts_failed} failed"] if entry.parts_failed else []
    words = describe_part(entry.running) if entry.running else "waits"
    prompt = entry.prompt if len(entry.prompt) <= 40 else f"{entry.prompt[:37]}..."
    return f"{place:>5}  {entry.job_id:<40}  {entry.share_done:>4.0%}  {', '.join(counts):<16}  {words:<34}  {prompt}"
