"""`pixels-mcp status` and `pixels-mcp cancel`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pixels_mcp.cli import complete
from pixels_mcp.cli.command_phrases import COMMAND_PHRASES
from pixels_mcp.cli.faces import worker_client
from pixels_mcp.cli.output import EXIT_FAILED, EXIT_PARTIAL, note, note_next, print_json, print_result
from pixels_mcp.cli.worker.follow import follow
from pixels_mcp.events import ErrorInfo, JobInfo, JobSummary, WorkerHealth
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.next_steps import NextStep, in_words
from pixels_mcp.standing import describe_job, describe_lane, lanes_worth_telling

if TYPE_CHECKING:
    from pixels_mcp.client import Client

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def status(
    job_id: Annotated[
        str | None,
        typer.Argument(help="A job; all of them when left out.", metavar="JOB", autocompletion=complete.jobs),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the job has ended.")] = False,
    limit: Annotated[int, typer.Option(help="Jobs to list.", min=1, max=1000)] = 20,
    running: Annotated[bool, typer.Option("--running", help="Start no worker: exit code 1 where none runs.")] = False,
    as_json: _Json = False,
) -> None:
    """Show the worker and its queue, or one job with its sprites.

    With a job the exit code is 1 where it failed and 3 where a part of it did.
    """
    with worker_client("status", start_worker=not running) as client:
        if job_id is None:
            _show_queue(client, limit=limit, as_json=as_json)
            return
        job = client.job(job_id)
        if wait and job.state not in ENDED:
            job = follow(client, job)
    print_json(job) if as_json else _show_job(job)
    if job.state == "failed":
        raise typer.Exit(EXIT_FAILED)
    if any(part.state == "failed" for part in job.parts):
        raise typer.Exit(EXIT_PARTIAL)


def cancel(
    job_id: Annotated[
        str, typer.Argument(help="A job, or one part of a batch.", metavar="JOB", autocompletion=complete.jobs)
    ],
    as_json: _Json = False,
) -> None:
    """Stop a job, or one part of a batch; sprites that are finished stay."""
    with worker_client("cancel") as client:
        job = client.cancel(job_id)
    if as_json:
        print_json(job)
    else:
        note(f"{job_id}: {describe_job(job)}")


def _show_queue(client: Client, *, limit: int, as_json: bool) -> None:
    health, jobs = client.health(), client.jobs(limit=limit)
    if as_json:
        print_json({"worker": health, "jobs": jobs})
        return
    for line in describe_worker(health):
        note(line)
    for job in jobs:
        print_result(_line(job))
    if not jobs:
        note(in_words("no jobs yet", [NextStep("draw")], COMMAND_PHRASES))


def describe_worker(health: WorkerHealth) -> list[str]:
    """The worker in a few lines for a person."""
    loaded = ", ".join(health.loaded_models) or "none"
    place = f" on {health.machine}" if health.machine else ""
    return [
        f"worker {health.version} (process {health.pid}){place} on {health.device_name} "
        f"({health.device}, {health.dtype}), "
        f"{health.memory_free_gib:.1f} of {health.memory_total_gib:.1f} GiB free, models loaded: {loaded}",
        *(f"  {describe_lane(lane)}" for lane in lanes_worth_telling(health)),
        f"{health.parts_running} running, {health.parts_queued} queued of at most {health.queue_limit}",
    ]


def _line(job: JobSummary) -> str:
    done = f"{job.parts_done}/{job.parts}" + (f", {job.parts_failed} failed" if job.parts_failed else "")
    prompt = job.prompt if len(job.prompt) <= 60 else f"{job.prompt[:57]}..."
    return f"{job.job_id:<40}  {job.state:<9}  {done:<14}  {prompt}"


def _show_job(job: JobInfo) -> None:
    note(f"{job.job_id}: {describe_job(job)}")
    for part in job.parts:
        if len(job.parts) > 1:
            note(f"  {part.part_id}: {part.state}  {part.prompt[:60]}")
        for sprite in part.sprites:
            print_result(sprite.path)
        _note_error(part.error)
    _note_error(job.error)
    note_next(job.in_words(COMMAND_PHRASES))
    if job.state in ENDED and any(part.state in ("failed", "cancelled") for part in job.parts):
        note_next(in_words("", [NextStep("retry_job", job.job_id)], COMMAND_PHRASES))


def _note_error(error: ErrorInfo | None) -> None:
    if error is not None:
        note(f"  error: {error.message}")
        if hint := error.in_words(COMMAND_PHRASES):
            note(f"  next:  {hint}")
