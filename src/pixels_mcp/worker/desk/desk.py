"""The worker's desk: it answers every call, at once, from the job store, the library and what it heard."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from pixels_mcp import __version__
from pixels_mcp.errors import PairingLineError, PixelsError
from pixels_mcp.events import Accepted, ErrorInfo, Failed, Finished, Update, WorkerHealth
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.jobs.records import Job, JobKind, NewPart
from pixels_mcp.jobs.retrying import parts_to_retry
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.library.library_folder import Library
from pixels_mcp.wire import answers, messages
from pixels_mcp.wire.answers import Answer, JobAnswer
from pixels_mcp.wire.far.far_calls import keys_of
from pixels_mcp.wire.messages import Call
from pixels_mcp.wire.transport import SendAnswer, WireServer
from pixels_mcp.worker.desk.job_answers import JobAnswers, summary
from pixels_mcp.worker.desk.progress import Progress
from pixels_mcp.worker.desk.queueing import Queueing
from pixels_mcp.worker.desk.worker_health import HealthReport
from pixels_mcp.worker.desk.workflow_jobs import WorkflowJobs
from pixels_mcp.worker.looking_ahead import Foreseeing
from pixels_mcp.worker.planning.accept import Intake
from pixels_mcp.worker.scheduler import Scheduler

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Waiting:
    job_id: str
    until_s: float
    send: SendAnswer
    parts_only: bool


@dataclass(frozen=True)
class _Warming:
    model: str
    until_s: float
    send: SendAnswer


_LATE_S = 60.0
"""A tick so much later than it was due is no sign of a busy machine, but of a clock that jumped."""

_LOOK_S = 0.05
"""While somebody waits for a model to be loaded, or for a forecast, it is looked after so often."""


class Desk:
    """Answers calls on the serving thread; nothing here takes long.

    Args:
        idle_exit_s: Without a face and without work for so long, the worker ends.
    """

    def __init__(
        self,
        store: JobStore,
        library: Library,
        intake: Intake,
        scheduler: Scheduler,
        server: WireServer,
        foreseeing: Foreseeing,
        *,
        queue_limit: int,
        idle_exit_s: float,
    ) -> None:
        self._store, self._library, self._intake = store, library, intake
        self._scheduler, self._server, self._foreseeing = scheduler, server, foreseeing
        self._idle_exit_s = idle_exit_s
        self._progress = Progress()
        self._answers = JobAnswers(store, self._progress, lambda: scheduler.held_by)
        self._queueing = Queueing(store, library, queue_limit=queue_limit)
        self._runs = WorkflowJobs(store, intake, self._queueing)
        self._report = HealthReport(store, intake, scheduler, server, self._progress, queue_limit=queue_limit)
        self._waiting: list[_Waiting] = []
        self._warming: list[_Warming] = []
        self._idle_since_s: float | None = None
        self._last_tick: tuple[float, float | None] = (time.monotonic(), None)

    # --- the serving thread's three questions -------------------------------------------------------------------

    def answer(self, call: Call, send: SendAnswer) -> None:
        """Answer a call; see `wire.transport.Handler`."""
        match call:
            case messages.Wait():
                self._wait(self._store.job(call.job_id), call, send)
            case messages.Generate() | messages.Batch() | messages.Redraw() | messages.Regenerate():
                send(self._accept(call))
            case messages.DrawStep() | messages.EndRun():
                send(self._draw_step(call) if isinstance(call, messages.DrawStep) else self._end_run(call))
            case messages.Status(job_id=job_id):
                send(self._describe(self._store.job(job_id)))
            case messages.Warm(model=model, wait_s=wait_s):
                self._warm(model, wait_s, send)
            case messages.Foresee():
                self._foreseeing.ask(self._health(), call, send)
            case messages.ListJobs() | messages.ListQueue() | messages.Move() | messages.Retry() | messages.Cancel():
                send(self._tend_queue(call))
            case messages.DescribeSprite(sprite_id=sprite_id):
                send(answers.SpriteAnswer(sprite=self._library.get(sprite_id)))
            case messages.Fetch(sprite_id=sprite_id):
                send(answers.PictureAnswer(png=self._library.read_png(sprite_id)))
            case messages.KeepPicture() | messages.CountFrom() | messages.Pair():
                send(self._serve_machine(call))
            case _:
                send(self._tell_of_worker(call))

    def _serve_machine(self, call: messages.KeepPicture | messages.CountFrom | messages.Pair) -> Answer:
        match call:
            case messages.KeepPicture(png=data):
                return answers.KeptPicture(sha256=self._library.keep_reference_file(data))
            case messages.CountFrom(number=number):
                self._library.count_up_to(number)
                return answers.Pong()
            case messages.Pair():
                raise PairingLineError("on its own machine a worker pairs with nobody", hint="faces find it there")

    def _accept(self, call: messages.Generate | messages.Batch | messages.Redraw | messages.Regenerate) -> Answer:
        key = call.idempotency_key
        match call:
            case messages.Generate(request=request) | messages.Redraw(request=request):
                asked = request.model_dump_json(exclude_unset=True)
                return self._add("generate", asked, key, lambda: [self._intake.accept(request)])
            case messages.Batch(request=request, unread=unread):
                asked = request.model_dump_json(exclude_unset=True)
                return self._add("batch", asked, key, lambda: self._intake.accept_batch(request, unread), request.label)
            case messages.Regenerate(recipe=recipe):
                asked = json.dumps(recipe, sort_keys=True, default=str)
                return self._add("generate", asked, key, lambda: [self._intake.accept_recipe(recipe)])

    def _tend_queue(
        self, call: messages.ListJobs | messages.ListQueue | messages.Move | messages.Retry | messages.Cancel
    ) -> Answer:
        match call:
            case messages.ListJobs(limit=limit, ended=ended):
                return answers.JobsAnswer(jobs=tuple(map(summary, self._store.latest(limit, ended=ended))))
            case messages.ListQueue(limit=limit):
                return answers.QueueAnswer(queue=self._answers.queue(limit))
            case messages.Move(job_id=job_id, direction=direction):
                return self._describe(self._store.move(job_id, direction))
            case messages.Retry(job_id=job_id):
                key = f"{keys_of(call.machine)}{uuid.uuid4().hex}" if call.machine else None
                return self._retry(self._store.job(job_id), job_id, key)
            case messages.Cancel(job_id=job_id):
                self._cancel(job_id)
                return self._describe(self._store.job(job_id))

    def _tell_of_worker(
        self, call: messages.Ping | messages.Hello | messages.ListModels | messages.Health | messages.LetGo
    ) -> Answer:
        match call:
            case messages.Ping():
                return answers.Pong()
            case messages.Hello():
                log.info("%s (process %d, version %s) is here", call.face, call.pid, call.version)
                return answers.Welcome(version=__version__, pid=os.getpid())
            case messages.ListModels():
                return answers.ModelsAnswer(models=tuple(self._intake.models(self._report.loaded())))
            case messages.LetGo():
                self._scheduler.let_go()
                return answers.HealthAnswer(health=self._health())
            case messages.Health():
                return answers.HealthAnswer(health=self._health())

    def heard(self, update: Update) -> None:
        """Learn of an update, and answer those who waited for it."""
        self._progress.heard(update)
        if isinstance(update, Finished | Failed) and any(one.job_id == update.job_id for one in self._waiting):
            self._release_of(self._store.job(update.job_id))

    def tick(self) -> float | None:
        """Answer those whose time is up, and end an idle worker; returns the seconds until the next of both."""
        now_s = time.monotonic()
        if any(one.until_s <= now_s for one in self._waiting):
            self._release(lambda one: one.until_s <= now_s)
        self._answer_warmed(now_s)
        self._foreseeing.answer_ready()
        for job in self._runs.end_left(now_s):
            self._release_of(job)
        due_s = [one.until_s - now_s for one in self._waiting]
        if (look_s := self._runs.next_look_s(now_s)) is not None:
            due_s.append(look_s)
        due_s += [_LOOK_S] if self._warming or self._foreseeing.is_busy else []
        if self._server.faces or self._store.queued or self._store.running:
            self._idle_since_s = None
        else:
            self._idle_since_s = (self._idle_since_s or now_s) + self._slept_s(now_s)
            left_s = self._idle_since_s + self._idle_exit_s - now_s
            if left_s <= 0:
                log.info("no face and no work for %.0f s: ending", self._idle_exit_s)
                self._server.stop()
            due_s.append(max(0.0, left_s))
        next_s = min(due_s, default=None)
        self._last_tick = (now_s, next_s)
        return next_s

    def _slept_s(self, now_s: float) -> float:
        """How long the machine slept, or by how much its clock jumped, since this was asked last: nobody was idle."""
        ticked_s, next_s = self._last_tick
        passed_s = now_s - ticked_s
        return passed_s if next_s is not None and passed_s > next_s + _LATE_S else 0.0

    # --- answers ------------------------------------------------------------------------------------------------

    def _add(
        self, kind: JobKind, asked: str, key: str | None, accept: Callable[[], list[NewPart]], label: str | None = None
    ) -> JobAnswer:
        """Queue a job, or find the one that was queued with the same key: a face that got no answer asks again."""
        fingerprint = hashlib.sha256(f"{kind} {asked}".encode()).hexdigest()
        if key is not None and (known := self._store.find_key(key, fingerprint)):
            return self._describe(known)
        parts = accept()
        return self._queued(kind, label or parts[0].request.label, parts, fingerprint, key)

    def _queued(self, kind: JobKind, label: str, parts: list[NewPart], fingerprint: str, key: str | None) -> JobAnswer:
        job = self._queueing.add(kind, label, parts, fingerprint=fingerprint, idempotency_key=key)
        return self._tell_accepted(job, len(parts))

    def _draw_step(self, call: messages.DrawStep) -> JobAnswer:
        """Queue what a workflow's step draws as parts of its run's job, or find what was queued with the same key."""
        job, new_parts = self._runs.draw(call)
        answer = self._tell_accepted(job, new_parts) if new_parts else None
        self._runs.asked(job)
        return answer or self._describe(job)

    def _tell_accepted(self, job: Job, new_parts: int) -> JobAnswer:
        """Tell that a job's last parts wait, and let them be drawn; returns the job as it is before that."""
        queued = self._describe(job)
        stored, is_open = queued.job.parts, job.run_key is not None
        first = stored[-new_parts].part_id
        self._server.publish(Accepted(job_id=job.job_id, part_id=first, parts=len(stored), is_open=is_open))
        self._scheduler.wake()
        return queued

    def _end_run(self, call: messages.EndRun) -> JobAnswer:
        job = self._store.close_run(self._store.job(call.job_id), call.error)
        self._runs.ended(job)
        self._release_of(job)
        return self._describe(job)

    def _retry(self, job: Job, job_id: str, key: str | None) -> JobAnswer:
        """Queue what was lost of a job as a new one, or find the job that tries it already."""
        lost, latest = parts_to_retry(self._store, job, job_id)
        if not lost:
            return self._describe(self._store.job(latest.job_id))
        parts = [self._intake.accept_again(part) for part in lost]
        label = parts[0].request.label if len(parts) == 1 else job.label
        return self._queued("generate" if len(parts) == 1 else "batch", label, parts, f"retry {job_id}", key)

    def _wait(self, job: Job, call: messages.Wait, send: SendAnswer) -> None:
        if _is_over(job, parts_only=call.parts_only) or call.wait_s <= 0:
            send(self._describe(job))
        else:
            self._waiting.append(_Waiting(job.job_id, time.monotonic() + call.wait_s, send, call.parts_only))

    def _release_of(self, job: Job) -> None:
        """Answer those who waited for this."""
        self._release(lambda one: one.job_id == job.job_id and _is_over(job, parts_only=one.parts_only))

    def _release(self, is_due: Callable[[_Waiting], bool]) -> None:
        due = [one for one in self._waiting if is_due(one)]
        self._waiting = [one for one in self._waiting if not is_due(one)]
        for one in due:
            try:
                one.send(self._describe(self._store.job(one.job_id)))
            except PixelsError as error:
                one.send(answers.ErrorAnswer(error=ErrorInfo.of(error)))

    def _warm(self, name: str, wait_s: float, send: SendAnswer) -> None:
        model = self._intake.find_model(name, self._report.loaded())
        if model.loaded:
            send(answers.ModelAnswer(model=model))
            return
        self._scheduler.warm(model.name)
        self._warming.append(_Warming(model.name, time.monotonic() + wait_s, send))

    def _answer_warmed(self, now_s: float) -> None:
        """Answer those whose model is loaded or cannot be, and those whose time is up."""
        warming = self._scheduler.warming
        due = [one for one in self._warming if warming.has_ended(one.model) or one.until_s <= now_s]
        self._warming = [one for one in self._warming if one not in due]
        for one in due:
            try:
                if warming.has_ended(one.model) and (error := warming.error_of(one.model)):
                    raise error
                one.send(answers.ModelAnswer(model=self._intake.find_model(one.model, self._report.loaded())))
            except PixelsError as error:
                one.send(answers.ErrorAnswer(error=ErrorInfo.of(error)))

    def _cancel(self, job_id: str) -> None:
        cancelled = self._store.cancel(job_id)
        self._scheduler.forget(part.number for part in cancelled)
        self._release_of(self._store.job(job_id))  # a run of which nothing was drawn just now tells no end
        for part in cancelled:
            self._server.publish(
                Finished(job_id=part.job_id, part_id=part.part_id, state="cancelled", sprites=part.sprites)
            )

    def _describe(self, job: Job) -> JobAnswer:
        return JobAnswer(job=self._answers.job(job))

    def _health(self) -> WorkerHealth:
        return self._report.now()


def _is_over(job: Job, *, parts_only: bool) -> bool:
    return job.state in ENDED or (parts_only and not job.tally.queued + job.tally.running)
