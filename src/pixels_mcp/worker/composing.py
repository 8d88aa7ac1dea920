"""Deciding what a lane draws next: the rows that are denoised together, under one lock for all lanes.

Jobs stand in a ring. The job at its head gives a batch its first row, then the batch is filled with rows of the same
spec, its own first, then those of the jobs behind it. After that the job goes to the end of the ring, so one sprite
asked for behind a batch of a thousand waits for one denoising batch, not for all of them. A lane composes when it is
free, so nothing ever waits anywhere else than in the job store.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from pixels_mcp.engines.base import RenderSpec
from pixels_mcp.errors import EngineError, LaneLostError, NoLaneError, PixelsError
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.jobs.records import Part
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.worker.batch import Drawing, OpenPart, RowBatch, batch_again, batch_of
from pixels_mcp.worker.parts_in_hand import PartsInHand
from pixels_mcp.worker.planning.plan import Plan
from pixels_mcp.worker.produce import Studio

log = logging.getLogger(__name__)

LOOK_AHEAD_PARTS = 64
"""So many waiting parts are looked through for rows that fit a batch."""

LOOK_AHEAD_JOBS = 64
"""So many waiting jobs are looked through for one that a lane can draw, or whose model it has loaded."""

AFFINITY_BATCHES_MAX = 4
AFFINITY_S_MAX = 20.0
"""So many batches, for so long, a lane draws with the models that it has loaded before the ring decides again."""

ALONE_AFTER_LOSSES = 2
"""A part over which so many lanes were lost is drawn alone from then on: it takes no others with it."""


class Taker(Protocol):
    """A lane, as far as composing goes: `lanes.lane.Lane`, which asks for work and so imports this module."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def is_there(self) -> bool:
        """Whether it draws now or as soon as it is free."""
        ...

    @property
    def error(self) -> PixelsError | None:
        """Why it cannot draw at all."""
        ...

    @property
    def device_kind(self) -> str | None:
        """cpu, cuda or mps; None before it is known."""
        ...

    @property
    def loaded_models(self) -> tuple[str, ...]:
        """Content hashes of the models that are ready to draw."""
        ...

    def refusal(self, spec: RenderSpec) -> str | None:
        """Why it cannot draw with a model."""
        ...

    def rows_that_fit(self, spec: RenderSpec) -> int:
        """How many rows it draws at once."""
        ...


@dataclass
class _Preference:
    """How often in turn, and since when, a lane passed over the head of the ring for a model that it has loaded."""

    batches: int = 0
    since_s: float = 0.0


