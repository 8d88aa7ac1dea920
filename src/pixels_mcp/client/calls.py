"""Every call that a face can make, as a method."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence

from pixels_mcp.client.connection import CALL_S, Connection, Link
from pixels_mcp.client.far.far_link import find_far_link
from pixels_mcp.client.following import follow_all_jobs, follow_job
from pixels_mcp.errors import NoAnswerError, PixelsError
from pixels_mcp.events import ErrorInfo, JobInfo, JobSummary, ModelInfo, QueueInfo, SpriteInfo, Update, WorkerHealth
from pixels_mcp.foreseen import Forecast
from pixels_mcp.jobs.records import Direction
from pixels_mcp.jobs.states import ENDED, parts_ended
from pixels_mcp.next_steps import NextStep
from pixels_mcp.paths import Paths
from pixels_mcp.requests import WAIT_S_MAX, BatchRequest, RedrawRequest, SpriteRequest
from pixels_mcp.settings import Settings
from pixels_mcp.wire import answers, messages
from pixels_mcp.wire.messages import Call
from pixels_mcp.wire.zmq_client import ZmqTransport
from pixels_mcp.worker.address import Address, find_address
from pixels_mcp.worker.spawn import WORKER_COMMAND, find_or_start, find_running

_WAIT_SLICE_S = 20.0

FAR_GREETING_S = 10.0
"""A worker on another machine is there already, or is not: nobody starts it from here."""


class Client(Connection):
    """A face's view of the worker. `Client.connect` finds or starts it.

    When the worker ends meanwhile, a call finds or starts the next one and is sent again; asking for something to be
    drawn carries a key, so that it is drawn once.
    """

    @classmethod
    def connect(
        cls,
        paths: Paths,
        settings: Settings,
        *,
        face: str,
        start_worker: bool = True,
        near: bool = False,
        timeout_s: float = 30.0,
        worker_command: Sequence[str] = WORKER_COMMAND,
    ) -> Client:
        """Connect to the worker. Where one of another machine was connected, it is that one, and none is started here.

        Args:
            face: Who asks, for the worker's log: `serve`, `generate`, ...
            start_worker: Start one with these settings where none runs.
            near: To the worker of this machine, also where one of another machine was connected.
            timeout_s: How long starting it may take.

        Raises:
            NoWorkerError: None runs, and none was to be started.
            OtherVersionError: It is of another version.
            PixelsError: It could not start, and said why.
        """

        def link() -> Link:
            if not near and (far := find_far_link(paths, settings, link)) is not None:
                return far
            if start_worker:
                address = find_or_start(paths, settings, timeout_s=timeout_s, command=worker_command)
            else:
                address = find_running(paths)
            return Link(ZmqTransport(address.endpoints), lambda: not _is_still(paths, address), link)

        client = cls(link(), face=face)
        try:
            client.greet(timeout_s=CALL_S if client.link.why_silent is None else FAR_GREETING_S)
        except BaseException:
            client.close()
            raise
        return client

    # --- asking for sprites -------------------------------------------------------------------------------------

    def submit(self, request: SpriteRequest, *, idempotency_key: str | None = None) -> JobInfo:
        """Ask for one thing; returns once the job is in the store.

        Args:
            idempotency_key: The same key with the same request gives the same job, however often it is sent.

        Raises:
            RequestError: It cannot be drawn as asked, or the queue is full; nothing was queued.
        """
        return self._job(messages.Generate(request=request, idempotency_key=idempotency_key or _new_key()))

    def submit_batch(self, request: BatchRequest, *, idempotency_key: str | None = None) -> JobInfo:
        """Ask for many things as one job; all are queued or none. As `submit`."""
        return self._job(messages.Batch(request=request, idempotency_key=idempotency_key or _new_key()))

    def redraw(self, request: RedrawRequest, *, idempotency_key: str | None = None) -> JobInfo:
        """Ask for an edit that a model draws. As `submit`."""
        return self._job(messages.Redraw(request=request, idempotency_key=idempotency_key or _new_key()))

    def draw_step(
        self,
        workflow: str,
        run_key: str,
        request: BatchRequest | RedrawRequest,
        ask_key: str,
        job_id: str | None = None,
    ) -> JobInfo:
        """Ask for what a step of a workflow's run draws; `client.workflow_job` says how a run is one job.

        Raises:
            RequestError: It cannot be drawn as asked, the queue is full, or the run's job was cancelled.
        """
        return self._job(
            messages.DrawStep(workflow=workflow, run_key=run_key, ask_key=ask_key, request=request, job_id=job_id)
        )

    def end_run(self, job_id: str, error: PixelsError | None = None) -> JobInfo:
        """Tell that a workflow's run has ended; its job ends with it.

        Raises:
            UnknownJobError: There is none.
        """
        told = None if error is None else ErrorInfo.of(error)
        return self._job(messages.EndRun(job_id=job_id, error=told))

    def regenerate(self, recipe: Mapping[str, object]) -> JobInfo:
        """Follow a recipe (what `library.recipe.Recipe.model_dump()` gives) again, as a new job.

        Raises:
            RequestError, RecipeError: It cannot be followed here; nothing was queued.
        """
        return self._job(messages.Regenerate(recipe=dict(recipe), idempotency_key=_new_key()))

    # --- jobs ---------------------------------------------------------------------------------------------------

    def job(self, job_id: str) -> JobInfo:
        """How is a job? A part's id gives the job that it belongs to.

        Raises:
            UnknownJobError: There is none.
        """
        return self._job(messages.Status(job_id=job_id))

    def wait(self, job_id: str, timeout_s: float, *, parts_only: bool = False) -> JobInfo:
        """Wait for a job's end, at most so long; returns the job as it then is, ended or not.

        Args:
            parts_only: Of a workflow's run wait no longer than for the parts that it has so far.

        Raises:
            UnknownJobError: There is none.
        """
        deadline_s = time.monotonic() + timeout_s
        while True:
            left_s = max(0.0, deadline_s - time.monotonic())
            wait_s = min(left_s, _WAIT_SLICE_S, WAIT_S_MAX)
            call = messages.Wait(job_id=job_id, wait_s=wait_s, parts_only=parts_only)
            job = self._job(call, timeout_s=wait_s + CALL_S)
            if job.state in ENDED or (parts_only and parts_ended(job)) or time.monotonic() >= deadline_s:
                return job

    def jobs(self, *, limit: int = 20, ended: bool = False) -> list[JobSummary]:
        """The latest jobs, the newest first; with `ended` the latest of those that have ended."""
        return list(self._ask(messages.ListJobs(limit=limit, ended=ended), answers.JobsAnswer).jobs)

    def queue(self, *, limit: int = 100) -> QueueInfo:
        """The jobs that are not ended, in the order in which they are served.

        Args:
            limit: Jobs told of those that wait; all that are being drawn are told.
        """
        return self._ask(messages.ListQueue(limit=limit), answers.QueueAnswer).queue

    def move(self, job_id: str, direction: Direction) -> JobInfo:
        """Move a waiting job before or behind all others, or past its neighbor; kept when the worker ends.

        Raises:
            UnknownJobError: There is none.
            NotWaitingError: None of its parts waits.
        """
        return self._job(messages.Move(job_id=job_id, direction=direction))

    def retry(self, job_id: str) -> JobInfo:
        """Draw what failed or was cancelled of a job (or one part) again; the same seeds and references, as a new job.

        Returns:
            The new job; where all of it is being tried again already, or was with success, that job.

        Raises:
            UnknownJobError: There is none.
            NothingToRetryError: No part failed or was cancelled.
            QueueFullError: Nothing was queued.
        """
        return self._job(messages.Retry(job_id=job_id))

    def cancel(self, job_id: str) -> JobInfo:
        """Cancel a job or one part of it, whatever of it has not ended; sprites that stand stay.

        Raises:
            UnknownJobError: There is none.
        """
        return self._job(messages.Cancel(job_id=job_id))

    def follow(self, job_id: str, *, timeout_s: float | None = None) -> Iterator[Update]:
        """Tell what happens to a job until all of its parts have ended, or the time is up.

        Begins with where the job stands; nothing is told twice, and no end is missed, because a status call fills in
        what was published while nobody listened.

        Raises:
            UnknownJobError: There is none.
        """
        return follow_job(self, job_id, timeout_s)

    def follow_all(self, *, timeout_s: float | None = None) -> Iterator[Update]:
        """Tell what happens to all jobs, previews left out, until the time is up.

        Begins with where every job stands that is not ended; then also of jobs that come later. Nothing is told
        twice, and no end is missed.

        Raises:
            PixelsError: The worker ended and no other can begin, on a full disk for example: follow again later.
        """
        return follow_all_jobs(self, timeout_s)

    # --- sprites, models, the worker ----------------------------------------------------------------------------

    def sprite(self, sprite_id: str) -> SpriteInfo:
        """What is known of a sprite in the library.

        Raises:
            UnknownSpriteError: There is none.
        """
        return self._ask(messages.DescribeSprite(sprite_id=sprite_id), answers.SpriteAnswer).sprite

    def fetch(self, sprite_id: str) -> bytes:
        """The PNG file of a sprite.

        Raises:
            UnknownSpriteError: There is none.
        """
        return self._ask(messages.Fetch(sprite_id=sprite_id), answers.PictureAnswer).png

    def foresee(self, question: messages.Foresee) -> Forecast:
        """What drawing would take; nothing is queued or kept.

        Raises:
            QueueFullError: Too many ask.
            PixelsError: A picture of it is none.
        """
        return self._ask(question, answers.ForecastAnswer).forecast

    def models(self) -> list[ModelInfo]:
        """The installed models and LoRAs."""
        return list(self._ask(messages.ListModels(), answers.ModelsAnswer).models)

    def warm(self, model: str, *, timeout_s: float = 600.0) -> ModelInfo:
        """Load a model before anything is asked for, and wait until it is ready to draw.

        Raises:
            UnknownModelError, ModelFileError, EngineError: It cannot be loaded.
            NoAnswerError: It is not loaded yet; it goes on loading.
        """
        deadline_s = time.monotonic() + timeout_s
        while True:
            wait_s = min(max(0.0, deadline_s - time.monotonic()), _WAIT_SLICE_S, WAIT_S_MAX)
            call = messages.Warm(model=model, wait_s=wait_s)
            info = self._ask(call, answers.ModelAnswer, timeout_s=wait_s + CALL_S).model
            if info.loaded:
                return info
            if time.monotonic() >= deadline_s:
                raise NoAnswerError(
                    f"{model} is not loaded after {timeout_s:.0f} s",
                    hint="it goes on loading",
                    steps=[NextStep("read_log")],
                )

    def let_go(self) -> WorkerHealth:
        """Let the worker's models leave the device's memory, after the batch that is being drawn."""
        return self._ask(messages.LetGo(), answers.HealthAnswer).health

    def health(self) -> WorkerHealth:
        """The worker, its device and its queue."""
        return self._ask(messages.Health(), answers.HealthAnswer).health

    def ping(self) -> float:
        """Ask whether the worker is there; returns the seconds that it took."""
        begun_s = time.perf_counter()
        self._ask(messages.Ping(), answers.Pong)
        return time.perf_counter() - begun_s

    # --- the way there ------------------------------------------------------------------------------------------

    def _job(self, call: Call, *, timeout_s: float = CALL_S) -> JobInfo:
        return self._ask(call, answers.JobAnswer, timeout_s=timeout_s).job


def _is_still(paths: Paths, address: Address) -> bool:
    return find_address(paths) == address


def _new_key() -> str:
    return uuid.uuid4().hex
