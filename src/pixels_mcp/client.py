"""The one client that every face uses: typed in, typed out, usable from several threads, cheap to import."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TypeVar

from pydantic import BaseModel

from pixels_mcp import __version__
from pixels_mcp.errors import DecodeError, NoAnswerError, OtherVersionError
from pixels_mcp.events import JobInfo, JobSummary, ModelInfo, SpriteInfo, Update, WorkerHealth
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.next_steps import NextStep
from pixels_mcp.paths import Paths
from pixels_mcp.requests import WAIT_S_MAX, BatchRequest, SpriteRequest
from pixels_mcp.settings import Settings
from pixels_mcp.wire import messages
from pixels_mcp.wire.catch_up import Seen
from pixels_mcp.wire.messages import Call
from pixels_mcp.wire.transport import Subscription, Transport
from pixels_mcp.wire.zmq_client import ZmqTransport
from pixels_mcp.worker.address import Address, find_address
from pixels_mcp.worker.spawn import WORKER_COMMAND, find_or_start, find_running

CALL_S = 60.0
"""How long a call may take; waits take longer, in slices."""

_PATIENCE_S = 0.5
"""Without an answer for so long, the client looks whether the worker still is the one that it asked."""

_QUIET_S = 1.0
"""A follower that heard nothing for so long asks for the job's status."""

_WAIT_SLICE_S = 20.0

AnswerT = TypeVar("AnswerT", bound=BaseModel)


class Link:
    """A connection, how to see that its other end is gone, and how to get a new one."""

    def __init__(
        self, transport: Transport, is_lost: Callable[[], bool] = lambda: False, renew: Callable[[], Link] | None = None
    ) -> None:
        self.transport, self.is_lost, self.renew = transport, is_lost, renew


