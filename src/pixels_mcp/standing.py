"""Where a job stands, in numbers and in words: the same on every face."""

from __future__ import annotations

from pixels_mcp.events import JobInfo, PartInfo
from pixels_mcp.jobs.states import ENDED

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
