"""Running the worker: one thread answers, one decides and finishes, one process draws."""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
import threading
from collections.abc import Sequence

from pixels_mcp import __version__
from pixels_mcp.errors import PixelsError
from pixels_mcp.jobs.store import JobStore
from pixels_mcp.library.store import Library
from pixels_mcp.paths import Paths
from pixels_mcp.settings import Settings
from pixels_mcp.wire.zmq_server import ZmqServer
from pixels_mcp.worker.accept import Intake
from pixels_mcp.worker.address import choose_endpoints, hold_lock
from pixels_mcp.worker.desk import Desk
from pixels_mcp.worker.engine_process import ENGINE_COMMAND, EngineProcess
from pixels_mcp.worker.produce import Studio
from pixels_mcp.worker.scheduler import Scheduler
from pixels_mcp.worker.shelf import open_shelf
from pixels_mcp.worker.spawn import tell_ready

log = logging.getLogger(__name__)

_SWITCH_S = 0.0005
"""How long the drawing thread may compute before the answering thread gets its turn; Python's 5 ms would be felt."""


def run_worker(
    paths: Paths, settings: Settings, foreground: bool = False, *, engine_command: Sequence[str] = ENGINE_COMMAND
) -> int:
    """Be the person's one worker until nobody needs it, or SIGTERM or SIGINT comes; then the queue is kept.

    Args:
        foreground: A person watches: say where it is and what to press.
        engine_command: Starts the process that draws.

    Returns:
        The exit code, 0.

    Raises:
        WorkerRunningError: There is a worker already.
        StoreError: The job store cannot be used.
        SettingsError: There is no place for its sockets.
    """
    try:
        endpoints = choose_endpoints(paths)
        with hold_lock(paths, endpoints), contextlib.ExitStack() as closing:
            _serve(paths, settings, ZmqServer(endpoints), closing, foreground, engine_command)
    except PixelsError as error:
        log.error("%s", error)
        tell_ready(error)
        raise
    return 0


def _serve(
    paths: Paths,
    settings: Settings,
    server: ZmqServer,
    closing: contextlib.ExitStack,
    foreground: bool,
    engine_command: Sequence[str],
) -> None:
    closing.callback(server.close)
    library = Library(settings.library_dir or paths.library)
    store = JobStore(paths.jobs_db, largest_number=library.largest_number())
    closing.callback(store.close)
    queued_again, given_up = store.recover()
    if queued_again or given_up:
        log.warning("the last worker ended early: %d parts queued again, %d given up", queued_again, len(given_up))
    shelf = open_shelf(paths, settings, library)
    engine = EngineProcess(
        {
            "device": settings.device,
            "dtype": settings.dtype,
            "threads": settings.threads,
            "cache_dir": str(paths.cache),
        },
        command=engine_command,
    )
    closing.callback(engine.close)
    scheduler = Scheduler(store, Studio(shelf, engine, library), server, rows_max=settings.rows_max, disk=paths.data)
    desk = Desk(
        store,
        library,
        Intake(shelf),
        scheduler,
        server,
        last_seen=lambda: engine.last_seen,
        queue_limit=settings.queue_limit,
        idle_exit_s=settings.idle_exit_s,
    )

    def draw() -> None:
        with contextlib.suppress(PixelsError):  # told again, to whoever asks for a sprite
            engine.start()
        scheduler.run()

    drawing = threading.Thread(target=draw, name="drawing")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: server.stop())
    sys.setswitchinterval(_SWITCH_S)
    drawing.start()
    log.info("worker of pixels-mcp %s is ready", __version__)
    tell_ready()
    if foreground:
        sys.stderr.write(f"pixels-mcp worker is ready; Ctrl+C ends it and keeps the queue. Log: {paths.log_file}\n")
    try:
        server.run(desk)
    finally:
        scheduler.stop()
        drawing.join()
        log.info("worker ended; %d parts wait for the next one", store.queued)
