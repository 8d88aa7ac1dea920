"""The parts that are being drawn: taken out of the queue, written down as they go on, ended once.

All lanes and the serving thread use it. A part that is being drawn belongs to one lane; the store's compare-and-set
decides which, and a part that was cancelled, lost or given back is no longer here from that moment on.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from pixels_mcp.errors import DiskHeldError, LaneLostError, PixelsError, StoreError
from pixels_mcp.events import ErrorInfo, Failed, Finished, SpriteInfo, Started, State
from pixels_mcp.files import in_waiting_words
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.jobs.records import Part
from pixels_mcp.worker.batch import OpenPart
from pixels_mcp.worker.planning.plan import Plan
from pixels_mcp.worker.watch import Bulletin

log = logging.getLogger(__name__)

Value = TypeVar("Value")

ROOM_WAIT_S = 600.0
"""So long a finished picture is held while the disk has no room; then it is let go of, and drawn again later."""

UNSTORED_MAX = 3
"""A part whose pictures found no room so often is not drawn again."""

LOSSES_MAX = 3
"""A part over which so many lanes were lost, all of them others where there are so many, is not drawn again."""

RETRY_S = 2.0


class PartsInHand:
    """What the lanes have in hand.

    Args:
        standing: The sprites of a plan that stand in the library already.
        stopping: Set when the worker ends: nothing is wanted any more, and all goes back to the queue.

    Attributes:
        held_by: Why nothing is drawn or stored although parts wait; may be read from any thread.
    """

    def __init__(
        self,
        store: JobStore,
        bulletin: Bulletin,
        standing: Callable[[Plan], list[SpriteInfo]],
        stopping: threading.Event,
    ) -> None:
        self._store, self._bulletin, self._standing, self._stopping = store, bulletin, standing, stopping
        self._lock = threading.RLock()
        self._open: dict[int, OpenPart] = {}
        self._unstored: Counter[int] = Counter()
        self._lost_on: dict[int, list[str]] = {}
        self._without_room: set[int] = set()
        self.held_by: str | None = None

    @property
    def waits_for_room(self) -> bool:
        """Whether something that is drawn cannot be stored or written down yet: nothing more is begun then."""
        return bool(self._without_room)

    # --- what is here -------------------------------------------------------------------------------------------

    def is_wanted(self, part: OpenPart) -> bool:
        """False for a part that was cancelled or taken by another lane, and for every part when the worker ends."""
        return not self._stopping.is_set() and self._open.get(part.part.number) is part

    def idle_parts(self) -> list[OpenPart]:
        """Parts that were begun, have rows left, and that no lane draws now."""
        with self._lock:
            return [part for part in self._open.values() if part.lane is None]

    def lanes_lost_over(self, number: int) -> list[str]:
        """The lanes that were lost while they drew a part, one for each time."""
        return self._lost_on.get(number, [])

    # --- the queue's end of it ----------------------------------------------------------------------------------

    def begin(self, part: OpenPart, lane: str) -> bool:
        """Take a part for a lane; False when it was cancelled or taken meanwhile, or stands complete already."""
        number = part.part.number
        with self._lock:
            if self._open.get(number) is part:
                part.lane = lane
                return True
            if number not in self._store.start([number]):
                return False
            self._open[number] = part
            part.lane = lane
        self._bulletin.publish(Started(job_id=part.part.job_id, part_id=part.part.part_id))
        if (
            part.part.starts or part.part.sprites
        ):  # a worker or a lane ended over it: what it had kept is not drawn again
            for sprite in self._standing(part.plan):
                self.keep(part, sprite)
            self.finish_complete([part])
        return self._open.get(number) is part

    def release(self, lane: str, *, but: Collection[OpenPart] = ()) -> None:
        """A lane is done with its batch, but for the parts that it still finishes: any lane may draw what is left."""
        with self._lock:
            for part in self._open.values():
                if part.lane == lane and part not in but:
                    part.lane = None

    def forget(self, numbers: Iterable[int]) -> None:
        """These parts were cancelled: a running render of theirs ends within one step."""
        with self._lock:
            for number in numbers:
                self._drop(number)

    def lose(self, parts: Iterable[OpenPart], lane: str, error: LaneLostError, lanes: int) -> None:
        """A lane was lost while it drew parts: that is not their fault until it happens again and again.

        Args:
            lanes: How many lanes there are.
        """
        for part in parts:
            if not self.is_wanted(part):
                continue
            number = part.part.number
            lost_on = self._lost_on.setdefault(number, [])
            lost_on.append(lane)
            if len(lost_on) >= LOSSES_MAX and len(set(lost_on)) >= min(LOSSES_MAX, lanes):
                self.fail(part, _lost_too_often(lost_on, error))
                continue
            log.warning("%s goes back to the queue: %s", part.part.part_id, error)
            self._written_down(part.part, lambda part=part: self._put_back(part))

    def give_everything_back(self) -> None:
        """Put all that was begun back in the queue: the worker ends."""
        with self._lock:
            try:
                self._store.give_back(self._open)
            except StoreError as error:  # they stay marked as running: the next worker queues them again
                log.warning("%d parts cannot be given back: %s", len(self._open), error)

    def _put_back(self, part: OpenPart) -> None:
        number = part.part.number
        with self._lock:  # from here on another lane may begin it, as another `OpenPart`
            self._store.queue_again([number])
            if self._open.get(number) is part:
                del self._open[number]

    def _drop(self, number: int) -> None:
        self._open.pop(number, None)
        self._unstored.pop(number, None)
        self._without_room.discard(number)
        self._lost_on.pop(number, None)

    # --- the disk -----------------------------------------------------------------------------------------------

    def wait_for_room(self, part: OpenPart, error: DiskHeldError, waited_s: float) -> bool:
        """Wait a moment for room to store a picture that is drawn; False when it is not to be tried again."""
        number = part.part.number
        with self._lock:  # whoever cancels it meanwhile takes it out again
            if waited_s >= ROOM_WAIT_S or not self.is_wanted(part):
                self._without_room.discard(number)
                return False
            if number not in self._without_room:
                log.warning("%s is drawn and waits: %s", part.part.part_id, error)
                self._without_room.add(number)
        self.held_by = in_waiting_words(error)
        self._stopping.wait(RETRY_S)
        return self.is_wanted(part)

    def is_given_up(self, part: OpenPart) -> bool:
        """Whether a picture that found no room is its part's end; else its row is still open and is drawn again."""
        if not self.is_wanted(part):
            return False
        self._unstored[part.part.number] += 1
        return self._unstored[part.part.number] >= UNSTORED_MAX

    # --- ends ---------------------------------------------------------------------------------------------------

    def keep(self, part: OpenPart, sprite: SpriteInfo) -> None:
        """A sprite of a part stands in the library."""
        self._without_room.discard(part.part.number)
        self._written_down(part.part, lambda: self._store.keep_sprite(part.part.number, sprite))
        self.held_by = None
        part.sprites.append(sprite)
        part.rows_left = [row for row in part.rows_left if row.sprite_id != sprite.sprite_id]

    def finish_complete(self, parts: Iterable[OpenPart]) -> None:
        """End those parts of which all sprites stand."""
        for part in parts:
            if not part.rows_left and self.is_wanted(part):
                self._end(part.part, "done", None, tuple(part.sprites))

    def fail(self, part: OpenPart, error: PixelsError) -> None:
        """End a part that cannot be drawn; one that nobody wants any more is left as it is."""
        if not self.is_wanted(part):
            return
        log.warning("%s failed: %s", part.part.part_id, error)
        self._end(part.part, "failed", ErrorInfo.of(error), tuple(part.sprites))

    def fail_waiting(self, part: Part, error: PixelsError) -> None:
        """End a part that waits."""
        log.warning("%s cannot be drawn: %s", part.part_id, error)
        if self._store.start([part.number]):
            self._end(part, "failed", ErrorInfo.of(error), ())

    def _end(self, part: Part, state: State, error: ErrorInfo | None, sprites: tuple[SpriteInfo, ...]) -> None:
        """Write a part's end down and tell it."""
        ended = self._written_down(part, lambda: self._store.end(part.number, state, error))
        if ended is None:
            return
        with self._lock:
            self._drop(part.number)
        if not ended:
            return
        if error is not None:
            self._bulletin.publish(Failed(job_id=part.job_id, part_id=part.part_id, error=error))
        else:
            self._bulletin.publish(Finished(job_id=part.job_id, part_id=part.part_id, state="done", sprites=sprites))

    def _written_down(self, part: Part, write: Callable[[], Value]) -> Value | None:
        """Write down how far a part is. On a full disk this waits, so that what is drawn is not lost; None when the
        worker was told to end meanwhile."""
        while True:
            try:
                written = write()
            except StoreError as problem:
                log.warning("%s is further, but that cannot be written down: %s", part.part_id, problem)
                self._without_room.add(part.number)
                self.held_by = str(problem)
                if self._stopping.wait(RETRY_S):
                    return None
                continue
            self._without_room.discard(part.number)
            return written


def _lost_too_often(lost_on: list[str], error: LaneLostError) -> LaneLostError:
    names = ", ".join(dict.fromkeys(lost_on))
    return LaneLostError(
        f"{len(lost_on)} times the lane that drew this was lost ({names}), the last time: {error.message}",
        hint="see the log files of those machines; ask for it again when the cause is mended",
    )
