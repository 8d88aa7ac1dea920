"""What is told of the worker: its device and lanes, the models that are loaded, how much waits."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from pixels_mcp import __version__
from pixels_mcp.events import LaneInfo, WorkerHealth
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.wire.messages import PROTOCOL_VERSION
from pixels_mcp.wire.transport import WireServer
from pixels_mcp.worker.desk.progress import Progress
from pixels_mcp.worker.lanes.lane import Lane
from pixels_mcp.worker.planning.accept import Intake
from pixels_mcp.worker.scheduler import Scheduler


class HealthReport:
    """Tells how the worker is, from the moment it is made."""

    def __init__(
        self,
        store: JobStore,
        intake: Intake,
        scheduler: Scheduler,
        server: WireServer,
        progress: Progress,
        *,
        queue_limit: int,
    ) -> None:
        self._store, self._intake, self._scheduler, self._server = store, intake, scheduler, server
        self._progress, self._queue_limit = progress, queue_limit
        self._begun_s = time.monotonic()

    def loaded(self) -> tuple[str, ...]:
        """Content hashes of the models that any lane has ready to draw."""
        return _once_each([lane.loaded_models for lane in self._scheduler.lanes])

    def now(self) -> WorkerHealth:
        """How it is now."""
        lanes = self._scheduler.lanes
        device = next((lane.device for lane in lanes if lane.device), None)
        problem = next((str(lane.problem) for lane in lanes if lane.problem), None)
        of_lane = [lane.loaded_models for lane in lanes]  # read once: one that is loaded meanwhile has no name yet
        loaded = _once_each(of_lane)
        names = self._names_of(loaded)
        listens_at = self._server.listens_at
        return WorkerHealth(
            version=__version__,
            protocol=PROTOCOL_VERSION,
            pid=os.getpid(),
            uptime_s=round(time.monotonic() - self._begun_s, 1),
            device=device.kind if device else "unavailable" if problem else "starting",
            device_name=device.name if device else problem or "",
            dtype=device.dtype if device else "",
            memory_free_gib=device.memory_free_gib if device else 0.0,
            memory_total_gib=device.memory_total_gib if device else 0.0,
            loaded_models=tuple(names[sha256] for sha256 in loaded),
            parts_queued=self._store.queued,
            parts_running=self._store.running,
            queue_limit=self._queue_limit,
            busy_with=self._scheduler.held_by or self._progress.busy_with() or self._loads(),
            lanes=tuple(
                _lane_info(lane, tuple(names[sha256] for sha256 in hashes))
                for lane, hashes in zip(lanes, of_lane, strict=True)
            ),
            listens_at=None if listens_at is None else str(listens_at),
            listens_with_keys=self._server.has_keys,
        )

    def _loads(self) -> str | None:
        models = self._scheduler.warming.models
        return f"loading {', '.join(models)}" if models else None

    def _names_of(self, loaded_sha256: tuple[str, ...]) -> dict[str, str]:
        """What people call the models that are ready to draw; a model whose file has gone since keeps its hash."""
        names = {model.sha256: model.name for model in self._intake.models(loaded_sha256) if model.loaded}
        return {sha256: names.get(sha256, sha256) for sha256 in loaded_sha256}


def _once_each(hashes_of_lanes: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sha256 for hashes in hashes_of_lanes for sha256 in hashes))


def _lane_info(lane: Lane, loaded_models: tuple[str, ...]) -> LaneInfo:
    device = lane.device
    return LaneInfo(
        name=lane.name,
        state=lane.state,
        device=device.kind if device else None,
        device_name=device.name if device else None,
        dtype=device.dtype if device else None,
        memory_free_gib=device.memory_free_gib if device else None,
        memory_total_gib=device.memory_total_gib if device else None,
        loaded_models=loaded_models,
        parts=lane.drawn_parts,
        problem=str(lane.problem) if lane.problem else None,
    )
