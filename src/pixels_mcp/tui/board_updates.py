"""The board after what was heard, made anew each time. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pixels_mcp.events import Failed, Finished, JobInfo, JobSummary, Preview, Stage, Started, Step, Update
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.tui.board import (
    Board,
    BoardFact,
    HealthTold,
    Heard,
    JobsTold,
    LinkTold,
    PartEnd,
    PartProgress,
    QueueTold,
)

KEPT_S = 1_800.0
"""How far back the Monitor looks."""

KEPT_SPRITES = 200
KEPT_STEP_TIMES = 600


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
    if any(end.part_id == update.part_id for end in reversed(board.ends)):
        return board  # of what came since the last look the ends are told first
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
