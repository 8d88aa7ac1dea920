"""What tools answer: short, with everything that an assistant needs for its next step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from pixels_mcp.events import ErrorInfo, JobInfo, JobSummary, PartInfo, SpriteInfo, State, WorkerHealth
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.mcp_server.tool_phrases import TOOL_PHRASES
from pixels_mcp.next_steps import NextStep, in_words
from pixels_mcp.set_words import ONE_PICTURE
from pixels_mcp.standing import (
    advise_on_doubt,
    describe_doubt,
    describe_doubts,
    describe_lane,
    describe_part,
    lanes_worth_telling,
)

PARTS_TOLD_MAX = 40
"""Parts of a batch that one answer lists; failed ones first, then the newest."""

FULL_PARTS_MAX = 4
"""Up to so many parts an answer lists every fact of every sprite."""

_BRIEF_FACTS = ("confidence", "unmatched_words", "nearest_words", "colors", "on_grid", "alpha_levels", "padded")


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SpriteReply(_Reply):
    """One finished sprite."""

    sprite_id: str
    path: str = Field(description="The PNG's absolute path")
    sha256: str
    seed: int
    width_px: int
    height_px: int
    facts: dict[str, Any] = Field(description="Measured: colors, on_grid, alpha_levels, bounding_box, ...")
    redrawn_from: str | None = Field(default=None, description="What it started from, where it did")
    notes: list[str] | None = None

    @classmethod
    def of(cls, sprite: SpriteInfo, *, brief: bool = False) -> SpriteReply:
        """Tell of one sprite; `brief` leaves most facts out."""
        facts = sprite.facts
        return cls(
            sprite_id=sprite.sprite_id,
            path=sprite.path,
            sha256=sprite.sha256,
            seed=sprite.seed,
            width_px=sprite.width_px,
            height_px=sprite.height_px,
            facts={key: facts[key] for key in _BRIEF_FACTS if key in facts} if brief else facts,
            redrawn_from=f"{sprite.reference.kind} {sprite.reference.name}" if sprite.reference else None,
            notes=list(sprite.notes) or None,
        )


class PartReply(_Reply):
    """One item of a batch."""

    warning: str | None = Field(default=None, description="Said where a sprite is unlikely to be what was asked")
    part_id: str
    state: State
    prompt: str
    progress: str | None = None
    sprites: list[SpriteReply] = []
    error: ErrorInfo | None = None


class JobReply(_Reply):
    """One job. While it has not ended, `next` says what to do."""

    confidence: str | None = Field(default=None, description="low: probably not what was asked; see warning")
    warning: str | None = Field(default=None, description="What was not understood, and what can be drawn instead")
    job_id: str
    state: State
    seed: int | None = None
    progress: str | None = None
    queue_position: int | None = None
    sprites: list[SpriteReply] = []
    parts_by_state: dict[str, int] | None = Field(default=None, description="Of a batch: how many parts are where")
    parts_shown: str | None = Field(default=None, description="Of a batch: which of how many parts follow")
    parts: list[PartReply] | None = Field(default=None, description="Of a batch: its parts, failed ones first")
    error: ErrorInfo | None = None
    next: str | None = None

    @classmethod
    def of(cls, job: JobInfo, *, seen: bool = False, offset: int = 0) -> JobReply:
        """Tell of a job.

        Args:
            job: The job.
            offset: Of a batch: pass over so many parts.
            seen: Whether a picture of its sprites goes with the answer.
        """
        doubt = _doubt(job)
        confidence = None if doubt is None else "low"
        if job.kind != "generate":
            return cls(
                confidence=confidence,
                warning=doubt,
                job_id=job.job_id,
                state=job.state,
                queue_position=job.queue_position,
                parts_by_state=_count(job),
                parts_shown=_shown(job, offset),
                parts=_tell_parts(job, offset),
                error=job.error,
                next="; ".join(filter(None, (_next_step(job, seen=seen), _next_page(job, offset)))) or None,
            )
        part = job.parts[0]
        return cls(
            confidence=confidence,
            warning=doubt,
            job_id=job.job_id,
            state=job.state,
            seed=part.seed,
            progress=describe_part(part) if part.state == "running" else None,
            queue_position=job.queue_position,
            sprites=[SpriteReply.of(sprite, brief=len(part.sprites) > FULL_PARTS_MAX) for sprite in part.sprites],
            error=part.error,
            next=_next_step(job, seen=seen),
        )


class CancelReply(_Reply):
    """What is left of a job that was cancelled."""

    job_id: str
    state: State
    sprite_ids: list[str] = Field(description="Finished before; they stay")
    next: str | None = None

    @classmethod
    def of(cls, job: JobInfo) -> CancelReply:
        """Tell of a job; one that is still running ends within a step."""
        ids = [sprite.sprite_id for sprite in sprites_of(job)]
        step = None if job.state in ENDED else in_words("", [NextStep("follow_job", job.job_id)], TOOL_PHRASES)
        return cls(job_id=job.job_id, state=job.state, sprite_ids=ids, next=step)


class WorkerReply(_Reply):
    """The worker and its device; memory in GiB."""

    version: str
    device: str
    device_name: str
    dtype: str
    memory_free_gib: float
    memory_total_gib: float
    loaded_models: list[str]
    uptime_s: float
    parts_running: int
    parts_queued: int
    queue_limit: int
    busy_with: str | None = None
    lanes: list[str] = Field(description="Where there are several: what each draws, on which device")

    @classmethod
    def of(cls, health: WorkerHealth) -> WorkerReply:
        """Tell what an assistant can use of a worker's health."""
        known = health.model_dump(include=set(cls.model_fields) - {"lanes"})
        return cls.model_validate({**known, "lanes": [describe_lane(lane) for lane in lanes_worth_telling(health)]})


