"""Deciding what is drawn next, and with what: the worker's drawing thread.

Jobs stand in a ring. The job at its head gives a batch its first row, then the batch is filled with rows of the same
spec, its own first, then those of the jobs behind it. After that the job goes to the end of the ring, so one sprite
asked for behind a batch of a thousand waits for one denoising batch, not for all of them.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from pixels_mcp.engines.base import RenderSpec
from pixels_mcp.errors import (
    DiskFullError,
    EngineError,
    EngineGoneError,
    NoLaneError,
    OutOfDeviceMemory,
    PixelsError,
    RenderStopped,
    StoreError,
)
from pixels_mcp.events import ErrorInfo, Failed, Finished, SpriteInfo, Started, State
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.jobs.records import Part
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.worker.batch import Drawing, OpenPart, RowBatch, batch_again, batch_of
from pixels_mcp.worker.planning.plan import Plan
from pixels_mcp.worker.warming import QuietWatch, Warming
from pixels_mcp.worker.watch import BatchWatch, Bulletin

log = logging.getLogger(__name__)

Value = TypeVar("Value")

LOOK_AHEAD_PARTS = 64
"""So many waiting parts are looked through for rows that fit a batch."""

DISK_FREE_BYTES_MIN = 4 * 2**20
"""With less, nothing is begun: every sprite would fail at its last step."""

ROOM_WAIT_S = 600.0
"""So long a finished picture is held while the disk has no room; then it is let go of, and drawn again later."""

UNSTORED_MAX = 3
"""A part whose pictures found no room so often is not drawn again."""

_RETRY_S = 2.0


class Production(Protocol):
    """Who makes sprites: `worker.produce.Studio`."""

    def prepare(self) -> None:
        """Get ready before anything is asked for."""
        ...

    def plan(self, part: Part) -> Plan:
        """Decide everything that a part's request leaves open."""
        ...

    def standing(self, plan: Plan) -> list[SpriteInfo]:
        """A part's sprites that stand in the library."""
        ...

    def refusal(self, spec: RenderSpec) -> str | None:
        """Why a model cannot be drawn with, None where it can."""
        ...

    def rows_that_fit(self, spec: RenderSpec) -> int:
        """How many rows the device takes at once."""
        ...

    def warm(self, model: str, watch: QuietWatch) -> None:
        """Leave a model ready to draw."""
        ...

    def let_go(self) -> None:
        """Let loaded models leave the device's memory."""
        ...

    def produce(self, batch: RowBatch, watch: BatchWatch) -> Iterator[tuple[Drawing, SpriteInfo | PixelsError]]:
        """Draw a batch; gives each wanted row's sprite, or why it has none."""
        ...


