"""What is told of jobs: one with its parts, a line of a list, and the queue in the order in which it is served."""

from __future__ import annotations

from collections.abc import Callable

from pixels_mcp.events import JobInfo, JobSummary, PartInfo, QueueEntry, QueueInfo
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.jobs.records import Job, Part
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.next_steps import NextStep
from pixels_mcp.worker.desk.progress import Progress, Standing

_STEPS_SHARE = 0.95
"""How much of a part's work its denoising steps are; the rest is making pixels and storing them."""


class JobAnswers:
    """Tells of jobs, out of the store and what the running parts said last.

    Args:
        held_by: Why nothing is drawn although parts wait, None where there is no reason.
    """

    def __init__(self, store: JobStore, progress: Progress, held_by: Callable[[], str | None]) -> None:
        self._store, self._progress, self._held_by = store, progress, held_by

    def job(self, job: Job) -> JobInfo:
        """One job with all its parts."""
        parts = self._store.parts(job)
        first_queued = next((part for part in parts if part.state == "queued"), None)
        has_ended = job.state in ENDED
        return JobInfo(
            job_id=job.job_id,
            kind=job.kind,
            state=job.state,
            parts=tuple(map(self.part, parts)),
            created_s=job.created_s,
            queue_position=self._store.parts_before(first_queued) if first_queued and job.state == "queued" else None,
            next=None if has_ended else self._next(job),
            error=job.error,
            steps=() if has_ended else (NextStep("follow_job", job.job_id), NextStep("cancel_job", job.job_id)),
        )

    def part(self, part: Part) -> PartInfo:
        """One part; how far it is where it is being drawn."""
        running = part.state == "running"
        standing = self._progress.of(part.part_id) if running else Standing()
        return PartInfo(
            part_id=part.part_id,
            state=part.state,
            prompt=part.request.prompt,
            seed=part.seed,
            stage=standing.stage,
            step=standing.step,
            steps=standing.steps,
            eta_s=standing.eta_s,
            sprites=part.sprites,
            error=part.error,
            ask_key=part.ask_key,
        )

    def queue(self, limit: int) -> QueueInfo:
        """The jobs that are being drawn, and at most so many of those that wait."""
        running_parts: dict[int, list[Part]] = {}
        for part in self._store.running_parts():
            running_parts.setdefault(part.job_number, []).append(part)
        waiting = self._store.waiting_jobs(limit)
        places = {job.number: place for place, job in enumerate(waiting, start=1)}
        running = self._store.running_jobs()
        entries = [self._entry(job, places.get(job.number), running_parts.get(job.number, [])) for job in running]
        drawn = {job.number for job in running}
        entries += [self._entry(job, places[job.number], []) for job in waiting if job.number not in drawn]
        return QueueInfo(
            jobs=tuple(entries),
            jobs_left_out=self._store.count_waiting_jobs() - len(waiting),
            parts_queued=self._store.queued,
            parts_running=self._store.running,
            held_by=self._held_by(),
        )

    def _entry(self, job: Job, place: int | None, running: list[Part]) -> QueueEntry:
        tally = job.tally
        parts = tally.queued + tally.running + tally.done + tally.failed + tally.cancelled
        standings = [self._progress.of(part.part_id) for part in running]
        drawn = sum(_STEPS_SHARE * one.step / one.steps for one in standings if one.steps)
        return QueueEntry(
            job_id=job.job_id,
            kind=job.kind,
            prompt=job.label,
            created_s=job.created_s,
            place=place,
            parts=parts,
            parts_queued=tally.queued,
            parts_running=tally.running,
            parts_done=tally.done,
            parts_failed=tally.failed,
            parts_cancelled=tally.cancelled,
            share_done=round((tally.done + tally.failed + tally.cancelled + drawn) / parts, 4),
            running=self.part(running[0]) if running else None,
        )

    def _next(self, job: Job) -> str:
        if job.run_key is not None and job.tally.queued + job.tally.running == 0:
            return "all that its steps asked for is drawn; it goes on by itself, or when it is run again"
        held_by = self._held_by()
        return f"{held_by}; the job goes on by itself" if held_by else f"it is {job.state}"


def summary(job: Job) -> JobSummary:
    """One line of a job list."""
    tally = job.tally
    return JobSummary(
        job_id=job.job_id,
        kind=job.kind,
        state=job.state,
        prompt=job.label,
        parts=tally.queued + tally.running + tally.done + tally.failed + tally.cancelled,
        parts_done=tally.done,
        parts_failed=tally.failed,
        created_s=job.created_s,
    )
