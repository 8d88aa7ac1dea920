"""Telling clients that a job changed: jobs that they asked for are looked at until they have ended."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import anyio

from pixels_mcp.errors import PixelsError
from pixels_mcp.events import JobInfo
from pixels_mcp.jobs.states import ENDED

if TYPE_CHECKING:
    from pixels_mcp.mcp_server.tool_desk import ToolDesk

log = logging.getLogger(__name__)

WATCHED_MAX = 32
"""The oldest is let go for one more; who wants to know still asks."""
LOOK_S = 1.0


def job_uri(job_id: str) -> str:
    """The address of a job as a resource."""
    return f"job://{job_id}"


class JobWatch:
    """Jobs that have not ended, and how each stood when it was last looked at."""

    def __init__(self) -> None:
        self._seen: dict[str, JobInfo] = {}

    def add(self, job: JobInfo) -> None:
        """Look at a job from now on, until it has ended."""
        if job.state in ENDED:
            return
        while len(self._seen) >= WATCHED_MAX and job.job_id not in self._seen:
            self._seen.pop(next(iter(self._seen)))
        self._seen.setdefault(job.job_id, job)

    def job_ids(self) -> list[str]:
        """Those that are looked at."""
        return list(self._seen)

    def has_changed(self, job: JobInfo) -> bool:
        """Remember how a job stands now; whether that is another state than before."""
        before = self._seen.get(job.job_id)
        if job.state in ENDED:
            self._seen.pop(job.job_id, None)
        elif before is not None:
            self._seen[job.job_id] = job
        return before is not None and _standing(before) != _standing(job)

    def drop(self, job_id: str) -> None:
        """Look at a job no more."""
        self._seen.pop(job_id, None)


async def tell_of_jobs(desk: ToolDesk) -> None:
    """Look at the watched jobs again and again, and tell who subscribed; until cancelled."""
    while True:
        await anyio.sleep(LOOK_S)
        for job_id in desk.jobs.job_ids():
            try:
                job = await desk.ask(lambda client, job_id=job_id: client.job(job_id))
            except PixelsError as error:
                log.info("job %s is watched no more: %s", job_id, error)
                desk.jobs.drop(job_id)
                continue
            if desk.jobs.has_changed(job):
                await desk.updates.publish(job_uri(job_id))


def _standing(job: JobInfo) -> tuple[object, ...]:
    return (job.state, *((part.state, len(part.sprites)) for part in job.parts))
