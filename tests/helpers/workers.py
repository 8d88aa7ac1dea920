"""Workers for tests: one in threads of the test, over either transport, and one in a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from helpers.plain_engine import PlainEngine
from helpers.plain_worker import MODEL, install_plain_model, plain_worker_command
from helpers.waiting import PATIENCE_S, until
from pixels_mcp.client import Client, Link
from pixels_mcp.engines.base import Engine, LastSeen, RenderSpec, RenderWatch, Rgba, Row
from pixels_mcp.errors import LaneLostError
from pixels_mcp.paths import Paths, find_paths
from pixels_mcp.settings import Settings
from pixels_mcp.wire.in_process import InProcessServer
from pixels_mcp.wire.zmq_client import ZmqTransport
from pixels_mcp.wire.zmq_server import Endpoints, ZmqServer
from pixels_mcp.worker.address import find_address
from pixels_mcp.worker.engine_process import EngineProcess
from pixels_mcp.worker.lanes.lane import LaneEngine
from pixels_mcp.worker.metrics.worker_metrics import WorkerMetrics
from pixels_mcp.worker.service import Worker
from pixels_mcp.worker.warming import QuietWatch

Connect = Callable[[], Client]

TRANSPORTS = ("in process", "zmq")


def plain_settings(**words: Any) -> Settings:
    """Settings that draw with the plain model."""
    usual: dict[str, Any] = {"default_model": MODEL, "idle_exit_s": 60.0}
    return Settings(**usual | words)


class AtHome:
    """An engine that a lane uses in this process. It can be lost, and comes back when it is let."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.lost: LaneLostError | None = None

    @property
    def last_seen(self) -> LastSeen | None:
        """As it is now."""
        return None if self.lost else LastSeen(self.engine.device(), self.engine.loaded_models())

    def kill(self) -> None:
        """It ends with its step."""

    def render(self, spec: RenderSpec, rows: Sequence[Row], watch: RenderWatch) -> list[Rgba]:
        """Draw, until it is lost in the middle."""
        home = self

        class Cut(QuietWatch):
            def stage(self, stage: Any) -> None:
                watch.stage(stage)

            def step(self, step: int, steps: int, preview: Callable[[int], Rgba | None]) -> None:
                watch.step(step, steps, preview)
                if home.lost is not None:
                    raise home.lost

        return self.__getattr__("render")(spec, rows, Cut(watch.stopped))

    def __getattr__(self, name: str) -> Any:
        if self.lost is not None:
            raise self.lost
        return getattr(self.engine, name)


def as_engine(delegating: object) -> Any:
    """Take for an engine what hands on to one, by `__getattr__`, all that it does not do itself."""
    return delegating


def at_home(engine: Engine | None = None) -> Any:
    """A lane's engine in this process; see `AtHome`."""
    return as_engine(AtHome(engine or PlainEngine()))


@contextlib.contextmanager
def threaded_worker(
    home: Path,
    transport: str = "in process",
    *,
    engine: Engine | None = None,
    engines: Mapping[str, LaneEngine] | None = None,
    **words: Any,
) -> Generator[Connect]:
    """A worker in threads of this process; gives a function that connects a face to it. `words` are settings.

    It has one lane that draws with `engine`, or `engines` by the lanes' names.
    """
    paths = find_paths()
    install_plain_model(paths)
    if engines is None:
        engine = engine or PlainEngine()
        engines = {"plain": engine if isinstance(engine, EngineProcess) else at_home(engine)}
    endpoints = Endpoints(f"ipc://{home}/c.sock", f"ipc://{home}/u.sock")
    if transport == "zmq":
        server: Any = ZmqServer(endpoints)
    else:
        server = InProcessServer()
    metrics = WorkerMetrics(words["metrics_listen"]) if "metrics_listen" in words else None
    worker = Worker(paths, plain_settings(**words), server, engines, metrics)
    serving = threading.Thread(target=worker.run, name="serving")
    serving.start()
    faces: list[Client] = []

    def connect() -> Client:
        link = ZmqTransport(endpoints) if transport == "zmq" else server.connect()
        faces.append(Client(Link(link), face="test"))
        return faces[-1]

    try:
        yield connect
    finally:
        for face in faces:
            face.close()
        server.stop()
        serving.join(PATIENCE_S)
        server.close()
        if metrics is not None:
            metrics.close()


@contextlib.contextmanager
def worker_process(settings: Settings | None = None, **engine: Any) -> Generator[Connect]:
    """A home whose worker draws with the plain engine in a process of its own; gives a function that connects to it,
    starting it where it does not run. Whatever runs at the end is ended."""
    paths = find_paths()
    install_plain_model(paths)
    settings = settings or plain_settings()
    faces: list[Client] = []

    def connect() -> Client:
        command = plain_worker_command(**engine)
        faces.append(Client.connect(paths, settings, face="test", worker_command=command))
        return faces[-1]

    try:
        yield connect
    finally:
        for face in faces:
            face.close()
        end_worker(paths)


def worker_pid(paths: Paths) -> int:
    """The process of the running worker."""
    address = find_address(paths)
    assert address is not None, "no worker runs"
    return address.pid


def end_worker(paths: Paths, number: int = signal.SIGTERM) -> None:
    """End the running worker, if there is one, and wait until it is gone."""
    address = find_address(paths)
    if address is None:
        return
    os.kill(address.pid, number)
    until(lambda: not is_alive(address.pid), "the worker ends")


def is_alive(pid: int) -> bool:
    """True while a process runs (one that has ended and was not waited for does not)."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def processes_of(home: Path) -> list[psutil.Process]:
    """All living processes whose home this is, this one left out."""
    processes: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            is_here = process.environ().get("PIXELS_HOME") == str(home)
            if is_here and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                processes.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return processes
