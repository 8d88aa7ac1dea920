"""What the screens show of the worker: facts that never change, made anew from what was heard. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from pixels_mcp.errors import PixelsError
from pixels_mcp.events import (
    Failed,
    Finished,
    JobInfo,
    JobSummary,
    Preview,
    QueueInfo,
    SpriteInfo,
    Stage,
    StageName,
    Started,
    Step,
    Update,
    WorkerHealth,
)
from pixels_mcp.jobs.states import ENDED

LinkState = Literal["starting", "ready", "lost", "refused"]

KEPT_S = 1_800.0
"""How far back the Monitor looks."""

KEPT_SPRITES = 200
KEPT_STEP_TIMES = 600


@dataclass(frozen=True)
class Heard:
    """An update and when it came, in seconds of the monotonic clock."""

    update: Update
    at_s: float


@dataclass(frozen=True)
class LinkTold:
    """How the way to the worker is."""

    state: LinkState
    error: PixelsError | None = None


@dataclass(frozen=True)
class HealthTold:
    """The worker's health."""

    health: WorkerHealth


@dataclass(frozen=True)
class JobsTold:
    """The latest jobs, the newest first."""

    jobs: tuple[JobSummary, ...]


@dataclass(frozen=True)
class QueueTold:
    """The jobs that are not ended, as they are served."""

    queue: QueueInfo


@dataclass(frozen=True)
class JobTold:
    """One job, whole."""

    job: JobInfo


BoardFact: TypeAlias = Heard | LinkTold | HealthTold | JobsTold | QueueTold | JobTold


@dataclass(frozen=True)
class PartProgress:
    """Where a part that is being drawn stands."""

    job_id: str
    stage: StageName | None = None
    step: int = 0
    steps: int = 0
    eta_s: float | None = None
    stepped_at_s: float | None = None


@dataclass(frozen=True)
class PartEnd:
    """That a part ended, and when."""

    part_id: str
    at_s: float
    failed: bool
    sprites: int


@dataclass(frozen=True)
class Board:
    """Everything that was heard.

    Attributes:
        link: How the way to the worker is.
        error: Why it is not ready.
        health: The worker's, None before it answered.
        jobs: The latest jobs by id.
        queue: What is drawn and what waits; None before it was told.
        progress: By part, of those that run.
        previews: What a job's first variant looks like now, as a PNG, by job.
        sprites: Finished since the app began, the newest first.
        ends: Of parts, within `KEPT_S`.
        step_ms: What a denoising step took, the newest last.
    """

    link: LinkState = "starting"
    error: PixelsError | None = None
    health: WorkerHealth | None = None
    jobs: Mapping[str, JobSummary] = field(default_factory=dict[str, JobSummary])
    queue: QueueInfo | None = None
    progress: Mapping[str, PartProgress] = field(default_factory=dict[str, PartProgress])
    previews: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    sprites: tuple[SpriteInfo, ...] = ()
    ends: tuple[PartEnd, ...] = ()
    step_ms: tuple[float, ...] = ()

    @property
    def waiting(self) -> int:
        """Parts that wait, as the worker told last."""
        return self.health.parts_queued if self.health else 0

    def running_part(self, job_id: str) -> PartProgress | None:
        """Where the part stands that is being drawn of a job."""
        return next((part for part in self.progress.values() if part.job_id == job_id), None)


def with_facts(board: Board, facts: Iterable[BoardFact]) -> Board:
    """The board after some facts."""
    for fact in facts:
        if isinstance(fact, Heard):
            board = _with_update(board, fact.update, fact.at_s)
        elif isinstance(fact, LinkTold):
            board = replace(board, link=fact.state, error=fact.error)
        elif isinstance(fact, HealthTold):
            board = replace(board, health=fact.health)
        elif isinstance(fact, JobsTold):
            board = _with_jobs(board, {job.job_id: job for job in fact.jobs})
        elif isinstance(fact, QueueTold):
            board = replace(board, queue=fact.queue)
        else:
            summary = summary_of(fact.job)
            board = _with_jobs(board, {**board.jobs, summary.job_id: summary})
    return board


def summary_of(job: JobInfo) -> JobSummary:
    """A job in one line."""
    return JobSummary(
        job_id=job.job_id,
        kind=job.kind,
        state=job.state,
        prompt=job.parts[0].prompt if job.parts else "",
        parts=len(job.parts),
        parts_done=sum(part.state == "done" for part in job.parts),
        parts_failed=sum(part.state == "failed" for part in job.parts),
        created_s=job.created_s,
    )


def sprites_a_minute(board: Board, now_s: float, window_s: float) -> float:
    """Sprites finished in the last seconds, for a minute."""
    count = sum(end.sprites for end in board.ends if now_s - end.at_s <= window_s)
    return 60.0 * count / window_s


def ends_by_time(board: Board, now_s: float, window_s: float, buckets: int) -> list[float]:
    """How many sprites were finished in each of so many equal spans of the last seconds, the oldest first."""
    counts = [0.0] * buckets
    for end in board.ends:
        ago_s = now_s - end.at_s
        if 0 <= ago_s < window_s:
            counts[buckets - 1 - int(ago_s / window_s * buckets)] += end.sprites
    return counts


def _with_jobs(board: Board, jobs: Mapping[str, JobSummary]) -> Board:
    ended = {job.job_id for job in jobs.values() if job.state in ENDED}
    return replace(
        board,
        jobs=jobs,
        progress={part: where for part, where in board.progress.items() if where.job_id not in ended},
        previews={job_id: png for job_id, png in board.previews.items() if job_id not in ended},
    )


def _with_update(board: Board, update: Update, at_s: float) -> Board:
    if isinstance(update, Preview):
        if update.variant > 1:
            return board
        return replace(board, previews={**board.previews, update.job_id: update.png})
    if isinstance(update, Finished | Failed):
        return _with_end(board, update, at_s)
    before = board.progress.get(update.part_id, PartProgress(update.job_id))
    if isinstance(update, Step):
        return _with_step(board, update, before, at_s)
    if isinstance(update, Stage):
        now = replace(before, stage=update.stage, stepped_at_s=at_s if update.stage == "denoising" else None)
    elif isinstance(update, Started):
        now = before
    else:
        return board
    return replace(board, progress={**board.progress, update.part_id: now})


def _with_step(board: Board, update: Step, before: PartProgress, at_s: float) -> Board:
    times = board.step_ms
    steps_since = update.step - before.step
    if before.stepped_at_s is not None and steps_since > 0:
        # Only the newest step is heard while the app is busy, so the time is that of all since.
        times = (*times, 1000 * (at_s - before.stepped_at_s) / steps_since)[-KEPT_STEP_TIMES:]
    now = replace(
        before, stage="denoising", step=update.step, steps=update.steps, eta_s=update.eta_s, stepped_at_s=at_s
    )
    return replace(board, progress={**board.progress, update.part_id: now}, step_ms=times)


def _with_end(board: Board, update: Finished | Failed, at_s: float) -> Board:
    failed = isinstance(update, Failed)
    sprites = () if isinstance(update, Failed) else update.sprites
    end = PartEnd(update.part_id, at_s, failed, len(sprites))
    return replace(
        board,
        progress={part: where for part, where in board.progress.items() if part != update.part_id},
        sprites=(*reversed(sprites), *board.sprites)[:KEPT_SPRITES],
        ends=(*(one for one in board.ends if at_s - one.at_s <= KEPT_S), end),
    )