class Composer:
    """Puts batches together.

    Args:
        wake: Lets other lanes look for work.

    Attributes:
        lanes: All lanes of the worker; set before the first batch.
    """

    def __init__(self, store: JobStore, studio: Studio, in_hand: PartsInHand, wake: Callable[[], None]) -> None:
        self._store, self._studio, self._in_hand, self._wake = store, studio, in_hand, wake
        self._lock, self._planning_ahead = threading.Lock(), threading.Lock()
        self._plans: dict[int, Plan] = {}
        self._hashes: dict[str | None, str] = {}
        self._refusals: dict[int, dict[str, str]] = {}
        self._answers: dict[RenderSpec, str | None] = {}
        self._preferences: dict[str, _Preference] = {}
        self.lanes: Sequence[Taker] = ()

    def compose(self, lane: Taker) -> RowBatch | None:
        """Put the next batch of a lane together; None when nothing waits that the lane can draw.

        Raises:
            LaneLostError: The lane was lost when it was asked.
            StoreError: The queue cannot be read or written.
        """
        with self._lock:
            heads = self._heads()
            self._prune(heads)
            self._answers = {}
            head = self._choose(lane, heads)
            if head is None:
                return None
            try:
                rows_fit = lane.rows_that_fit(head.plan.spec)
            except LaneLostError:
                raise
            except PixelsError as error:
                self._end(head, lane, error)
                return None
            batch = self._fill(lane, head, rows_fit)
            self._store.serve_later(head.part.job_number)
            self._wake()  # there may be more, also where all of these were cancelled meanwhile
            return batch

    def plan_ahead(self, parts: int, goes_on: Callable[[], bool]) -> None:
        """Plan what is drawn next while devices draw, so that composing finds it planned; one thread at a time does.

        What cannot be planned is left to composing, which says why.

        Args:
            parts: How many waiting parts are looked at for each lane.
            goes_on: Asked between two parts.
        """
        if not self._planning_ahead.acquire(blocking=False):
            return
        try:
            for part in self._store.next_parts(parts * len(self.lanes)):
                if not goes_on():
                    return
                if part.number in self._plans:
                    continue
                with contextlib.suppress(Exception):
                    plan = self._studio.plan(part)
                    with self._lock:
                        self._plans.setdefault(part.number, plan)
        finally:
            self._planning_ahead.release()

    # --- the first row ------------------------------------------------------------------------------------------

    def _heads(self) -> list[OpenPart | Part]:
        """What may be drawn next: parts with rows left, and the first waiting part of each waiting job, by rank."""
        idle = self._in_hand.idle_parts()
        ranks = self._store.ranks(part.part.job_number for part in idle)
        for part in idle:
            part.part = replace(part.part, rank=ranks[part.part.job_number])
        heads = [*idle, *self._store.first_parts(LOOK_AHEAD_JOBS)]
        return sorted(heads, key=lambda one: (_part_of(one).rank, _part_of(one).number))

    def _choose(self, lane: Taker, heads: Sequence[OpenPart | Part]) -> OpenPart | None:
        """The part that the ring gives this lane, or one near it whose model the lane has loaded."""
        first: OpenPart | None = None
        preference = self._preferences.setdefault(lane.name, _Preference())
        for head in heads:
            if first is not None and not self._may_be_preferred(lane, preference, first, _part_of(head)):
                continue
            opened = self._opened(head)
            if opened is None or self._is_refused(lane, opened):
                continue
            if first is not None:
                preference.since_s = preference.since_s if preference.batches else time.monotonic()
                preference.batches += 1
                return opened
            first = opened
            if opened.plan.spec.model_sha256 in lane.loaded_models:
                break
        self._preferences[lane.name] = _Preference()
        return first

    def _may_be_preferred(self, lane: Taker, preference: _Preference, first: OpenPart, part: Part) -> bool:
        if preference.batches >= AFFINITY_BATCHES_MAX:
            return False
        if preference.batches and time.monotonic() - preference.since_s >= AFFINITY_S_MAX:
            return False
        return part.rank.tier == first.part.rank.tier and self._hashes.get(part.request.model) in lane.loaded_models

    def _opened(self, head: OpenPart | Part) -> OpenPart | None:
        """Plan a part; one that cannot be planned ends here."""
        if isinstance(head, OpenPart):
            return head
        plan = self._plans.get(head.number)
        if plan is None:
            try:
                plan = self._plans[head.number] = self._studio.plan(head)
            except PixelsError as error:
                self._in_hand.fail_waiting(head, error)
                self._wake()
                return None
            except Exception as error:
                log.exception("planning %s failed", head.part_id)
                self._in_hand.fail_waiting(head, unexpected(error))
                self._wake()
                return None
            self._hashes[head.request.model] = plan.spec.model_sha256
        return OpenPart(head, plan, list(plan.rows))

    def _is_refused(self, lane: Taker, part: OpenPart) -> bool:
        """Whether a lane leaves a part to others; where all lanes refuse it, it ends here."""
        number, spec = part.part.number, part.plan.spec
        if spec not in self._answers:
            self._answers[spec] = str(lane.error) if lane.error else lane.refusal(spec)
        reason = self._answers[spec]
        if reason is None:
            self._refusals.get(number, {}).pop(lane.name, None)
            return self._is_left_to_others(lane, part)
        reasons = self._refusals.setdefault(number, {})
        reasons[lane.name] = reason
        if all(other.name in reasons for other in self.lanes):
            error = lane.error
            if error is None or not all(other.error for other in self.lanes):
                error = NoLaneError(part.plan.model.name, reasons)
            self._end(part, lane, error)
        return True

    def _end(self, part: OpenPart, lane: Taker, error: PixelsError) -> None:
        if self._begin(part, lane):
            self._in_hand.fail(part, error)
        self._wake()

    def _is_left_to_others(self, lane: Taker, part: OpenPart) -> bool:
        """A part that a lane was lost over goes to another; a recipe to a device of the kind that it was drawn on."""
        refused = self._refusals.get(part.part.number, {})
        able = [other for other in self.lanes if other is not lane and other.is_there and other.name not in refused]
        lost_on = self._in_hand.lanes_lost_over(part.part.number)
        if lane.name in lost_on and any(other.name not in lost_on for other in able):
            return True
        recipe = part.plan.recipe
        recorded_on = recipe.plan.get("device") if recipe is not None else None
        return recorded_on not in (None, lane.device_kind) and any(one.device_kind == recorded_on for one in able)

    def _prune(self, heads: Iterable[OpenPart | Part]) -> None:
        """Forget what was worked out for parts that are not at the head any more, but for a batch's worth of plans."""
        numbers = {_part_of(head).number for head in heads}
        self._refusals = {number: told for number, told in self._refusals.items() if number in numbers}
        if len(self._plans) > 4 * LOOK_AHEAD_PARTS:
            self._plans = {number: plan for number, plan in self._plans.items() if number in numbers}

    # --- the other rows -----------------------------------------------------------------------------------------

    def _fill(self, lane: Taker, head: OpenPart, rows_fit: int) -> RowBatch | None:
        if head.plan.recorded_batch is not None:
            return batch_again(head) if self._begin(head, lane) else None
        drawings: list[Drawing] = []
        for candidate in self._candidates(head):
            if len(drawings) >= rows_fit:
                break
            part = self._opened(candidate)
            if part is not None and part.plan.spec == head.plan.spec and self._begin(part, lane):
                drawings += [Drawing(part, row) for row in part.rows_left[: rows_fit - len(drawings)]]
        return batch_of(head.plan.spec, drawings) if drawings else None

    def _candidates(self, head: OpenPart) -> Iterator[OpenPart | Part]:
        """The head, then what may be drawn with it: rows of its own job first; others are read where these are few."""
        number, kin = head.part.job_number, self._kin(head.part)
        idle = self._in_hand.idle_parts()
        offered = {head.part.number}
        yield head
        for of in (number, None):
            waiting = self._store.next_parts(LOOK_AHEAD_PARTS, of=of)
            known: dict[int, OpenPart | Part] = {_part_of(one).number: one for one in (*waiting, *idle)}
            for one in sorted(known.values(), key=lambda one: (_part_of(one).rank, _part_of(one).number)):
                part = _part_of(one)
                if part.number in offered or (of is not None and part.job_number != of) or part.recipe is not None:
                    continue
                offered.add(part.number)
                if self._kin(part) == kin:
                    yield one

    def _kin(self, part: Part) -> tuple[object, ...]:
        """Parts that differ in this are never drawn together; it saves planning them to find out."""
        losses = len(self._in_hand.lanes_lost_over(part.number))
        return (*_kin(part.request), part.number if losses >= ALONE_AFTER_LOSSES else None)

    def _begin(self, part: OpenPart, lane: Taker) -> bool:
        self._plans.pop(part.part.number, None)
        return self._in_hand.begin(part, lane.name)


def unexpected(error: Exception) -> EngineError:
    """An error that nobody expected, by name."""
    return EngineError(f"unexpected {type(error).__name__}: {error}", hint="see the log file")


def _part_of(one: OpenPart | Part) -> Part:
    return one.part if isinstance(one, OpenPart) else one


def _kin(request: SpriteRequest) -> tuple[object, ...]:
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