class Scheduler:
    """Draws what is queued until it is stopped.

    Args:
        rows_max: Rows denoised together at most.
        disk: A path on the disk that sprites are written to.
    """

    def __init__(
        self, store: JobStore, production: Production, bulletin: Bulletin, *, rows_max: int, disk: Path
    ) -> None:
        self._store, self._production, self._bulletin = store, production, bulletin
        self._rows_max, self._disk = rows_max, disk
        self._open: dict[int, OpenPart] = {}
        self._plans: dict[int, Plan] = {}
        self._limits: dict[RenderSpec, int] = {}
        self._cancelled: set[int] = set()
        self._unstored: Counter[int] = Counter()
        self.warming = Warming(production)
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._letting_go = threading.Event()
        self.held_by: str | None = None
        """Why nothing is drawn although parts wait; may be read from any thread."""

    # --- called by the serving thread ---------------------------------------------------------------------------

    def wake(self) -> None:
        """Something was queued."""
        self._news.set()

    def warm(self, model: str) -> None:
        """Load a model before the next batch is drawn; `warming` tells how that ended."""
        self.warming.ask(model)
        self._news.set()

    def let_go(self) -> None:
        """Let loaded models leave memory before the next batch is drawn."""
        self._letting_go.set()
        self._news.set()

    def forget(self, numbers: Iterable[int]) -> None:
        """These parts were cancelled: a running render of theirs ends within one step."""
        self._cancelled.update(numbers)
        self._news.set()

    def stop(self) -> None:
        """Let `run` return within one step; what is being drawn goes back to the queue."""
        self._stopping.set()
        self._news.set()

    # --- the drawing thread -------------------------------------------------------------------------------------

    def run(self) -> None:
        """Draw until `stop`."""
        with contextlib.suppress(PixelsError):  # told again, to whoever asks for a sprite
            self._production.prepare()
        while not self._stopping.is_set():
            self._news.clear()
            try:
                if self._letting_go.is_set():
                    self._letting_go.clear()
                    self._production.let_go()
                if self.warming.load_next(self._stopping.is_set):
                    self._news.set()
                    continue
                batch = None if self._is_held() else self._compose()
                if batch is not None:
                    self._draw(batch)
                    continue
            except Exception:  # the job store or its disk, most likely; whatever it is, drawing goes on
                log.exception("drawing was interrupted; trying again")
                self._stopping.wait(_RETRY_S)
                continue
            self._news.wait(_RETRY_S if self.held_by else None)
        try:
            self._store.give_back(self._open)
        except StoreError as error:  # they stay marked as running: the next worker queues them again
            log.warning("%d parts cannot be given back: %s", len(self._open), error)

    def _is_held(self) -> bool:
        free_bytes = shutil.disk_usage(self._disk).free
        self.held_by = (
            f"waiting for disk space: {free_bytes // 1024} KiB are free in {self._disk}"
            if free_bytes < DISK_FREE_BYTES_MIN
            else None
        )
        return self.held_by is not None

    def _compose(self) -> RowBatch | None:
        """Put the next batch together; None when nothing waits."""
        self._drop_cancelled()
        candidates = self._candidates()
        head = next((part for part in map(self._opened, candidates) if part is not None), None)
        if head is None:
            return None
        spec = head.plan.spec
        try:
            if reason := self._production.refusal(spec):
                raise NoLaneError(head.plan.model.name, {"diffusers": reason})
            rows_fit = min(self._rows_max, self._production.rows_that_fit(spec), self._limits.get(spec, self._rows_max))
        except PixelsError as error:
            if not self._stopping.is_set() and self._begin(head):
                self._fail(head, error)
            self._news.set()
            return None
        drawings: list[Drawing] = []
        batch: RowBatch | None = None
        if head.plan.recorded_batch is not None:
            batch = batch_again(head) if self._begin(head) else None
        else:
            kin = _kin(head.part.request)
            candidates.sort(key=lambda part: (part.job_number != head.part.job_number, part.rank, part.number))
            for candidate in [head.part, *candidates]:
                if len(drawings) >= rows_fit:
                    break
                if candidate.number in {drawing.of.part.number for drawing in drawings}:
                    continue
                if candidate.recipe is not None or _kin(candidate.request) != kin:
                    continue
                part = self._opened(candidate)
                if part is not None and part.plan.spec == spec and self._begin(part):
                    room = rows_fit - len(drawings)
                    drawings += [Drawing(part, row) for row in part.rows_left[:room]]
            batch = batch_of(spec, drawings) if drawings else None
        self._store.serve_later(head.part.job_number)
        self._news.set()  # there may be more, also where all of these were cancelled meanwhile
        return batch

    def _candidates(self) -> list[Part]:
        ranks = self._store.ranks(part.part.job_number for part in self._open.values())
        opened = [replace(part.part, rank=ranks[part.part.job_number]) for part in self._open.values()]
        parts = opened + self._store.next_parts(LOOK_AHEAD_PARTS)
        return sorted(parts, key=lambda part: (part.rank, part.number))

    def _opened(self, part: Part) -> OpenPart | None:
        """Plan a part; one that cannot be planned ends here."""
        if part.number in self._open:
            return self._open[part.number]
        plan = self._plans.get(part.number)
        if plan is None:
            try:
                plan = self._plans[part.number] = self._production.plan(part)
            except PixelsError as error:
                self._fail_unplanned(part, error)
                return None
            except Exception as error:
                log.exception("planning %s failed", part.part_id)
                self._fail_unplanned(part, _unexpected(error))
                return None
        return OpenPart(part, plan, list(plan.rows))

    def _begin(self, part: OpenPart) -> bool:
        """Take a part out of the queue; False when it was cancelled meanwhile or stands complete already."""
        number = part.part.number
        if number in self._open:
            return True
        self._plans.pop(number, None)
        if number not in self._store.start([number]):
            return False
        self._open[number] = part
        self._bulletin.publish(Started(job_id=part.part.job_id, part_id=part.part.part_id))
        if part.part.starts or part.part.sprites:  # a worker ended over it: what it had kept is not drawn again
            for sprite in self._production.standing(part.plan):
                self._keep(part, sprite)
            self._finish_complete([part])
        return number in self._open

    def _draw(self, batch: RowBatch) -> None:
        watch = BatchWatch(batch, self._bulletin, self._is_wanted, self._wait_for_room)
        failed: dict[int, PixelsError] = {}
        try:
            for drawing, outcome in self._production.produce(batch, watch):
                if isinstance(outcome, SpriteInfo):
                    self._keep(drawing.of, outcome)
                elif not isinstance(outcome, DiskFullError) or self._is_given_up(drawing.of):
                    failed[drawing.of.part.number] = outcome
        except RenderStopped:
            log.info("a batch of %d rows was stopped", len(batch.drawings))
        except (OutOfDeviceMemory, EngineGoneError) as error:
            if not self._stopping.is_set():
                self._draw_fewer(batch, error)
        except StoreError:
            raise
        except PixelsError as error:
            failed |= dict.fromkeys((part.part.number for part in batch.parts), error)
        except Exception as error:
            log.exception("a batch of %d rows failed", len(batch.drawings))
            failed |= dict.fromkeys((part.part.number for part in batch.parts), _unexpected(error))
        for number, error in failed.items():
            if number in self._open:
                self._fail(self._open[number], error)
        self._finish_complete(batch.parts)
        self._drop_cancelled()

    def _draw_fewer(self, batch: RowBatch, error: PixelsError) -> None:
        """Halve what is drawn together; the rows are still open, so the next batch takes them up again."""
        rows = len(batch.drawings)
        if rows > 1 and batch.parts[0].plan.recorded_batch is None:
            self._limits[batch.spec] = rows // 2
            log.warning("%s; drawing %d rows at once from now on", error, rows // 2)
            return
        for part in batch.parts:
            if self._is_wanted(part):
                self._fail(part, error)

    def _wait_for_room(self, part: OpenPart, error: DiskFullError, waited_s: float) -> bool:
        """Wait a moment for room to store a picture that is drawn; False when it is not to be tried again."""
        if waited_s >= ROOM_WAIT_S or not self._is_wanted(part):
            return False
        if self.held_by is None:
            log.warning("%s is drawn and waits: %s", part.part.part_id, error)
        self.held_by = f"waiting for disk space: {error.message}"
        self._stopping.wait(_RETRY_S)
        return self._is_wanted(part)

    def _is_given_up(self, part: OpenPart) -> bool:
        """Whether a picture that found no room is its part's end; else its row is still open and is drawn again."""
        if not self._is_wanted(part):
            return False
        self._unstored[part.part.number] += 1
        return self._unstored[part.part.number] >= UNSTORED_MAX

    def _is_wanted(self, part: OpenPart) -> bool:
        return not self._stopping.is_set() and part.part.number not in self._cancelled

    # --- ends ---------------------------------------------------------------------------------------------------

    def _keep(self, part: OpenPart, sprite: SpriteInfo) -> None:
        self._written_down(part.part, lambda: self._store.keep_sprite(part.part.number, sprite))
        self.held_by = None
        part.sprites.append(sprite)
        part.rows_left = [row for row in part.rows_left if row.sprite_id != sprite.sprite_id]

    def _finish_complete(self, parts: Iterable[OpenPart]) -> None:
        for part in parts:
            if not part.rows_left and part.part.number in self._open and self._is_wanted(part):
                self._end(part.part, "done", None, tuple(part.sprites))

    def _fail(self, part: OpenPart, error: PixelsError) -> None:
        log.warning("%s failed: %s", part.part.part_id, error)
        self._end(part.part, "failed", ErrorInfo.of(error), tuple(part.sprites))

    def _fail_unplanned(self, part: Part, error: PixelsError) -> None:
        log.warning("%s cannot be drawn: %s", part.part_id, error)
        if self._store.start([part.number]):
            self._end(part, "failed", ErrorInfo.of(error), ())

    def _written_down(self, part: Part, write: Callable[[], Value]) -> Value | None:
        """Write down how far a part is. On a full disk this waits, so that what is drawn is not lost; None when the
        worker was told to end meanwhile."""
        while True:
            try:
                return write()
            except StoreError as problem:
                log.warning("%s is further, but that cannot be written down: %s", part.part_id, problem)
                self.held_by = str(problem)
                if self._stopping.wait(_RETRY_S):
                    return None

    def _end(self, part: Part, state: State, error: ErrorInfo | None, sprites: tuple[SpriteInfo, ...]) -> None:
        """Write a part's end down and tell it."""
        ended = self._written_down(part, lambda: self._store.end(part.number, state, error))
        if ended is None:
            return
        self._unstored.pop(part.number, None)
        self._open.pop(part.number, None)
        if not ended:
            return
        if error is not None:
            self._bulletin.publish(Failed(job_id=part.job_id, part_id=part.part_id, error=error))
        else:
            self._bulletin.publish(Finished(job_id=part.job_id, part_id=part.part_id, state="done", sprites=sprites))

    def _drop_cancelled(self) -> None:
        for number in list(self._cancelled):
            self._open.pop(number, None)
            self._plans.pop(number, None)
            self._unstored.pop(number, None)
            self._cancelled.discard(number)


def _kin(request: SpriteRequest) -> tuple[object, ...]:
    """Requests that differ in this are never drawn together; it saves planning them to find out."""
    return (
        request.model,
        request.loras,
        request.steps,
        request.guidance_scale,
        bool(request.negative_prompt),
        request.strength,
        request.reference == "none",
        request.tiling,
    )


def _unexpected(error: Exception) -> EngineError:
    return EngineError(f"unexpected {type(error).__name__}: {error}", hint="see the log file")
