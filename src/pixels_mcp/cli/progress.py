"""Follow a job on stderr: a bar where a terminal is, a line for each stage where none is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from pixels_mcp.cli.output import EXIT_INTERRUPTED, draws_well, note, notes
from pixels_mcp.events import JobInfo
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.standing import describe_job, share_done

if TYPE_CHECKING:
    from pixels_mcp.client import Client

_SLICE_S, _BATCH_SLICE_S = 0.25, 1.0  # a large batch's answer is long


def follow(client: Client, job: JobInfo) -> JobInfo:
    """Wait until a job has ended, showing where it stands.

    Raises:
        typer.Exit: 130, when the person interrupts: the job goes on, and its id is said.
    """
    with _interruptible(job.job_id), _screen(job) as show:
        while job.state not in ENDED:
            show(job)
            job = client.wait(job.job_id, _SLICE_S if len(job.parts) == 1 else _BATCH_SLICE_S)
        show(job)
    return job


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
