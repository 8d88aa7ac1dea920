"""The jobs of workflow runs: opened by the first draw, given more parts by those that follow, ended by who runs it."""

from __future__ import annotations

import time
from dataclasses import replace

from pixels_mcp.errors import UnknownJobError, WorkflowStepError
from pixels_mcp.events import ErrorInfo
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.jobs.records import Job
from pixels_mcp.requests import RedrawRequest
from pixels_mcp.wire.messages import DrawStep
from pixels_mcp.worker.desk.queueing import Queueing
from pixels_mcp.worker.planning.accept import Intake

LEFT_AFTER_S = 600.0
"""A run that asks for nothing for so long, while nothing of it is drawn, was left by who ran it."""


class WorkflowJobs:
    """Queues what steps draw; knows the open jobs, and which of them were left."""

    def __init__(self, store: JobStore, intake: Intake, queueing: Queueing) -> None:
        self._store, self._intake, self._queueing = store, intake, queueing
        now_s = time.monotonic()
        self._asked_s = {job.job_id: now_s for job in store.open_jobs()}

    def draw(self, call: DrawStep) -> tuple[Job, int]:
        """Queue what a step draws as parts of its run's job, unless it was asked for before; gives the job, and how
        many parts are new.

        Raises:
            WorkflowStepError: The run's job was cancelled.
            RequestError: It cannot be drawn as asked, or too many parts would wait; nothing was queued.
        """
        job = self._open_for(call)
        if job is not None and any(part.ask_key == call.ask_key for part in self._store.parts(job)):
            return job, 0
        request = call.request
        accepted = (
            [self._intake.accept(request)]
            if isinstance(request, RedrawRequest)
            else self._intake.accept_batch(request, call.unread)
        )
        parts = [replace(part, ask_key=call.ask_key) for part in accepted]
        return self._queueing.add_to_run(job, call.workflow, call.run_key, parts), len(parts)

    def _open_for(self, call: DrawStep) -> Job | None:
        """The job that a draw becomes part of; None where it opens one."""
        if call.job_id is not None and _was_cancelled(self._store, call.job_id):
            raise WorkflowStepError(
                f"{call.job_id} was cancelled",
                hint="run the workflow again: what stands is kept, and a new job goes on",
            )
        return self._store.open_job(call.run_key)

    def asked(self, job: Job) -> None:
        """A run asked for something."""
        self._asked_s[job.job_id] = time.monotonic()

    def ended(self, job: Job) -> None:
        """A run's job has ended."""
        self._asked_s.pop(job.job_id, None)

    def end_left(self, now_s: float) -> list[Job]:
        """End the jobs of runs that were left; gives those that ended so."""
        left: list[Job] = []
        for job_id, asked_s in list(self._asked_s.items()):
            if now_s - asked_s < LEFT_AFTER_S:
                continue
            job = self._store.job(job_id)
            if job.run_key is not None and job.tally.queued + job.tally.running:
                self._asked_s[job_id] = now_s
                continue
            self.ended(job)
            if job.run_key is not None:
                left.append(self._store.close_run(job, _left()))
        return left

    def next_look_s(self, now_s: float) -> float | None:
        """Seconds until `end_left` may find one; None where no run is open."""
        return max(0.0, min(self._asked_s.values()) + LEFT_AFTER_S - now_s) if self._asked_s else None


def _left() -> ErrorInfo:
    error = WorkflowStepError(
        f"what ran the workflow asked for nothing for {LEFT_AFTER_S:.0f} s",
        hint="run it again with the same words: what stands is kept",
    )
    return ErrorInfo.of(error)


def _was_cancelled(store: JobStore, job_id: str) -> bool:
    try:
        return store.job(job_id).state == "cancelled"
    except UnknownJobError:  # the job store was replaced
        return False
