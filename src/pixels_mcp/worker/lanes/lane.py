"""A lane: a thread that draws one batch after another with an engine of its own, and one that finishes the last one."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pixels_mcp.engines.base import Device, Engine, LastSeen, RenderSpec
from pixels_mcp.errors import (
    EngineGoneError,
    LaneLostError,
    OutOfDeviceMemory,
    PixelsError,
    RenderStopped,
)
from pixels_mcp.events import LaneState
from pixels_mcp.worker.batch import RowBatch, batch_of
from pixels_mcp.worker.bell import Bell
from pixels_mcp.worker.composing import Composer, unexpected
from pixels_mcp.worker.lanes.finishing import Finisher
from pixels_mcp.worker.own_pictures import part_from_tiles
from pixels_mcp.worker.parts_in_hand import RETRY_S, PartsInHand
from pixels_mcp.worker.produce import Studio
from pixels_mcp.worker.warming import QuietWatch, Warming
from pixels_mcp.worker.watch import BatchWatch, Bulletin

log = logging.getLogger(__name__)

HELLO_FIRST_S, HELLO_EVERY_S = 0.25, 5.0
"""A lane whose engine is away is asked again after a moment, then less and less often, and gets no work until it
answers. One whose engine cannot be made is asked every few seconds."""

STARTS = 3
"""An engine that dies so often in turn while it is started cannot be made; one death may be somebody else's doing (a
system short of memory ended it), and what waits is not to blame."""


class LaneEngine(Engine, Protocol):
    """An engine that may be away: `EngineProcess`."""

    @property
    def last_seen(self) -> LastSeen | PixelsError | None:
        """As it was after its latest call, from any thread; None while it is being started, or why it cannot be."""
        ...

    def kill(self) -> None:
        """End what it is doing at once, from any thread."""
        ...


@dataclass(frozen=True)
class Workshop:
    """What all lanes of a worker share.

    Attributes:
        is_held: Whether nothing is begun for the moment.
        rows_max: Rows denoised together at most.
        lanes: How many lanes there are.
    """

    studio: Studio
    composer: Composer
    in_hand: PartsInHand
    warming: Warming
    bulletin: Bulletin
    bell: Bell
    stopping: threading.Event
    is_held: Callable[[], bool]
    rows_max: int
    lanes: int


class Lane:
    """Draws with one engine until the worker ends.

    A lane that is lost gives its batch back and gets no work until its engine answers again; what it was drawing is
    drawn by another lane, or by this one then.

    Args:
        name: What it is called in `status` and the log.
    """

    def __init__(self, name: str, engine: LaneEngine, shop: Workshop) -> None:
        self.name, self.engine, self._shop = name, engine, shop
        self._limits: dict[RenderSpec, int] = {}
        self._letting_go = threading.Event()
        self._state: LaneState = "starting"
        self._hello_s, self._hello_wait_s, self._died_starting = 0.0, HELLO_FIRST_S, 0
        self._batch: RowBatch | None = None
        self._is_loading = False
        self._finisher = Finisher(shop.studio, shop.in_hand, shop.bell, shop.composer.plan_ahead)
        self.error: PixelsError | None = None
        """Why its engine is away or cannot be made."""

    # --- what others may ask, from any thread -------------------------------------------------------------------

    @property
    def state(self) -> LaneState:
        """What it does now."""
        if self._state != "ready":
            return self._state
        return "drawing" if self.drawn_parts else "loading" if self._is_loading else "ready"

    @property
    def is_there(self) -> bool:
        """Whether it draws now or as soon as it is free."""
        return self._state == "ready"

    @property
    def problem(self) -> PixelsError | None:
        """Why its engine is away or cannot be made, or that it stands still."""
        seen = self.engine.last_seen
        return self.error or (seen if isinstance(seen, PixelsError) else None)

    @property
    def stands_still(self) -> bool:
        """Whether it draws and its engine does nothing any more."""
        return self._batch is not None and isinstance(self.engine.last_seen, PixelsError)

    @property
    def drawn_parts(self) -> tuple[str, ...]:
        """The ids of the parts that it draws or finishes now."""
        batch = self._batch
        parts = (*(batch.parts if batch else ()), *self._finisher.parts)
        return tuple(dict.fromkeys(part.part.part_id for part in parts))

    @property
    def device(self) -> Device | None:
        """Its device as it was last."""
        seen = self.engine.last_seen
        return seen.device if isinstance(seen, LastSeen) else None

    @property
    def device_kind(self) -> str | None:
        """cpu, cuda or mps; None before it is known."""
        return self.device.kind if self.device else None

    @property
    def loaded_models(self) -> tuple[str, ...]:
        """Content hashes of the models that are ready to draw."""
        seen = self.engine.last_seen
        return seen.loaded_models if isinstance(seen, LastSeen) else ()

    def let_go(self) -> None:
        """Let loaded models leave memory before the next batch is drawn."""
        self._letting_go.set()

    # --- what the composer asks, on this lane's thread ----------------------------------------------------------

    def refusal(self, spec: RenderSpec) -> str | None:
        """Why the engine cannot draw with a model."""
        return self.engine.refusal(spec)

    def rows_that_fit(self, spec: RenderSpec) -> int:
        """How many rows it draws at once."""
        rows_max = self._shop.rows_max
        return min(rows_max, self.engine.rows_that_fit(spec), self._limits.get(spec, rows_max))

    # --- the thread ---------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Draw until the worker ends."""
        shop = self._shop
        while not shop.stopping.is_set():
            rings = shop.bell.rings
            shop.in_hand.release(self.name, but=self._finisher.parts)
            try:
                if self._has_done_something():
                    continue
            except LaneLostError as error:
                self._be_away(error)
            except Exception:  # the job store or its disk, most likely; whatever it is, drawing goes on
                log.exception("drawing was interrupted; trying again")
                shop.stopping.wait(RETRY_S)
                continue
            shop.bell.wait(rings, self._patience_s())
        self._finisher.wait()

    def _has_done_something(self) -> bool:
        if not self._is_answering():
            return False
        shop = self._shop
        if self._letting_go.is_set():
            self._letting_go.clear()
            self.engine.let_go()
        if shop.warming.load_next(self.name, shop.lanes, self._load):
            shop.bell.ring()
            return True
        batch = None if shop.is_held() else shop.composer.compose(self)
        self._finisher.go_on()
        if batch is None:
            return False
        self._batch = batch
        try:
            self._draw(batch)
        finally:
            self._batch = None
        return True

    def _patience_s(self) -> float | None:
        if self.error is not None:
            return max(0.0, self._hello_s - time.monotonic())
        return RETRY_S if self._shop.in_hand.held_by else None

    def _is_answering(self) -> bool:
        """Say hello to an engine that is not known to be there; False while it is away.

        An engine that cannot be made at all takes part in composing, where it refuses everything: what no other lane
        draws then fails with its error.
        """
        if self._state == "ready":
            return True
        if self.error is None or time.monotonic() >= self._hello_s:
            try:
                self.engine.device()
            except LaneLostError:
                raise
            except PixelsError as error:
                self._died_starting += isinstance(error, EngineGoneError)
                if isinstance(error, EngineGoneError) and self._died_starting < STARTS:
                    self._be_away(error)
                else:
                    self._state, self.error = "unavailable", error
                    self._hello_s = time.monotonic() + HELLO_EVERY_S
            else:
                if self.error is not None:
                    log.info("%s is there again", self.name)
                self._state, self.error, self._died_starting = "ready", None, 0
                self._shop.bell.ring()
        return self._state != "away"

    def _be_away(self, error: EngineGoneError) -> None:
        if self._state == "away":
            self._hello_wait_s = min(2 * self._hello_wait_s, HELLO_EVERY_S)
        else:
            log.warning("%s is away: %s", self.name, error)
            self._hello_wait_s = HELLO_FIRST_S
        self._state, self.error = "away", error
        self._hello_s = time.monotonic() + self._hello_wait_s

    def _load(self, model: str) -> str | None:
        if self.error is not None:
            return str(self.error)
        self._is_loading = True
        try:
            return self._shop.studio.warm(model, self.engine, QuietWatch(self._shop.stopping.is_set))
        finally:
            self._is_loading = False

    def _draw(self, batch: RowBatch) -> None:
        in_hand = self._shop.in_hand
        watch = BatchWatch(batch, self._shop.bulletin, in_hand.is_wanted, in_hand.wait_for_room)
        try:
            renders = self._shop.studio.render(batch, self.engine, watch)
        except RenderStopped:
            log.info("a batch of %d rows was stopped", len(batch.drawings))
        except LaneLostError as error:
            in_hand.lose(batch.parts, self.name, error, self._shop.lanes)
            self._shop.bell.ring()
            raise
        except (OutOfDeviceMemory, EngineGoneError) as error:
            self._draw_fewer(batch, error)
        except PixelsError as error:
            self._fail(batch, error)
        except Exception as error:
            log.exception("a batch of %d rows failed", len(batch.drawings))
            self._fail(batch, unexpected(error))
        else:
            kept, again = part_from_tiles(batch, renders.pictures)
            self._finisher.take(kept, renders, watch)
            if again is not None:
                self._draw_again(again)

    def _draw_again(self, batch: RowBatch) -> None:
        rows_fit = self.rows_that_fit(batch.spec)
        for first in range(0, len(batch.drawings), rows_fit):
            self._finisher.go_on()
            self._draw(batch_of(batch.spec, list(batch.drawings[first : first + rows_fit])))

    def _fail(self, batch: RowBatch, error: PixelsError) -> None:
        for part in batch.parts:
            self._shop.in_hand.fail(part, error)

    def _draw_fewer(self, batch: RowBatch, error: PixelsError) -> None:
        """Halve what is drawn together; the rows are still open, so the next batch takes them up again."""
        if isinstance(error, EngineGoneError):
            self._state = "starting"
        rows = len(batch.drawings)
        if rows > 1 and batch.parts[0].plan.recorded_batch is None:
            if not self._shop.stopping.is_set():
                self._limits[batch.spec] = rows // 2
                log.warning("%s; drawing %d rows at once from now on", error, rows // 2)
            return
        self._fail(batch, error)
