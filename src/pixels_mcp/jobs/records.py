"""What the job store takes and gives: a new part, a part as it stands, a job as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from pixels_mcp.events import ErrorInfo, SpriteInfo, State
from pixels_mcp.jobs.states import Tally
from pixels_mcp.requests import SpriteRequest

JobKind = Literal["generate", "batch", "workflow"]

Direction = Literal["first", "up", "down", "last"]
"""Where a person moves a waiting job."""


class Rank(NamedTuple):
    """Where a job stands among those that wait; lower ones are served first, and no two jobs share one.

    Attributes:
        tier: A job of a lower tier is served before all of the higher ones.
        turn: Jobs of one tier are served by turn; then they get a later one.
    """

    tier: int
    turn: int


@dataclass(frozen=True)
class NewPart:
    """One item to draw, with what is fixed when it is accepted, so that a part drawn again is the same.

    Attributes:
        request: As asked.
        seed: Of its first variant, also where none was asked for.
        reference_sha256: The person's picture to redraw, kept in the library.
        recipe: JSON of the recipe to follow instead of planning anew.
        error: Why it cannot be drawn; the part stands as failed from the beginning.
        retry_of: Number of the failed or cancelled part that this one is tried again for.
        ask_key: Of a workflow's part: the key of the draw that it belongs to.
    """

    request: SpriteRequest
    seed: int
    reference_sha256: str | None = None
    recipe: str | None = None
    error: ErrorInfo | None = None
    retry_of: int | None = None
    ask_key: str | None = None


@dataclass(frozen=True)
class Part:
    """One item of a job as it stands; `rank` is that of its job, `starts` how often it was begun."""

    number: int
    part_id: str
    job_number: int
    job_id: str
    rank: Rank
    state: State
    request: SpriteRequest
    seed: int
    reference_sha256: str | None
    recipe: str | None
    starts: int
    sprites: tuple[SpriteInfo, ...]
    error: ErrorInfo | None
    ask_key: str | None = None


@dataclass(frozen=True)
class Job:
    """One job as it stands; `label` is what it was named or asked for, `created_s` seconds since 1970.

    `run_key` is that of a workflow's run that may ask for more parts; `error` is why such a run failed.
    """

    number: int
    job_id: str
    kind: JobKind
    state: State
    label: str
    created_s: float
    tally: Tally
    run_key: str | None = None
    error: ErrorInfo | None = None
