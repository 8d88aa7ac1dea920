"""Running the worker: one thread answers; each lane has one that decides and finishes, and a process that draws."""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from pixels_mcp import __version__
from pixels_mcp.errors import PixelsError
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import Paths
from pixels_mcp.settings import Settings
from pixels_mcp.wire.far.far_address import FarAddress
from pixels_mcp.wire.far.far_door import FarListening
from pixels_mcp.wire.transport import Handler, WireServer
from pixels_mcp.wire.zmq_server import ZmqServer
from pixels_mcp.worker.address import choose_endpoints, hold_lock
from pixels_mcp.worker.desk.desk import Desk
from pixels_mcp.worker.engine_process import ENGINE_COMMAND, EngineProcess
from pixels_mcp.worker.lanes.lane import LaneEngine
from pixels_mcp.worker.lanes.lane_plans import plan_lanes
from pixels_mcp.worker.lanes.near_engine import NearEngine
from pixels_mcp.worker.looking_ahead import Foreseeing
from pixels_mcp.worker.open_files import allow_open_files
from pixels_mcp.worker.pace_book import pace_book
from pixels_mcp.worker.planning.accept import Intake
from pixels_mcp.worker.planning.shelf import open_shelf
from pixels_mcp.worker.produce import Studio
from pixels_mcp.worker.scheduler import Scheduler
from pixels_mcp.worker.spawn import tell_ready

if TYPE_CHECKING:
    from pixels_mcp.events import WorkerHealth
    from pixels_mcp.foreseen import Forecast
    from pixels_mcp.wire.messages import Foresee
    from pixels_mcp.worker.metrics.worker_metrics import WorkerMetrics

log = logging.getLogger(__name__)

_SWITCH_S = 0.0005
"""How long a drawing thread may compute before the answering thread gets its turn; Python's 5 ms would be felt."""

_ENDING_S = 3.0
"""A render stops within one step; an engine that is loading a model for longer than this is ended."""


class Worker:
    """The worker's parts, put together: a store, a desk that answers, a scheduler whose lanes draw.

    Args:
        engines: One for each lane, by the lane's name.
        metrics: Tells Prometheus; None where nobody asked for it.

    Raises:
        StoreError: The job store cannot be used.
    """

    def __init__(
        self,
        paths: Paths,
        settings: Settings,
        server: WireServer,
        engines: Mapping[str, LaneEngine],
        metrics: WorkerMetrics | None = None,
    ) -> None:
        self._library = library = Library(settings.library_dir or paths.library)
        self._store = JobStore(paths.jobs_db, largest_number=library.largest_number())
        again, given_up = self._store.recover()
        if again or given_up:
            log.warning("the last worker ended early: %d parts queued again, %d given up", again, len(given_up))
        shelf = open_shelf(paths, settings, library)
        self._server = server
        counts = metrics.count(self._store, lambda name: shelf.glance(name).name) if metrics else None
        studio = Studio(shelf, library, pace_book(paths), counts)
        self._scheduler = Scheduler(self._store, studio, server, engines, rows_max=settings.rows_max, disk=paths.data)
        desk = Desk(
            self._store,
            library,
            Intake(shelf),
            self._scheduler,
            server,
            Foreseeing(partial(_foresee, paths, settings, library)),
            queue_limit=settings.queue_limit,
            idle_exit_s=settings.idle_exit_s,
        )
        self._handler: Handler = desk
        if metrics is not None and counts is not None:
            for part in given_up:
                counts.failed(part, "EngineGoneError")
            self._handler = metrics.counted(desk, counts)
            log.info("metrics are told at %s", metrics.tell(self._store, self._scheduler, server, paths.data))

    def run(self) -> None:
        """Answer on this thread and draw on others until the server is stopped; what is drawn then is queued again."""
        self._scheduler.start()
        with self._library.keep_index_open():
            try:
                self._server.run(self._handler)
            finally:
                self._scheduler.stop(_ENDING_S)
                log.info("worker ended; %d parts wait for the next one", self._store.queued)
                self._store.close()


def run_worker(
    paths: Paths,
    settings: Settings,
    foreground: bool = False,
    *,
    engine_command: Sequence[str] = ENGINE_COMMAND,
    listening: FarListening | None = None,
    tell_address: Callable[[FarAddress], None] | None = None,
) -> int:
    """Be the person's one worker until nobody needs it, or SIGTERM or SIGINT comes; then the queue is kept.

    Args:
        foreground: A person watches: say what to press.
        engine_command: Starts a process that draws.
        listening: For other machines as well.
        tell_address: Is told where, as soon as it does.

    Returns:
        The exit code, 0.

    Raises:
        WorkerRunningError: There is a worker already.
        StoreError: The job store cannot be used.
        SettingsError: There is no place for its sockets, or for its metrics, or it may open too few files, or it cannot
            listen for other machines.
    """
    try:
        allow_open_files()
        endpoints = choose_endpoints(paths)
        with hold_lock(paths, endpoints), contextlib.ExitStack() as closing:
            metrics = _metrics(settings)
            if metrics is not None:
                closing.callback(metrics.close)
            server = ZmqServer(endpoints, listening)
            closing.callback(server.close)
            if server.listens_at is not None:
                log.info("other machines find this worker at %s", server.listens_at)
                if tell_address is not None:
                    tell_address(server.listens_at)
            engines: dict[str, LaneEngine] = {}
            for plan in plan_lanes(paths, settings):
                if plan.in_worker:
                    from pixels_mcp.engines.comfyui.comfy_engine import ComfyEngine

                    engines[plan.name] = NearEngine(ComfyEngine(**plan.engine_options))
                    continue
                engines[plan.name] = engine = EngineProcess(
                    plan.engine_options,
                    command=engine_command,
                    environment=plan.environment,
                    is_far=plan.is_far,
                )
                closing.callback(engine.close)
                engine.launch()  # it takes seconds to be there, so it begins first
            worker = Worker(paths, settings, server, engines, metrics)
            server.stop_on(signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
            sys.setswitchinterval(_SWITCH_S)
            log.info("worker of pixels-mcp %s is ready", __version__)
            if foreground:
                sys.stderr.write(f"worker is ready; Ctrl+C ends it and keeps the queue. Log: {paths.log_file}\n")
            tell_ready()
            worker.run()
    except PixelsError as error:
        log.error("%s", error)
        tell_ready(error)
        raise
    return 0


def _metrics(settings: Settings) -> WorkerMetrics | None:
    if settings.metrics_listen is None:
        return None
    from pixels_mcp.worker.metrics.worker_metrics import WorkerMetrics  # a quarter of a second, for those who want it

    return WorkerMetrics(settings.metrics_listen)


def _foresee(paths: Paths, settings: Settings, library: Library, health: WorkerHealth, asked: Foresee) -> Forecast:
    from pixels_mcp.worker.planning.forecast import foresee_for_machine  # every operation, for those who ask

    return foresee_for_machine(paths, settings, library, health, asked)
