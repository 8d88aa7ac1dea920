"""The one place where worker and app meet.

Three daemon threads: one finds the worker and asks how it is, one listens to all jobs, and one to the previews of the
job that is looked at. What they hear goes into the inbox; nothing here touches a widget, and no widget knows the
client. The methods that ask for something block, and belong on a thread of `Errands`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from pixels_mcp.errors import NoAnswerError, OtherVersionError, PixelsError
from pixels_mcp.events import Accepted, Failed, Finished, JobInfo, ModelInfo, Preview, Started, Update
from pixels_mcp.jobs.records import Direction
from pixels_mcp.jobs.states import parts_ended
from pixels_mcp.requests import BatchRequest, SpriteRequest
from pixels_mcp.tui.board import BoardFact, HealthTold, Heard, JobsTold, JobTold, LinkTold, QueueTold
from pixels_mcp.tui.inbox import Inbox

if TYPE_CHECKING:
    from pixels_mcp.client import Client
    from pixels_mcp.events import WorkerHealth
    from pixels_mcp.foreseen import Forecast
    from pixels_mcp.library.library_folder import Library
    from pixels_mcp.paths import Paths
    from pixels_mcp.settings import Settings

log = logging.getLogger(__name__)

LISTED_JOBS = 200
_PULSE_S, _REST_PULSE_S, _HURRY_S = 2.0, 30.0, 0.2
"""How often it is asked how the worker is: while it draws, while nothing is to be drawn, right after something."""

_ALIVE_S = 5.0
"""How often it is looked, without a question, whether the process of a worker at rest is still there."""

_SILENT_S = 3.0
_PATIENCE_S = 60.0
_AGAIN_S = 5.0
_SLICE_S = 1.0


class WorkerLink:
    """The app's end of the wire.

    Args:
        connect: Finds or starts the worker.
        inbox: Where what is heard goes.
        asked: Told, on a thread, that a question is out whose answer may stay away.
    """

    def __init__(
        self, connect: Callable[[], Client], inbox: Inbox[BoardFact], asked: Callable[[], object] = lambda: None
    ) -> None:
        self._connect, self._inbox, self._asked = connect, inbox, asked
        self._client: Client | None = None
        self._there = threading.Event()
        self._nudged = threading.Event()
        self._closed = False
        self._jobs_changed = True
        self._asked_s: float | None = None
        self._standing: WorkerHealth | None = None
        self._watched: str | None = None
        self._look = threading.Event()

    def start(self) -> None:
        """Begin to look for the worker, and to listen."""
        for work in (self._pulse, self._listen, self._watch):
            threading.Thread(target=work, name=f"link{work.__name__}", daemon=True).start()

    def close(self) -> None:
        """Let go of the worker, which goes on; the threads end by themselves."""
        self._closed = True
        self._nudged.set()
        self._look.set()
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def hurry(self) -> None:
        """Look for the worker now, and at its jobs."""
        self._jobs_changed = True
        self._nudged.set()

    @property
    def is_silent(self) -> bool:
        """True when the worker, which was there, leaves a question unanswered for some seconds."""
        asked_s = self._asked_s
        return asked_s is not None and time.monotonic() - asked_s > _SILENT_S

    @property
    def is_asking(self) -> bool:
        """True while it was asked how the worker is and no answer came yet."""
        return self._asked_s is not None

    # --- asking -------------------------------------------------------------------------------------------------

    def submit(self, request: SpriteRequest) -> JobInfo:
        """Ask for a sprite; waits for a worker that is only being started.

        Raises:
            PixelsError: It cannot be drawn as asked, or no worker came.
        """
        return self._told(self._ready().submit(request))

    def submit_batch(self, request: BatchRequest) -> JobInfo:
        """Ask for many as one job; as `submit`."""
        return self._told(self._ready().submit_batch(request))

    def regenerate(self, recipe: Mapping[str, object]) -> JobInfo:
        """Follow a recipe again; as `submit`."""
        return self._told(self._ready().regenerate(recipe))

    def asked(self, call: Callable[[Client], JobInfo]) -> JobInfo:
        """Ask the worker something about a job."""
        return self._told(call(self._ready()))

    def parts_drawn(self, job: JobInfo) -> JobInfo:
        """Wait until all parts that a job has so far have ended."""
        client = self._ready()
        while not parts_ended(job) and not self._closed:
            job = client.wait(job.job_id, _SLICE_S, parts_only=True)
        return self._told(job)

    def cancel(self, job_ids: Sequence[str]) -> list[JobInfo]:
        """Stop jobs or parts."""
        client = self._ready()
        return [self._told(client.cancel(job_id)) for job_id in job_ids]

    def move(self, job_id: str, direction: Direction) -> JobInfo:
        """Have a job served earlier or later."""
        return self._told(self._ready().move(job_id, direction))

    def retry(self, job_id: str) -> JobInfo:
        """Draw what failed or was cancelled again, as a new job."""
        return self._told(self._ready().retry(job_id))

    def warm(self, model: str) -> ModelInfo:
        """Load a model beforehand; returns when it is loaded."""
        return self._ready().warm(model)

    def job(self, job_id: str) -> JobInfo:
        """How a job is, whole."""
        return self._ready().job(job_id)

    def models(self) -> list[ModelInfo]:
        """The models as the worker lists them, those that are loaded marked."""
        return self._ready().models()

    def foresee(
        self, paths: Paths, settings: Settings, library: Library, requests: Sequence[SpriteRequest]
    ) -> Forecast:
        """What drawing would take; nothing is queued. A small model that was never drawn with here is tried first."""
        from pixels_mcp.client.foreseeing import foresee

        return foresee(self._ready(), paths, settings, library, requests)

    def watch(self, job_id: str | None) -> None:
        """Listen to the previews of one job, and of no other."""
        self._watched = job_id
        self._look.set()

    def _told(self, job: JobInfo) -> JobInfo:
        self._inbox.add(JobTold(job))
        self.hurry()
        return job

    def _ready(self) -> Client:
        self._nudged.set()
        if not self._there.wait(_PATIENCE_S) or self._client is None:
            raise NoAnswerError(f"no worker was there after {_PATIENCE_S:.0f} s", hint="see Help for the cause")
        return self._client

    # --- the threads --------------------------------------------------------------------------------------------

    def _pulse(self) -> None:
        while not self._closed:
            try:
                if self._client is None:
                    self._inbox.add(LinkTold("starting"))
                    self._client = self._connect()
                    self._there.set()
                self._asked_s = time.monotonic()
                self._asked()
                is_busy = self._ask(self._client)
                self._asked_s = None
                wait_s = _HURRY_S if self._jobs_changed else _PULSE_S if is_busy else _REST_PULSE_S
            except PixelsError as error:
                self._asked_s = None
                if self._closed:
                    return
                self._standing = None
                refused = self._client is None or isinstance(error, OtherVersionError)
                self._inbox.add(LinkTold("refused" if refused else "lost", error))
                wait_s = _AGAIN_S
            self._rest(wait_s)

    def _rest(self, wait_s: float) -> None:
        """Wait until the next question is due: at once where something happened or the worker's process ended."""
        until_s = time.monotonic() + wait_s
        while (left_s := until_s - time.monotonic()) > 0 and not self._nudged.wait(min(left_s, _ALIVE_S)):
            if self._standing is not None and self._standing.machine is None and not _is_alive(self._standing.pid):
                break
        self._nudged.clear()

    def _ask(self, client: Client) -> bool:
        """Ask how it is, and for its jobs where they may have changed; gives whether it has something to draw."""
        health = client.health()
        standing = health.model_copy(update={"uptime_s": 0.0, "memory_free_gib": 0.0})
        is_news, self._standing = standing != self._standing, standing
        self._inbox.put("link", LinkTold("ready"), is_news=is_news)
        self._inbox.put("health", HealthTold(health), is_news=is_news)
        is_busy = health.parts_running + health.parts_queued > 0
        if self._jobs_changed or is_busy:
            self._jobs_changed = False
            latest, ended = client.jobs(limit=LISTED_JOBS), client.jobs(limit=LISTED_JOBS, ended=True)
            jobs = {job.job_id: job for job in (*latest, *ended)}  # where thousands wait, none of the latest has ended
            self._inbox.put("jobs", JobsTold(tuple(jobs.values())))
            self._inbox.put("queue", QueueTold(client.queue(limit=LISTED_JOBS)))
        return is_busy

    def _listen(self) -> None:
        self._there.wait()
        while not self._closed and self._client is not None:
            try:
                for update in self._client.follow_all():
                    if self._closed:
                        return
                    self._hear(update)
            except PixelsError as error:
                log.info("listening again: %s", error)
            time.sleep(_HURRY_S)

    def _hear(self, update: Update) -> None:
        heard = Heard(update, time.monotonic())
        if isinstance(update, Finished | Failed):
            self._inbox.add(heard)
        else:
            self._inbox.put((type(update).__name__, update.part_id), heard)
        if isinstance(update, Accepted | Started | Finished | Failed):
            self.hurry()

    def _watch(self) -> None:
        while not self._closed:
            self._look.wait()
            self._look.clear()
            job_id, client = self._watched, self._client
            if job_id is None or client is None:
                continue
            try:
                for update in client.follow(job_id):
                    if isinstance(update, Preview):
                        self._inbox.put(("preview", job_id), Heard(update, time.monotonic()))
                    if self._closed or self._watched != job_id:
                        break
            except PixelsError as error:
                log.info("no previews of %s: %s", job_id, error)


def _is_alive(pid: int) -> bool:
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
