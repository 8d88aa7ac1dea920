"""Where a job stands, in a line and its look. Pure functions."""

from __future__ import annotations

from pixels_mcp.events import JobSummary
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.tui.board import PartProgress
from pixels_mcp.tui.lines.printed import bar, one_line
from pixels_mcp.tui.widgets.line_list import Tone

_STAGES = {
    "loading": "loading the model",
    "encoding": "reading the prompt",
    "denoising": "denoising",
    "pixelizing": "making pixels",
    "storing": "storing",
}


def job_words(job_id: str, job: JobSummary | None, part: PartProgress | None) -> str:
    """A job in one line: its number, where it stands, what was asked."""
    number = job_id.rpartition("-")[2]
    if job is None:
        return f"{number}  asked"
    prompt = one_line(job.prompt, 60)
    done = f"{job.parts_done}/{job.parts} done" + (f", {job.parts_failed} failed" if job.parts_failed else "")
    if job.state in ENDED:
        return f"{number}  {done if job.state != 'cancelled' else f'cancelled, {done}'}  {prompt}"
    if job.state == "queued":
        return f"{number}  waiting  {prompt}"
    words = part_words(part)
    return f"{number}  {f'{done}, ' if job.parts > 1 else ''}{words}  {prompt}"


def part_words(part: PartProgress | None) -> str:
    """Where a part stands: `[####----] step 12/28, 3 s`."""
    if part is None or part.stage is None:
        return "beginning"
    if part.stage == "denoising" and part.steps:
        left = f", {part.eta_s:.0f} s" if part.eta_s else ""
        return f"{bar(part.step / part.steps, 8)} step {part.step}/{part.steps}{left}"
    return _STAGES.get(part.stage, part.stage)


def job_tone(job: JobSummary | None) -> Tone:
    """How its line looks."""
    if job is None or job.state not in ENDED:
        return "plain"
    return "good" if job.state == "done" and not job.parts_failed else "bad" if job.parts_failed else "muted"
