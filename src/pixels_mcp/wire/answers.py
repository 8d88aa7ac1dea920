"""What the worker answers: one of these to each call of `wire.messages`; all of them frozen, unknown fields refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pixels_mcp.events import ErrorInfo, JobInfo, JobSummary, ModelInfo, QueueInfo, SpriteInfo, WorkerHealth
from pixels_mcp.foreseen import Forecast


class Message(BaseModel):
    """What is sent between a face and the worker, in either direction."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Welcome(Message):
    """The worker introduces itself."""

    type: Literal["welcome"] = "welcome"
    version: str
    pid: int


class Pong(Message):
    """Here I am."""

    type: Literal["pong"] = "pong"


class JobAnswer(Message):
    """A job as it stands."""

    type: Literal["job"] = "job"
    job: JobInfo


class JobsAnswer(Message):
    """The latest jobs."""

    type: Literal["jobs"] = "jobs"
    jobs: tuple[JobSummary, ...]


class QueueAnswer(Message):
    """The jobs that are not ended."""

    type: Literal["queue"] = "queue"
    queue: QueueInfo


class ModelAnswer(Message):
    """One installed model."""

    type: Literal["model"] = "model"
    model: ModelInfo


class ModelsAnswer(Message):
    """The installed models."""

    type: Literal["models"] = "models"
    models: tuple[ModelInfo, ...]


class HealthAnswer(Message):
    """The worker and its device."""

    type: Literal["health"] = "health"
    health: WorkerHealth


class SpriteAnswer(Message):
    """A sprite in the library."""

    type: Literal["sprite"] = "sprite"
    sprite: SpriteInfo


class PictureAnswer(Message):
    """The bytes of a sprite's PNG file."""

    type: Literal["picture"] = "picture"
    png: bytes


class Paired(Message):
    """The machine is remembered; `name` is what it is called here."""

    type: Literal["paired"] = "paired"
    name: str


class KeptPicture(Message):
    """The picture is kept; `sha256` is that of its bytes."""

    type: Literal["kept_picture"] = "kept_picture"
    sha256: str


class ForecastAnswer(Message):
    """What something would take."""

    type: Literal["forecast"] = "forecast"
    forecast: Forecast


class ErrorAnswer(Message):
    """The call was not done; nothing was changed by it."""

    type: Literal["error"] = "error"
    error: ErrorInfo


Answer = Annotated[
    Welcome
    | Pong
    | JobAnswer
    | JobsAnswer
    | QueueAnswer
    | ModelAnswer
    | ModelsAnswer
    | HealthAnswer
    | SpriteAnswer
    | PictureAnswer
    | Paired
    | KeptPicture
    | ForecastAnswer
    | ErrorAnswer,
    Field(discriminator="type"),
]
