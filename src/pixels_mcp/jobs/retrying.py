"""Trying again what failed or was cancelled: as new parts, because ends are final."""

from __future__ import annotations

from pixels_mcp.errors import NothingToRetryError
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.jobs.records import Job, Part
from pixels_mcp.next_steps import NextStep

_LOST = frozenset({"failed", "cancelled"})


def parts_to_retry(store: JobStore, job: Job, job_id: str) -> tuple[list[Part], Part]:
    """Find what is to be drawn again of a job, or of one part of it.

    A part that was tried again stands for the one that it was tried for: while it waits or runs, or when it is done,
    there is nothing to draw; when it was lost as well, it is what is tried again.

    Args:
        job_id: Of the job, or of the part.

    Returns:
        The lost parts, in the order asked for, and the latest try of all.

    Raises:
        NothingToRetryError: No part failed or was cancelled.
    """
    parts = [part for part in store.parts(job) if job_id in (job.job_id, part.part_id)]
    last_tries = [store.last_try(part) for part in parts if part.state in _LOST]
    if not last_tries:
        state = parts[0].state if len(parts) == 1 else job.state
        raise NothingToRetryError(
            f"no part of {job_id} failed or was cancelled: it is {state}",
            steps=[NextStep("follow_job", job.job_id)],
        )
    return [part for part in last_tries if part.state in _LOST], max(last_tries, key=lambda part: part.number)
