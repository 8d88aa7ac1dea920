"""What a face asks of the worker, and the envelopes of both ways; all frozen, all unknown fields refused.

A face sends an `Ask` (a call with a number) and gets one `Reply` of the same number, which holds one of `wire.answers`.
What happens meanwhile is published as `pixels_mcp.events.Update`s, which are hints.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, PlainSerializer, StringConstraints

from pixels_mcp.events import ErrorInfo
from pixels_mcp.jobs.records import Direction
from pixels_mcp.requests import BATCH_ITEMS_MAX, WAIT_S_MAX, BatchRequest, RedrawRequest, SpriteRequest
from pixels_mcp.told_apart import JsonObject, Words
from pixels_mcp.wire.answers import Answer, Message

PROTOCOL_VERSION = 1
"""Rises when a message changes its meaning; messages are added without (an unknown call is answered by name)."""

COUNTED_MAX = 99_999_999
"""Ids have at most nine digits; one machine cannot use all of them up."""

Id = Annotated[str, StringConstraints(min_length=1, max_length=128)]


def _as_asked(request: BaseModel) -> Words:
    # What was left out stays left out: a batch's items take it from the batch.
    return request.model_dump(exclude_unset=True)


AskedSprite = Annotated[SpriteRequest, PlainSerializer(_as_asked)]
AskedRedraw = Annotated[RedrawRequest, PlainSerializer(_as_asked)]
AskedBatch = Annotated[BatchRequest, PlainSerializer(_as_asked)]


class Hello(Message):
    """A face introduces itself; answered with `Welcome` whatever its version. A plain peer may leave it out."""

    type: Literal["hello"] = "hello"
    version: str
    face: str
    pid: int


class Ping(Message):
    """Are you there? Answered with `Pong`."""

    type: Literal["ping"] = "ping"


class Generate(Message):
    """Draw one thing; answered with `JobAnswer` once the job is in the store."""

    type: Literal["generate"] = "generate"
    request: AskedSprite
    idempotency_key: Id | None = None


class Batch(Message):
    """Draw many things as one job; answered with `JobAnswer` once all parts are in the store.

    `unread` says of references that could not be read on the asker's machine why; the items that name one fail.
    """

    type: Literal["batch"] = "batch"
    request: AskedBatch
    idempotency_key: Id | None = None
    unread: dict[Id, ErrorInfo] = Field(default_factory=dict[str, ErrorInfo])


class Redraw(Message):
    """Draw an edit of a kept picture; answered with `JobAnswer` once the job is in the store."""

    type: Literal["redraw"] = "redraw"
    request: AskedRedraw
    idempotency_key: Id | None = None


class DrawStep(Message):
    """Draw what a step of a workflow's run needs; answered with `JobAnswer` once its parts are in the store.

    They become parts of the one job of the run: its first draw opens it, and it ends with `EndRun`. The same `ask_key`
    again finds its parts, so that a run that broke goes on. `job_id` is the run's job as far as it is known: of one
    that was cancelled nothing more is drawn. `unread` is that of `Batch`.
    """

    type: Literal["draw_step"] = "draw_step"
    workflow: Id
    run_key: Id
    ask_key: Id
    request: AskedBatch | AskedRedraw
    job_id: Id | None = None
    unread: dict[Id, ErrorInfo] = Field(default_factory=dict[str, ErrorInfo])


class EndRun(Message):
    """A workflow's run has ended, well or with an error: its job ends too; answered with `JobAnswer`."""

    type: Literal["end_run"] = "end_run"
    job_id: Id
    error: ErrorInfo | None = None


class Regenerate(Message):
    """Follow a recipe again; answered with `JobAnswer`. `recipe` is what a sprite's PNG holds."""

    type: Literal["regenerate"] = "regenerate"
    recipe: JsonObject
    idempotency_key: Id | None = None


class Status(Message):
    """How is a job? Answered with `JobAnswer`. `job_id` may be that of a part."""

    type: Literal["status"] = "status"
    job_id: Id


class Wait(Message):
    """Answer with `JobAnswer` when the job has ended, or as it then is after `wait_s` seconds; with `parts_only` also
    when all parts that it has so far ended, though more may come."""

    type: Literal["wait"] = "wait"
    job_id: Id
    wait_s: float = Field(ge=0.0, le=WAIT_S_MAX)
    parts_only: bool = False


class ListJobs(Message):
    """The latest jobs, or the latest of those that have ended, the newest first; answered with `JobsAnswer`."""

    type: Literal["list_jobs"] = "list_jobs"
    limit: int = Field(default=20, ge=1, le=1_000)
    ended: bool = False


class ListQueue(Message):
    """The jobs that are not ended, in the order in which they are served; answered with `QueueAnswer`.

    All jobs that are being drawn are told, and at most `limit` of those that only wait.
    """

    type: Literal["list_queue"] = "list_queue"
    limit: int = Field(default=100, ge=1, le=1_000)


