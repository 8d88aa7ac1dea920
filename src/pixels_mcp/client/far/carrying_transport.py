"""A transport that carries pictures: what a call names goes up with it, what an answer tells of comes down with it.

So a face sees its own library and nothing of the other machine's files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pixels_mcp.client.far.fetched_sprites import FetchedSprites
from pixels_mcp.client.far.sent_pictures import SentPictures
from pixels_mcp.errors import NoAnswerError, PixelsError
from pixels_mcp.events import Finished, JobInfo, PartInfo, QueueEntry, SpriteInfo, Update
from pixels_mcp.wire.answers import (
    Answer,
    ErrorAnswer,
    HealthAnswer,
    JobAnswer,
    ModelAnswer,
    ModelsAnswer,
    QueueAnswer,
    SpriteAnswer,
)
from pixels_mcp.wire.far.far_transport import FarTransport
from pixels_mcp.wire.far.far_way import FarWay
from pixels_mcp.wire.messages import Batch, Call, CountFrom, DrawStep, Generate, Redraw, Regenerate, Retry
from pixels_mcp.wire.transport import PendingAnswer, Subscription

if TYPE_CHECKING:
    from pixels_mcp.library.library_folder import Library

_TOLD_S = 60.0
_ASKING = (Generate, Batch, Redraw, DrawStep, Regenerate, Retry)
"""Calls that give numbers."""


class _Carried:
    """A call on its way, whose answer is read as this machine understands it."""

    def __init__(self, pending: PendingAnswer, carrier: CarryingTransport, call: Call) -> None:
        self._pending, self._carrier, self._call = pending, carrier, call

    def wait(self, timeout_s: float) -> Answer | None:
        answer = self._pending.wait(timeout_s)
        return None if answer is None else self._carrier.read(answer, self._call)

    def forget(self) -> None:
        self._pending.forget()


class _CarriedUpdates:
    def __init__(self, updates: Subscription, carrier: CarryingTransport) -> None:
        self._updates, self._carrier = updates, carrier

    def get(self, timeout_s: float) -> Update | None:
        update = self._updates.get(timeout_s)
        if not isinstance(update, Finished):
            return update
        try:
            return self._carrier.brought(update)
        except PixelsError:
            return None  # updates are hints: the job's status brings the sprites, or says why they do not come

    def close(self) -> None:
        self._updates.close()


class CarryingTransport:
    """A `wire.transport.Transport` to a far worker.

    Args:
        far: The connection.
        way: Where it leads.
        library: Of this machine.
    """

    def __init__(self, far: FarTransport, way: FarWay, library: Library) -> None:
        self._far, self._way, self._library = far, way, library
        self._told_number = 0
        self._copies = FetchedSprites(library, far.start)
        self._pictures = SentPictures(library, self._ask)

    def start(self, call: Call) -> _Carried:
        """Send a call, after the pictures that it names."""
        carried = self._pictures.carry(call)
        if isinstance(call, _ASKING):
            self._tell_number()
        return _Carried(self._far.start(carried), self, call)

    def _tell_number(self) -> None:
        """Let the far worker count on from what the library here has reached, so that ids never meet."""
        number = self._library.largest_number()
        if number <= self._told_number:
            return
        answer = self._ask(CountFrom(number=number), _TOLD_S)
        if answer is None:
            raise NoAnswerError("the far worker does not answer", hint="nothing was queued; ask again")
        if isinstance(answer, ErrorAnswer):
            raise answer.error.as_error()
        self._told_number = number

    def follow(self, job_id: str) -> _CarriedUpdates:
        """Listen to a job's updates, or those of all."""
        return _CarriedUpdates(self._far.follow(job_id), self)

    def close(self) -> None:
        """End the connection."""
        self._far.close()

    def read(self, answer: Answer, call: Call) -> Answer:
        """An answer with this machine's paths; its sprites are here when this returns.

        Raises:
            NoAnswerError, StoreError: They could not be brought.
        """
        match answer:
            case JobAnswer(job=job):
                if isinstance(call, _ASKING):
                    self._count_up_to(job)
                return JobAnswer(job=self._brought_job(job))
            case QueueAnswer(queue=queue):
                jobs = tuple(self._brought_entry(entry) for entry in queue.jobs)
                return QueueAnswer(queue=queue.model_copy(update={"jobs": jobs}))
            case SpriteAnswer(sprite=sprite):
                return SpriteAnswer(sprite=self._copies.bring([sprite])[sprite.sprite_id])
            case ModelsAnswer(models=models):
                return ModelsAnswer(models=tuple(model.model_copy(update={"path": None}) for model in models))
            case ModelAnswer(model=model):
                return ModelAnswer(model=model.model_copy(update={"path": None}))
            case HealthAnswer(health=health):
                return HealthAnswer(health=health.model_copy(update={"machine": str(self._way)}))
            case _:
                return answer

    def brought(self, update: Finished) -> Finished:
        """An update whose sprites are here."""
        near = self._copies.bring(update.sprites)
        return update.model_copy(update={"sprites": _near(update.sprites, near)})

    def _brought_job(self, job: JobInfo) -> JobInfo:
        near = self._copies.bring(_sprites(job.parts))
        parts = tuple(part.model_copy(update={"sprites": _near(part.sprites, near)}) for part in job.parts)
        return job.model_copy(update={"parts": parts})

    def _brought_entry(self, entry: QueueEntry) -> QueueEntry:
        if entry.running is None or not entry.running.sprites:
            return entry
        near = self._copies.bring(entry.running.sprites)
        running = entry.running.model_copy(update={"sprites": _near(entry.running.sprites, near)})
        return entry.model_copy(update={"running": running})

    def _count_up_to(self, job: JobInfo) -> None:
        """The job's numbers are given, so nothing that is put together here gets one of them."""
        from pixels_mcp.library.cards import find_number

        self._library.count_up_to(max((find_number(f"{part.part_id}.1") for part in job.parts), default=0))

    def _ask(self, call: Call, timeout_s: float) -> Answer | None:
        pending = self._far.start(call)
        try:
            return pending.wait(timeout_s)
        finally:
            pending.forget()


def _sprites(parts: tuple[PartInfo, ...]) -> Iterator[SpriteInfo]:
    for part in parts:
        yield from part.sprites


def _near(sprites: tuple[SpriteInfo, ...], near: dict[str, SpriteInfo]) -> tuple[SpriteInfo, ...]:
    return tuple(near[sprite.sprite_id] for sprite in sprites)
