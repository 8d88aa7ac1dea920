"""The worker's lanes, put together: each is a thread with an engine of its own, and all draw from one queue."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from pixels_mcp.errors import PixelsError
from pixels_mcp.files import held_by_disk, in_waiting_words
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.worker.bell import Bell
from pixels_mcp.worker.composing import Composer
from pixels_mcp.worker.lanes.lane import Lane, LaneEngine, Workshop
from pixels_mcp.worker.parts_in_hand import PartsInHand
from pixels_mcp.worker.produce import Studio
from pixels_mcp.worker.warming import Warming
from pixels_mcp.worker.watch import Bulletin

DISK_FREE_BYTES_MIN = 4 * 2**20
"""With less, nothing is begun: every sprite would fail at its last step."""


class Scheduler:
    """Draws what is queued on all lanes, from `start` until `stop`.

    Args:
        engines: One for each lane, by the lane's name.
        rows_max: Rows denoised together at most.
        disk: A path on the disk that sprites are written to.

    Attributes:
        lanes: In the order of `engines`.
        warming: The models that are loaded before they are asked for.
    """

    def __init__(
        self,
        store: JobStore,
        studio: Studio,
        bulletin: Bulletin,
        engines: Mapping[str, LaneEngine],
        *,
        rows_max: int,
        disk: Path,
    ) -> None:
        self._studio, self._disk = studio, disk
        self._stopping, self._bell = threading.Event(), Bell()
        self._in_hand = PartsInHand(store, bulletin, studio.standing, self._stopping)
        self.warming = Warming()
        composer = Composer(store, studio, self._in_hand, self._bell.ring)
        shop = Workshop(
            studio,
            composer,
            self._in_hand,
            self.warming,
            bulletin,
            self._bell,
            self._stopping,
            self._is_held,
            rows_max,
            len(engines),
        )
        self.lanes = tuple(Lane(name, engine, shop) for name, engine in engines.items())
        composer.lanes = self.lanes
        self._threads = [threading.Thread(target=self._run, args=(lane,), name=lane.name) for lane in self.lanes]
        self._preparing = threading.Lock()
        self._is_prepared = False

    @property
    def held_by(self) -> str | None:
        """Why nothing is drawn although parts wait; may be read from any thread."""
        if self._in_hand.held_by or not all(lane.state == "away" or lane.stands_still for lane in self.lanes):
            return self._in_hand.held_by
        return "; ".join(f"waiting for {lane.name}: {lane.problem}" for lane in self.lanes)

    def wake(self) -> None:
        """Something was queued."""
        self._bell.ring()

    def warm(self, model: str) -> None:
        """Load a model before the next batch is drawn; `warming` tells how that ended."""
        self.warming.ask(model)
        self._bell.ring()

    def let_go(self) -> None:
        """Let loaded models leave memory before the next batch is drawn."""
        for lane in self.lanes:
            lane.let_go()
        self._bell.ring()

    def forget(self, numbers: Iterable[int]) -> None:
        """These parts were cancelled: a running render of theirs ends within one step."""
        self._in_hand.forget(numbers)
        self._bell.ring()

    def start(self) -> None:
        """Let the lanes draw, each on a thread of its own."""
        for thread in self._threads:
            thread.start()

    def stop(self, patience_s: float) -> None:
        """End all lanes within one step; what is being drawn goes back to the queue.

        Args:
            patience_s: An engine that is loading a model for longer than this is ended.
        """
        self._stopping.set()
        self._bell.ring()
        until_s = time.monotonic() + patience_s
        for thread in self._threads:
            thread.join(max(0.0, until_s - time.monotonic()))
        for lane, thread in zip(self.lanes, self._threads, strict=True):
            if thread.is_alive():
                lane.engine.kill()
        for thread in self._threads:
            thread.join()
        self._in_hand.give_everything_back()

    def _run(self, lane: Lane) -> None:
        with self._preparing:
            if not self._is_prepared:
                self._is_prepared = True
                with contextlib.suppress(PixelsError):  # told again, to whoever asks for a sprite
                    self._studio.prepare()
        lane.run()

    def _is_held(self) -> bool:
        if self._in_hand.waits_for_room:
            return True
        held = held_by_disk(self._disk, free_bytes_min=DISK_FREE_BYTES_MIN)
        self._in_hand.held_by = None if held is None else in_waiting_words(held)
        return held is not None
