"""What a worker tells while it works: updates over PUB, and the answers that describe jobs and sprites.

Updates are hints (the job store is the truth): whoever missed one asks for the job's status.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from pixels_mcp.advice import Advised
from pixels_mcp.errors import PixelsError, from_code

State = Literal["queued", "running", "done", "failed", "cancelled"]
StageName = Literal["loading", "encoding", "denoising", "pixelizing", "storing"]


class _Fact(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ErrorInfo(Advised):
    """An error as other processes see it: class name, what happened, the next step."""

    ADVICE: ClassVar[str] = "hint"

    code: str
    message: str
    hint: str = ""

    @classmethod
    def of(cls, error: PixelsError) -> ErrorInfo:
        """Write an error down for another process."""
        return cls(code=error.code, message=error.message, hint=error.hint, steps=error.steps)

    def as_error(self) -> PixelsError:
        """The error that was written down."""
        return from_code(self.code, self.message, self.hint, self.steps)


class ReferenceInfo(_Fact):
    """What a sprite was redrawn from; nobody is told that it came from nothing."""

    kind: Literal["exemplar", "sprite", "file"]
    name: str
    sha256: str
    strength: float
    hue_shift_deg: float | None = None
    ramp: str | None = None


class SpriteInfo(_Fact):
    """One finished sprite. `path` is absolute, `sha256` that of the file's bytes, `facts` the pixel facts."""

    sprite_id: str
    path: str
    sha256: str
    seed: int
    width_px: int
    height_px: int
    prompt: str
    model: str
    facts: dict[str, object]
    reference: ReferenceInfo | None = None
    notes: tuple[str, ...] = ()


class PartInfo(_Fact):
    """One item of a job: its state, where it stands, its sprites so far.

    `ask_key` is of a workflow's part the key of the draw that it belongs to.
    """

    part_id: str
    state: State
    prompt: str
    seed: int | None = None
    stage: StageName | None = None
    step: int = 0
    steps: int = 0
    eta_s: float | None = None
    sprites: tuple[SpriteInfo, ...] = ()
    error: ErrorInfo | None = None
    ask_key: str | None = None


class JobInfo(Advised):
    """One job. A single request has one part of the same id; a batch has a part for each item; a workflow's run has one
    for each thing that its steps draw, and gets more of them until it has ended.

    `next` says what to do while the job is not ended; `queue_position` counts parts before it; `error` is why a
    workflow's run failed.
    """

    job_id: str
    kind: Literal["generate", "batch", "workflow"]
    state: State
    parts: tuple[PartInfo, ...]
    created_s: float
    queue_position: int | None = None
    next: str | None = None
    error: ErrorInfo | None = None


class JobSummary(_Fact):
    """One line of a job list."""

    job_id: str
    kind: Literal["generate", "batch", "workflow"]
    state: State
    prompt: str
    parts: int
    parts_done: int
    parts_failed: int
    created_s: float


class QueueEntry(_Fact):
    """One job of the queue.

    `place` counts from 1 in the order in which waiting jobs are served, None where no part of it waits; `running` is
    the first of its parts that are being drawn; `share_done` goes from 0 to 1 and counts the steps of running parts.
    """

    job_id: str
    kind: Literal["generate", "batch", "workflow"]
    prompt: str
    created_s: float
    place: int | None
    parts: int
    parts_queued: int
    parts_running: int
    parts_done: int
    parts_failed: int
    parts_cancelled: int
    share_done: float
    running: PartInfo | None = None


class QueueInfo(_Fact):
    """The jobs that are not ended: those that are being drawn first, then those that wait, as they are served.

    `jobs_left_out` is how many more wait than were asked for; `held_by` why nothing is drawn although parts wait.
    """

    jobs: tuple[QueueEntry, ...]
    jobs_left_out: int
    parts_queued: int
    parts_running: int
    held_by: str | None = None


class ModelInfo(_Fact):
    """A model as the model list shows it; `problem` says why it cannot be used, `samplers` what a ComfyUI server can
    draw it with (a card names one)."""

    name: str
    kind: Literal["checkpoint", "lora", "vae"]
    base: str
    native_sizes_px: tuple[tuple[int, int], ...] = ()
    default: bool = False
    loaded: bool = False
    size_mib: float = 0.0
    steps: int | None = None
    guidance_scale: float | None = None
    trigger_words: tuple[str, ...] = ()
    license: str | None = None
    sha256: str | None = None
    path: str | None = None
    problem: str | None = None
    samplers: tuple[str, ...] = ()


LaneState = Literal["starting", "ready", "loading", "drawing", "away", "unavailable"]
"""What a lane does. One that is away was lost and gets no work until it answers; one that is unavailable cannot be."""


class LaneInfo(_Fact):
    """One of the worker's lanes, each with an engine and a device of its own; memory in GiB.

    `parts` are the ids of the parts that it draws now; `problem` says why it is away or unavailable.
    """

    name: str
    state: LaneState
    device: str | None = None
    device_name: str | None = None
    dtype: str | None = None
    memory_free_gib: float | None = None
    memory_total_gib: float | None = None
    loaded_models: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    problem: str | None = None


class WorkerHealth(_Fact):
    """The worker and the device of its first lane that has one; memory in GiB.

    `listens_at` is where other machines find it (with keys, or on loopback without), `machine` where a face of another
    machine found it.
    """

    version: str
    protocol: int
    pid: int
    uptime_s: float
    device: str
    device_name: str
    dtype: str
    memory_free_gib: float
    memory_total_gib: float
    loaded_models: tuple[str, ...]
    parts_queued: int
    parts_running: int
    queue_limit: int
    busy_with: str | None = None
    lanes: tuple[LaneInfo, ...] = ()
    listens_at: str | None = None
    listens_with_keys: bool = False
    machine: str | None = None


class _Update(_Fact):
    job_id: str
    part_id: str


class Accepted(_Update):
    """The job is in the store, or has got more parts.

    `part_id` is the first of them, `parts` how many it has in all, and `is_open` whether more may come.
    """

    type: Literal["accepted"] = "accepted"
    parts: int
    is_open: bool = False


class Started(_Update):
    """The part is being worked on."""

    type: Literal["started"] = "started"


class Stage(_Update):
    """The part entered a stage."""

    type: Literal["stage"] = "stage"
    stage: StageName


class Step(_Update):
    """Denoising step `step` of `steps` is done; `eta_s` seconds remain, as measured so far."""

    type: Literal["step"] = "step"
    step: int
    steps: int
    eta_s: float | None = None


class Preview(_Update):
    """What variant `variant` looks like now, as a small PNG."""

    type: Literal["preview"] = "preview"
    variant: int
    step: int
    png: bytes


class Finished(_Update):
    """The part ended well or was cancelled; `sprites` are those that stand in the library."""

    type: Literal["finished"] = "finished"
    state: Literal["done", "cancelled"]
    sprites: tuple[SpriteInfo, ...] = ()


class Failed(_Update):
    """The part ended with an error."""

    type: Literal["failed"] = "failed"
    error: ErrorInfo


Update = Annotated[Accepted | Started | Stage | Step | Preview | Finished | Failed, Field(discriminator="type")]
