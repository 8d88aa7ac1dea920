"""Bringing a drawn batch into the library beside the next one's drawing: no device waits for pixel work or a disk."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable

from pixels_mcp.errors import DiskHeldError, PixelsError, StoreError
from pixels_mcp.events import SpriteInfo
from pixels_mcp.worker.batch import OpenPart, RowBatch
from pixels_mcp.worker.bell import Bell
from pixels_mcp.worker.composing import unexpected
from pixels_mcp.worker.parts_in_hand import PartsInHand
from pixels_mcp.worker.produce import Renders, Studio
from pixels_mcp.worker.watch import BatchWatch

log = logging.getLogger(__name__)

_LANE_FIRST_S = 0.05
"""So long the pixel work of a batch lets its lane go first: both share a processor and Python's lock, and a device
stands still until the next batch is put together."""


class Finisher:
    """Finishes one batch at a time, on a thread of its own; then, until the next one comes, it plans ahead.

    Attributes:
        parts: Those of the batch that is being finished; may be read from any thread.
    """

    def __init__(
        self,
        studio: Studio,
        in_hand: PartsInHand,
        bell: Bell,
        plan_ahead: Callable[[int, Callable[[], bool]], None],
    ) -> None:
        self._studio, self._in_hand, self._bell, self._plan_ahead = studio, in_hand, bell, plan_ahead
        self._thread: threading.Thread | None = None
        self._is_awaited, self._lane_went_on = threading.Event(), threading.Event()
        self.parts: tuple[OpenPart, ...] = ()

    def take(self, batch: RowBatch, renders: Renders, watch: BatchWatch) -> None:
        """Finish a batch, when the one before it is: at most one waits beside the one that is drawn."""
        self.wait()
        self.parts = tuple(batch.parts)
        self._lane_went_on.clear()
        self._thread = threading.Thread(target=self._run, args=(batch, renders, watch), name="finishing")
        self._thread.start()

    def go_on(self) -> None:
        """The lane draws again, or has nothing to draw."""
        self._lane_went_on.set()

    def wait(self) -> None:
        """Wait until nothing is being finished."""
        if self._thread is not None:
            self._is_awaited.set()
            self._thread.join()
            self._is_awaited.clear()

    def _run(self, batch: RowBatch, renders: Renders, watch: BatchWatch) -> None:
        self._lane_went_on.wait(_LANE_FIRST_S)
        try:
            self._finish(batch, renders, watch)
        except StoreError as error:  # the rows that are left are drawn again
            log.warning("a batch of %d rows is not finished: %s", len(batch.drawings), error)
        except Exception as error:
            log.exception("finishing a batch of %d rows failed", len(batch.drawings))
            for part in batch.parts:
                self._in_hand.fail(part, unexpected(error))
        finally:
            self.parts = ()
            self._bell.ring()  # rows that are left may be drawn now
        with contextlib.suppress(StoreError):  # whoever composes meets it
            self._plan_ahead(len(batch.drawings), lambda: not self._is_awaited.is_set())

    def _finish(self, batch: RowBatch, renders: Renders, watch: BatchWatch) -> None:
        failed: dict[int, PixelsError] = {}
        for drawing, outcome in self._studio.finish(batch, renders, watch):
            if isinstance(outcome, SpriteInfo):
                self._in_hand.keep(drawing.of, outcome)
            elif not isinstance(outcome, DiskHeldError) or self._in_hand.is_given_up(drawing.of):
                failed[drawing.of.part.number] = outcome
        for part in batch.parts:
            if part.part.number in failed:
                self._in_hand.fail(part, failed[part.part.number])
        self._in_hand.finish_complete(batch.parts)
