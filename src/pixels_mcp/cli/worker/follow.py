"""Follow a job on stderr: a bar where a terminal is, a line for each stage where none is."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from pixels_mcp.cli.output import EXIT_INTERRUPTED, draws_well, note, notes
from pixels_mcp.events import JobInfo
from pixels_mcp.jobs.states import ENDED, parts_ended
from pixels_mcp.standing import describe_job, share_done

if TYPE_CHECKING:
    from pixels_mcp.client import Client

_ASK_WHY_TURNS = 8
_SLICE_S, _BATCH_SLICE_S = 0.25, 1.0  # a large batch's answer is long


def follow(client: Client, job: JobInfo, *, parts_only: bool = False) -> JobInfo:
    """Wait until a job has ended, showing where it stands.

    Args:
        parts_only: Of a workflow's run wait no longer than for the parts that it has so far.

    Raises:
        typer.Exit: 130, when the person interrupts: the job goes on, and its id is said.
    """
    slice_s = _SLICE_S if len(job.parts) == 1 else _BATCH_SLICE_S
    with _interruptible(job), _screen(job) as show:
        turns, waits_for = 0, None
        while job.state not in ENDED and not (parts_only and parts_ended(job)):
            turns += 1
            if job.state == "queued" and turns % _ASK_WHY_TURNS == 0:
                waits_for = client.health().busy_with
            show(job, f"queued: {waits_for}" if job.state == "queued" and waits_for else describe_job(job))
            job = client.wait(job.job_id, slice_s, parts_only=parts_only)
        show(job, describe_job(job))
    return job


@contextmanager
def _interruptible(job: JobInfo) -> Generator[None]:
    try:
        yield
    except KeyboardInterrupt:
        is_workflow = job.kind == "workflow"
        goes_on = "what its step asked for is drawn" if is_workflow else "goes on"
        then = (
            "run the workflow again and it goes on"
            if is_workflow
            else f"see it with `pixels-mcp status {job.job_id} --wait`"
        )
        note(f"\n{job.job_id}: {goes_on} in the background; {then}, stop it with `pixels-mcp cancel {job.job_id}`")
        raise typer.Exit(EXIT_INTERRUPTED) from None


@contextmanager
def _screen(job: JobInfo) -> Generator[Callable[[JobInfo, str], None]]:
    if not draws_well():
        yield _line_writer()
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=notes(), transient=True) as progress:
        bar = progress.add_task(job.job_id, total=1.0)

        def show(now: JobInfo, words: str) -> None:
            progress.update(bar, completed=share_done(now), description=f"{now.job_id}: {words}")

        yield show


def _line_writer() -> Callable[[JobInfo, str], None]:
    said: set[object] = set()

    def show(now: JobInfo, words: str) -> None:
        running = next((part for part in now.parts if part.state == "running"), None)
        ended = sum(part.state in ENDED for part in now.parts)
        milestone = running.stage if running and len(now.parts) == 1 else ended
        why = words.split(":")[1] if now.state == "queued" and ":" in words else ""
        if (now.state, milestone, why) not in said:
            said.add((now.state, milestone, why))
            note(f"{now.job_id}: {words}")

    return show
