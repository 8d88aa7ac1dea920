"""Where a job stands, in numbers and in words: the same on every face."""

from __future__ import annotations

from collections.abc import Sequence

from pixels_mcp.events import JobInfo, LaneInfo, PartInfo, SpriteInfo, WorkerHealth
from pixels_mcp.jobs.states import ENDED, parts_ended
from pixels_mcp.told_apart import is_row

_STAGES = {
    "loading": "loading the model",
    "encoding": "reading the prompt",
    "denoising": "denoising",
    "pixelizing": "making pixels",
    "storing": "storing",
}


def share_done(job: JobInfo) -> float:
    """How much of a job is done, from 0 to 1; a part that denoises counts by its steps."""
    return sum(_share(part) for part in job.parts) / max(1, len(job.parts))


def _share(part: PartInfo) -> float:
    if part.state in ENDED:
        return 1.0
    return 0.95 * part.step / part.steps if part.steps else 0.0


def describe_job(job: JobInfo) -> str:
    """Where a job stands: `denoising step 12/28, 3 s left`, `3/8 ended, making pixels`, `queued behind 4`."""
    if job.state in ENDED:
        return job.state
    if job.state == "queued":
        return f"queued behind {job.queue_position}" if job.queue_position else "queued"
    if parts_ended(job):
        return f"{len(job.parts)}/{len(job.parts)} ended, more may come"
    running = next((part for part in job.parts if part.state == "running"), None)
    words = describe_part(running) if running else "waiting for the worker"
    ended = sum(part.state in ENDED for part in job.parts)
    return f"{ended}/{len(job.parts)} ended, {words}" if len(job.parts) > 1 else words


def describe_part(part: PartInfo) -> str:
    """Where a part stands: its state, or while it runs its stage, step and remaining seconds."""
    if part.state != "running":
        return part.state
    words = _STAGES.get(part.stage or "", "starting")
    if part.stage == "denoising" and part.steps:
        words += f" step {part.step}/{part.steps}"
        if part.eta_s:
            words += f", {part.eta_s:.0f} s left"
    return words


def describe_doubts(sprites: Sequence[SpriteInfo]) -> str | None:
    """Of several sprites how many are unlikely to be what was asked, and which; None where all are likely."""
    doubtful = [sprite for sprite in sprites if describe_doubt(sprite)]
    if not doubtful:
        return None
    ids = ", ".join(sprite.sprite_id for sprite in doubtful[:12])
    more = f" and {len(doubtful) - 12} more" if len(doubtful) > 12 else ""
    return f"low confidence that {len(doubtful)} of {len(sprites)} sprites are what was asked: {ids}{more}"


def describe_doubt(sprite: SpriteInfo) -> str | None:
    """Why a sprite is unlikely to be what was asked, and what lies near; None where it is likely, or not known."""
    if sprite.facts.get("confidence") != "low":
        return None
    unknown, near = (_words(sprite, fact) for fact in ("unmatched_words", "nearest_words"))
    matched = _words(sprite, "matched_words")
    who = "the model" if "doubtful_source" in sprite.facts else sprite.model
    if not matched and not unknown:
        why = "no word of the prompt was understood, English words are"
    elif matched:
        why = f"{who} knows it only small, or only something near to it"
    else:
        why = f"{who} has no picture of {', '.join(unknown)}"
    if "doubtful_source" in sprite.facts:
        why = f"it was made from {sprite.facts['doubtful_source']}, and {why}"
    return f"low confidence that this is what was asked: {why}" + (f". It can draw: {', '.join(near)}" if near else "")


def advise_on_doubt(sprite: SpriteInfo) -> str:
    """What to do about a sprite of low confidence."""
    near = _words(sprite, "nearest_words")
    words = f"try one of these words: {', '.join(near)}; or " if near else ""
    return f"{words}give a reference (a sprite_id or a PNG, a rough draft will do) with strength 0.2, or another model"


def _words(sprite: SpriteInfo, fact: str) -> list[str]:
    words = sprite.facts.get(fact)
    return [str(word) for word in words] if is_row(words) else []


def describe_lane(lane: LaneInfo) -> str:
    """One lane in a line: what it does, on what, and what it has loaded."""
    doing = lane.state
    if lane.parts:
        first, others = lane.parts[0], len(lane.parts) - 1
        doing = f"drawing {first}" + (f" and {others} more" if others else "")
    told = [f"{lane.name}: {doing}"]
    if lane.device is not None:
        told.append(f"{lane.device_name} ({lane.device}, {lane.dtype})")
    if lane.memory_free_gib is not None and lane.memory_total_gib is not None:
        told.append(f"{lane.memory_free_gib:.1f} of {lane.memory_total_gib:.1f} GiB free")
    if lane.loaded_models:
        told.append(f"loaded: {', '.join(lane.loaded_models)}")
    if lane.problem:
        told.append(lane.problem)
    return ", ".join(told)


def lanes_worth_telling(health: WorkerHealth) -> tuple[LaneInfo, ...]:
    """All lanes where there are several, or one that has a problem: one that is well is what is told of the worker."""
    return health.lanes if len(health.lanes) > 1 or any(lane.problem for lane in health.lanes) else ()
