"""What a follower has seen of a job, and what it missed: updates are hints, so a status call fills the gaps."""

from __future__ import annotations

from dataclasses import dataclass, field

from pixels_mcp.events import (
    Accepted,
    ErrorInfo,
    Failed,
    Finished,
    JobInfo,
    PartInfo,
    Stage,
    StageName,
    Started,
    Step,
    Update,
)
from pixels_mcp.jobs.states import ENDED


@dataclass
class _SeenPart:
    started: bool = False
    stage: StageName | None = None
    step: int = 0
    ended: bool = False


@dataclass
class Seen:
    """What one follower was told of one job, so that nothing is told twice and no end is missed."""

    parts: dict[str, _SeenPart] = field(default_factory=dict[str, _SeenPart])
    accepted_parts: int = 0
    parts_in_all: int | None = None
    is_open: bool = False

    @property
    def parts_ended(self) -> int:
        """How many parts' ends were told."""
        return sum(part.ended for part in self.parts.values())

    @property
    def has_begun(self) -> bool:
        """Whether more was told than that it was accepted."""
        return any(part.started or part.stage or part.step or part.ended for part in self.parts.values())

    def is_new(self, update: Update) -> bool:
        """Note an update; False when it tells nothing new."""
        part = self.parts.setdefault(update.part_id, _SeenPart())
        if part.ended:
            return False
        if isinstance(update, Accepted):
            new = update.parts > self.accepted_parts
            self.accepted_parts = max(self.accepted_parts, update.parts)
            self.is_open = update.is_open
            return new
        if isinstance(update, Started):
            new, part.started = not part.started, True
            return new
        if isinstance(update, Stage):
            # A part that is drawn in several batches goes through its stages again.
            new = part.stage != update.stage
            part.stage, part.step = update.stage, part.step if not new or update.stage != "denoising" else 0
            return new
        if isinstance(update, Step):
            new = update.step > part.step
            part.step = max(part.step, update.step)
            return new
        if isinstance(update, Finished | Failed):
            part.ended = True
        return True

    def missed(self, job: JobInfo) -> list[Update]:
        """Tell what a job's status says and no update said."""
        is_open = job.kind == "workflow" and job.state not in ENDED
        first = job.parts[min(self.accepted_parts, len(job.parts) - 1)].part_id
        updates: list[Update] = [Accepted(job_id=job.job_id, part_id=first, parts=len(job.parts), is_open=is_open)]
        self.is_open = is_open
        for part in job.parts:
            if part.state == "queued":
                self.parts.pop(part.part_id, None)  # never begun, or put back by a worker that ended
            else:
                updates += _updates_of(job.job_id, part)
        return [update for update in updates if self.is_new(update)]

    def has_ended(self, job: JobInfo) -> bool:
        """True when every part's end was told, and no more parts come."""
        return not self.is_open and all(
            part.part_id in self.parts and self.parts[part.part_id].ended for part in job.parts
        )


def _updates_of(job_id: str, part: PartInfo) -> list[Update]:
    updates: list[Update] = []
    if part.state == "running" or part.state == "done":
        updates.append(Started(job_id=job_id, part_id=part.part_id))
    if part.state not in ENDED:
        if part.stage is not None:
            updates.append(Stage(job_id=job_id, part_id=part.part_id, stage=part.stage))
        if part.step:
            updates.append(
                Step(job_id=job_id, part_id=part.part_id, step=part.step, steps=part.steps, eta_s=part.eta_s)
            )
    elif part.state == "failed":
        error = part.error or ErrorInfo(code="PixelsError", message="it failed")
        updates.append(Failed(job_id=job_id, part_id=part.part_id, error=error))
    else:
        state = "done" if part.state == "done" else "cancelled"
        updates.append(Finished(job_id=job_id, part_id=part.part_id, state=state, sprites=part.sprites))
    return updates