class StatusReply(_Reply):
    """One job, or the queue and the worker."""

    job: JobReply | None = None
    worker: WorkerReply | None = None
    jobs: list[JobSummary] | None = Field(default=None, description="The newest 20")
    next: str | None = None


def sprites_of(job: JobInfo) -> list[SpriteInfo]:
    """Every finished sprite of a job, in the order of its parts."""
    return [sprite for part in job.parts for sprite in part.sprites]


def _count(job: JobInfo) -> dict[str, int]:
    states = [part.state for part in job.parts]
    return {state: states.count(state) for state in ("queued", "running", "done", "failed", "cancelled")}


def _shown(job: JobInfo, offset: int) -> str:
    end = min(offset + PARTS_TOLD_MAX, len(job.parts))
    return f"{offset + 1} to {end} of {len(job.parts)}" if offset < end else f"0 of {len(job.parts)}"


def _next_page(job: JobInfo, offset: int) -> str | None:
    """How the parts that an answer has no room for are seen; None where all are told."""
    left = len(job.parts) - offset - PARTS_TOLD_MAX
    if left <= 0:
        return None
    next_offset = offset + PARTS_TOLD_MAX
    return f'{left} parts more: get_status with job_id "{job.job_id}" and offset {next_offset} tells of them'


def _tell_parts(job: JobInfo, offset: int) -> list[PartReply]:
    rank = {"failed": 0, "running": 1, "done": 2, "cancelled": 3, "queued": 4}
    ordered = sorted(job.parts, key=lambda part: rank[part.state])[offset : offset + PARTS_TOLD_MAX]
    told = {part.part_id for part in ordered}
    brief = len(job.parts) > FULL_PARTS_MAX
    return [_tell_part(part, brief=brief) for part in job.parts if part.part_id in told]


def _tell_part(part: PartInfo, *, brief: bool) -> PartReply:
    return PartReply(
        warning=next((doubt for sprite in part.sprites if (doubt := describe_doubt(sprite))), None),
        part_id=part.part_id,
        state=part.state,
        prompt=part.prompt[:120] if brief else part.prompt,
        progress=describe_part(part) if part.state == "running" else None,
        sprites=[SpriteReply.of(sprite, brief=brief) for sprite in part.sprites],
        error=part.error,
    )


def _next_step(job: JobInfo, *, seen: bool) -> str | None:
    if job.state not in ENDED:
        ask = job.in_words(TOOL_PHRASES) or in_words("", [NextStep("follow_job", job.job_id)], TOOL_PHRASES)
        if job.kind == "workflow":
            return f"{ask}. run_workflow with the same words goes on with it"
        return f"{ask}. It goes on whether you wait or not: do not ask for the same sprites again"
    sprites = sprites_of(job)
    if job.state == "failed":
        return "correct what the error names and ask again"
    if not sprites:
        return None
    sure = [sprite for sprite in sprites if describe_doubt(sprite) is None]
    shown = (sure or sprites)[0]
    look = [] if seen else [NextStep("view_sprite", shown.sprite_id)]
    if not sure:
        return next_in_doubt(shown, look)
    moving = [NextStep("animate_sprite", shown.sprite_id)] if ONE_PICTURE in shown.notes else []
    return in_words("", [*look, *moving, NextStep("deploy_sprite", shown.sprite_id)], TOOL_PHRASES)


def next_in_doubt(sprite: SpriteInfo, look: Sequence[NextStep] = ()) -> str:
    """What an assistant does about a sprite of low confidence, instead of deploying it."""
    return in_words(advise_on_doubt(sprite), [NextStep("import_sketch"), *look], TOOL_PHRASES)


def _doubt(job: JobInfo) -> str | None:
    """What is said first of a job: of a batch how many sprites are unlikely to be what was asked, and which."""
    sprites = sprites_of(job)
    if job.kind != "generate":
        return describe_doubts(sprites)
    return next((doubt for sprite in sprites if (doubt := describe_doubt(sprite))), None)
