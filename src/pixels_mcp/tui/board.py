"""What the screens show of the worker: facts that never change. How they follow from what is heard: `board_updates`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from pixels_mcp.errors import PixelsError
    from pixels_mcp.events import JobInfo, JobSummary, QueueInfo, SpriteInfo, StageName, Update, WorkerHealth

LinkState = Literal["starting", "ready", "lost", "refused"]


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
        ends: Of parts, within the last half hour.
        step_ms: What a denoising step took, the newest last.
    """

    link: LinkState = "starting"
    error: PixelsError | None = None
    health: WorkerHealth | None = None
    jobs: Mapping[str, JobSummary] = field(default_factory=dict[str, "JobSummary"])
    queue: QueueInfo | None = None
    progress: Mapping[str, PartProgress] = field(default_factory=dict[str, "PartProgress"])
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
