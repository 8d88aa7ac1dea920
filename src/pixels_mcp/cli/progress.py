"""Follow a job on stderr: a bar where a terminal is, a line for each stage where none is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from pixels_mcp.cli.output import EXIT_INTERRUPTED, draws_well, note, notes
from pixels_mcp.events import JobInfo, PartInfo

if TYPE_CHECKING:
    from pixels_mcp.client import Client

ENDED = frozenset({"done", "failed", "cancelled"})
_SLICE_S = 0.25

_STAGE_WORDS = {
    "loading": "loading the model",
    "encoding": "reading the prompt",
    "denoising": "denoising",
    "pixelizing": "making pixels",
    "storing": "storing",
}


def follow(client: Client, job: JobInfo) -> JobInfo:
    """Wait until a job has ended, showing where it stands.

    Raises:
        typer.Exit: 130, when the person interrupts: the job goes on, and its id is said.
    """
    with _interruptible(job.job_id), _screen(job) as show:
        while job.state not in ENDED:
            show(job)
            job = client.wait(job.job_id, _SLICE_S)
        show(job)
    return job


def share_done(job: JobInfo) -> float:
    """How much of a job is done, from 0 to 1; a part that denoises counts by its steps."""
    return sum(_part_share(part) for part in job.parts) / max(1, len(job.parts))


def _part_share(part: PartInfo) -> float:
    if part.state in ENDED:
        return 1.0
    return 0.95 * part.step / part.steps if part.steps else 0.0


def describe_job(job: JobInfo) -> str:
    """Where a job stands, in a few words: `denoising step 12/28, 3 s left`."""
    if job.state == "queued":
        return f"queued behind {job.queue_position}" if job.queue_position else "queued"
    if job.state in ENDED:
        return job.state
    ended = sum(part.state in ENDED for part in job.parts)
    running = next((part for part in job.parts if part.state == "running"), None)
    words = _describe_part(running) if running else "between two parts"
    return f"{ended}/{len(job.parts)} ended, {words}" if len(job.parts) > 1 else words


def _describe_part(part: PartInfo) -> str:
    words = _STAGE_WORDS.get(part.stage or "", "running")
    if part.stage == "denoising" and part.steps:
        words += f" step {part.step}/{part.steps}"
        if part.eta_s:
            words += f", {part.eta_s:.0f} s left"
    return words


@contextmanager
def _interruptible(job_id: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        note(
            f"\n{job_id} goes on in the background; see it with `pixels-mcp status {job_id} --wait`, "
            f"stop it with `pixels-mcp cancel {job_id}`"
        )
        raise typer.Exit(EXIT_INTERRUPTED) from None


@contextmanager
def _screen(job: JobInfo) -> Iterator[Callable[[JobInfo], None]]:
    if not draws_well():
        yield _line_writer()
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=notes(), transient=True) as progress:
        bar = progress.add_task(job.job_id, total=1.0)

        def show(now: JobInfo) -> None:
            progress.update(bar, completed=share_done(now), description=f"{now.job_id}: {describe_job(now)}")

        yield show


def _line_writer() -> Callable[[JobInfo], None]:
    said: set[object] = set()

    def show(now: JobInfo) -> None:
        running = next((part for part in now.parts if part.state == "running"), None)
        ended = sum(part.state in ENDED for part in now.parts)
        milestone = (now.state, running.stage if running and len(now.parts) == 1 else ended)
        if milestone not in said:
            said.add(milestone)
            note(f"{now.job_id}: {describe_job(now)}")

    return show
