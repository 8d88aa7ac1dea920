"""Rows of the job store's tables as jobs and parts."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from pixels_mcp.database import reading_rows
from pixels_mcp.events import ErrorInfo, SpriteInfo
from pixels_mcp.jobs.records import Job, NewPart, Part, Rank
from pixels_mcp.jobs.states import Tally
from pixels_mcp.requests import RedrawRequest, SpriteRequest, make_job_id

SPRITES = TypeAdapter(tuple[SpriteInfo, ...])
_REQUEST: TypeAdapter[SpriteRequest] = TypeAdapter(SpriteRequest | RedrawRequest)
"""An edit's has words that a sprite's has not, and needs them: a request is read as one of the two alone."""

SELECT_JOB = (
    "SELECT number, job_id, kind, state, label, created_s, run_key, error, queued, running, done, failed, cancelled "
    "FROM jobs"
)
SELECT_PART = (
    "SELECT p.number, p.part_id, p.job_number, j.job_id, j.tier, j.turn, p.state, p.request, p.seed, "
    "p.reference_sha256, p.recipe, p.starts, p.sprites, p.error, p.ask_key FROM "
)


def to_job(row: Any) -> Job:
    """Read what `SELECT_JOB` gives."""
    number, job_id, kind, state, label, created_s, run_key, error, *tally = row
    with reading_rows(f"job {number}"):
        told = None if error is None else ErrorInfo.model_validate_json(error)
    return Job(number, job_id, kind, state, label, created_s, Tally(*tally), run_key, told)


def to_part(row: Any) -> Part:
    """Read what `SELECT_PART` and a FROM of parts `p` and jobs `j` give, within the database's own block."""
    (
        number,
        part_id,
        job_number,
        job_id,
        tier,
        turn,
        state,
        request,
        seed,
        reference_sha256,
        recipe,
        starts,
        sprites,
        error,
        ask_key,
    ) = row
    with reading_rows(f"part {number}"):
        return Part(
            number=number,
            part_id=part_id,
            job_number=job_number,
            job_id=job_id,
            rank=Rank(tier, turn),
            state=state,
            request=_REQUEST.validate_json(request),
            seed=seed,
            reference_sha256=reference_sha256,
            recipe=recipe,
            starts=starts,
            sprites=SPRITES.validate_json(sprites),
            error=None if error is None else ErrorInfo.model_validate_json(error),
            ask_key=ask_key,
        )


INSERT_PART = (
    "INSERT INTO parts (number, part_id, job_number, request, seed, reference_sha256, recipe, state, error, retry_of, "
    "ask_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def new_part_row(number: int, part_id: str | None, job_number: int, part: NewPart) -> tuple[Any, ...]:
    """What `INSERT_PART` takes; without an id the part gets one from what it is of."""
    return (
        number,
        part_id or make_job_id(part.request.label, number),
        job_number,
        part.request.model_dump_json(exclude_unset=True),
        part.seed,
        part.reference_sha256,
        part.recipe,
        "queued" if part.error is None else "failed",
        None if part.error is None else part.error.model_dump_json(),
        part.retry_of,
        part.ask_key,
    )


INSERT_JOB = (
    "INSERT INTO jobs (number, job_id, kind, state, label, created_s, turn, idempotency_key, fingerprint, run_key, "
    "queued, failed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def new_job_row(job: Job, turn: int, idempotency_key: str | None, fingerprint: str) -> tuple[Any, ...]:
    """What `INSERT_JOB` takes."""
    names = (job.number, job.job_id, job.kind, job.state, job.label, job.created_s, turn)
    return *names, idempotency_key, fingerprint, job.run_key, job.tally.queued, job.tally.failed