class Move(Message):
    """Move a job in the queue; answered with `JobAnswer`. `first` is before all others, later ones included, until the
    job has ended, `last` behind them; `up` and `down` is past the neighbor."""

    type: Literal["move"] = "move"
    job_id: Id
    direction: Direction


class Retry(Message):
    """Draw what failed or was cancelled of a job (or that one part) again, as a new job; answered with its `JobAnswer`.

    What is being tried again, or was with success, is not queued a second time: the answer is that job. `machine` is
    set at the worker's door for other machines.
    """

    type: Literal["retry"] = "retry"
    job_id: Id
    machine: Id | None = None


class Cancel(Message):
    """Cancel a job or a part, whatever of it has not ended; answered with `JobAnswer`."""

    type: Literal["cancel"] = "cancel"
    job_id: Id


class ListModels(Message):
    """Which models are there? Answered with `ModelsAnswer`."""

    type: Literal["list_models"] = "list_models"


class Warm(Message):
    """Load a model before anything is asked for; answered with `ModelAnswer` when it is loaded, or as it then is after
    `wait_s` seconds. It goes on loading."""

    type: Literal["warm"] = "warm"
    model: Id
    wait_s: float = Field(ge=0.0, le=WAIT_S_MAX)


class LetGo(Message):
    """Let loaded models leave the device's memory, after the batch that is being drawn; answered with `HealthAnswer` at
    once. The next sprite loads its model again."""

    type: Literal["let_go"] = "let_go"


class Health(Message):
    """How is the worker? Answered with `HealthAnswer`."""

    type: Literal["health"] = "health"


class DescribeSprite(Message):
    """What is known of a sprite; answered with `SpriteAnswer`."""

    type: Literal["describe_sprite"] = "describe_sprite"
    sprite_id: Id


class Fetch(Message):
    """The PNG file of a sprite; answered with `PictureAnswer`."""

    type: Literal["fetch"] = "fetch"
    sprite_id: Id


class Pair(Message):
    """A machine that knows the printed line's token asks to be remembered; answered with `Paired`. It is the one call
    that an unpaired machine is answered, and only while a pairing is open. `name` is what it calls itself."""

    type: Literal["pair"] = "pair"
    token: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class KeepPicture(Message):
    """Keep a picture of the asker's machine that shall be redrawn, or a mask; answered with `KeptPicture`. Requests
    name it by its sha256 from then on."""

    type: Literal["keep_picture"] = "keep_picture"
    png: bytes


class CountFrom(Message):
    """Give later jobs numbers larger than this one, which the asker's own library has reached; answered with `Pong`."""

    type: Literal["count_from"] = "count_from"
    number: int = Field(ge=0, le=COUNTED_MAX)


class DrawsAhead(Message):
    """Sprites of one batch that are only looked at; part of `Foresee`.

    `about` goes in front of their prompts; `to_come` has the ids that stand for what an earlier step makes, and how
    that is told; of a redraw the words are no matter of confidence.
    """

    requests: Annotated[tuple[AskedSprite, ...], Field(max_length=BATCH_ITEMS_MAX)]
    about: str = ""
    to_come: dict[Id, str] = Field(default_factory=dict[str, str])
    is_redraw: bool = False


class StepDraws(Message):
    """What a model would draw for a workflow's step; part of `Foresee`. `gives` and `kept` count its entries, and those
    that stand from an earlier run."""

    step: str
    do: str
    gives: int
    kept: int
    draws: tuple[DrawsAhead, ...]


class Foresee(Message):
    """What would this take? Answered with `ForecastAnswer`; nothing is queued or kept.

    `pictures` are the references that the words name by their sha256, as PNG files; `unread` says of those that could
    not be read on the asker's machine why.
    """

    type: Literal["foresee"] = "foresee"
    draws: tuple[DrawsAhead, ...]
    steps: tuple[StepDraws, ...] = ()
    pictures: dict[Id, bytes] = Field(default_factory=dict[str, bytes])
    unread: dict[Id, ErrorInfo] = Field(default_factory=dict[str, ErrorInfo])


Call = Annotated[
    Hello
    | Ping
    | Generate
    | Batch
    | Redraw
    | DrawStep
    | EndRun
    | Regenerate
    | Status
    | Wait
    | ListJobs
    | ListQueue
    | Move
    | Retry
    | Cancel
    | ListModels
    | Warm
    | Health
    | LetGo
    | DescribeSprite
    | Fetch
    | Pair
    | KeepPicture
    | CountFrom
    | Foresee,
    Field(discriminator="type"),
]


# --- envelopes ------------------------------------------------------------------------------------------------


class Ask(Message):
    """A call on its way; `number` is chosen by the face and comes back with the answer."""

    protocol: int = PROTOCOL_VERSION
    number: int = Field(ge=0, lt=2**63)
    call: Call


class Reply(Message):
    """An answer on its way. `number` is 0 when the ask could not be read."""

    protocol: int = PROTOCOL_VERSION
    number: int = Field(ge=0, lt=2**63)
    answer: Answer