class Client:
    """A face's view of the worker. `Client.connect` finds or starts it.

    When the worker ends meanwhile, a call finds or starts the next one and is sent again; asking for something to be
    drawn carries a key, so that it is drawn once.
    """

    def __init__(self, link: Link, *, face: str) -> None:
        self._link = link
        self._face = face
        self._renewing = threading.Lock()

    @classmethod
    def connect(
        cls,
        paths: Paths,
        settings: Settings,
        *,
        face: str,
        start_worker: bool = True,
        timeout_s: float = 30.0,
        worker_command: Sequence[str] = WORKER_COMMAND,
    ) -> Client:
        """Connect to the worker.

        Args:
            face: Who asks, for the worker's log: `serve`, `generate`, ...
            start_worker: Start one with these settings where none runs.
            timeout_s: How long starting it may take.

        Raises:
            NoWorkerError: None runs, and none was to be started.
            OtherVersionError: It is of another version.
            PixelsError: It could not start, and said why.
        """

        def link() -> Link:
            if start_worker:
                address = find_or_start(paths, settings, timeout_s=timeout_s, command=worker_command)
            else:
                address = find_running(paths)
            return Link(ZmqTransport(address.endpoints), lambda: not _is_still(paths, address), link)

        client = cls(link(), face=face)
        try:
            client.greet()
        except BaseException:
            client.close()
            raise
        return client

    def __enter__(self) -> Client:
        """Use it in a `with` block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """End the connection; jobs go on."""
        self._link.transport.close()

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

    def wait(self, job_id: str, timeout_s: float) -> JobInfo:
        """Wait for a job's end, at most so long; returns the job as it then is, ended or not.

        Raises:
            UnknownJobError: There is none.
        """
        deadline_s = time.monotonic() + timeout_s
        while True:
            left_s = max(0.0, deadline_s - time.monotonic())
            wait_s = min(left_s, _WAIT_SLICE_S, WAIT_S_MAX)
            job = self._job(messages.Wait(job_id=job_id, wait_s=wait_s), timeout_s=wait_s + CALL_S)
            if job.state in ENDED or time.monotonic() >= deadline_s:
                return job

    def jobs(self, *, limit: int = 20) -> list[JobSummary]:
        """The latest jobs, the newest first."""
        return list(self._ask(messages.ListJobs(limit=limit), messages.JobsAnswer).jobs)

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
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        job_id = self.job(job_id).job_id
        seen = Seen()
        link = self._link
        subscription: Subscription = link.transport.follow(job_id)
        try:
            job = self.job(job_id)
            yield from seen.missed(job)
            while not seen.has_ended(job):
                left_s = _QUIET_S if deadline_s is None else min(_QUIET_S, deadline_s - time.monotonic())
                if left_s <= 0:
                    return
                update = subscription.get(left_s)
                if update is not None:
                    if seen.is_new(update):
                        yield update
                    continue
                job = self.job(job_id)
                yield from seen.missed(job)
                if link is not self._link:  # another worker runs now
                    link = self._link
                    subscription = link.transport.follow(job_id)
        finally:
            subscription.close()

    # --- sprites, models, the worker ----------------------------------------------------------------------------

    def sprite(self, sprite_id: str) -> SpriteInfo:
        """What is known of a sprite in the library.

        Raises:
            UnknownSpriteError: There is none.
        """
        return self._ask(messages.DescribeSprite(sprite_id=sprite_id), messages.SpriteAnswer).sprite

    def fetch(self, sprite_id: str) -> bytes:
        """The PNG file of a sprite.

        Raises:
            UnknownSpriteError: There is none.
        """
        return self._ask(messages.Fetch(sprite_id=sprite_id), messages.PictureAnswer).png

    def models(self) -> list[ModelInfo]:
        """The installed models and LoRAs."""
        return list(self._ask(messages.ListModels(), messages.ModelsAnswer).models)

    def health(self) -> WorkerHealth:
        """The worker, its device and its queue."""
        return self._ask(messages.Health(), messages.HealthAnswer).health

    def ping(self) -> float:
        """Ask whether the worker is there; returns the seconds that it took."""
        begun_s = time.perf_counter()
        self._ask(messages.Ping(), messages.Pong)
        return time.perf_counter() - begun_s

    def greet(self) -> None:
        """Introduce this face to the worker and see that both are of one version.

        Raises:
            OtherVersionError: They are not.
        """
        hello = messages.Hello(version=__version__, face=self._face, pid=os.getpid())
        welcome = self._ask(hello, messages.Welcome)
        if welcome.version != __version__:
            raise OtherVersionError(
                f"the running worker (process {welcome.pid}) is pixels-mcp {welcome.version}, this is {__version__}",
                hint=f"end it (kill {welcome.pid}; its queue is kept), then try again: a new one is started",
            )

    # --- the way there ------------------------------------------------------------------------------------------

    def _job(self, call: Call, *, timeout_s: float = CALL_S) -> JobInfo:
        return self._ask(call, messages.JobAnswer, timeout_s=timeout_s).job

    def _ask(self, call: Call, kind: type[AnswerT], *, timeout_s: float = CALL_S) -> AnswerT:
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s:
            link = self._link
            pending = link.transport.start(call)
            try:
                while (left_s := deadline_s - time.monotonic()) > 0:
                    answer = pending.wait(min(left_s, _PATIENCE_S))
                    if answer is not None:
                        return _expect(answer, kind)
                    if link is not self._link or link.is_lost():
                        break
            finally:
                pending.forget()
            self._renew(link)
        raise NoAnswerError(
            f"the worker did not answer {call.type} within {timeout_s:.0f} s",
            hint="jobs that it accepted are kept",
            steps=[NextStep("check_installation")],
        )

    def _renew(self, lost: Link) -> None:
        with self._renewing:
            if self._link is not lost or lost.renew is None or not lost.is_lost():
                return
            self._link = lost.renew()
        lost.transport.close()
        self.greet()


def _is_still(paths: Paths, address: Address) -> bool:
    return find_address(paths) == address


def _expect(answer: BaseModel, kind: type[AnswerT]) -> AnswerT:
    if isinstance(answer, messages.ErrorAnswer):
        raise answer.error.as_error()
    if not isinstance(answer, kind):
        raise DecodeError(f"the worker answered with {type(answer).__name__}, not {kind.__name__}")
    return answer


def _new_key() -> str:
    return uuid.uuid4().hex
