"""The process that draws: it serves one engine to the worker that started it, and ends when that worker does.

Loading a model holds Python's interpreter lock for seconds, and a card's driver can take a whole process down. Here
neither keeps the worker from answering. The two ends share a socket pair that nobody else can open, so what passes
through it is pickled by the standard library.
"""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Generator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from pixels_mcp.engines.base import Engine, Rgba
from pixels_mcp.errors import EngineError, PixelsError

log = logging.getLogger(__name__)

_ENDED_FIRST = "500"
"""Of -1000 (never) to 1000 (first): what the system adds to this process's share of memory when it must end one."""


class _FarWatch:
    """The engine's view of a `RenderWatch` that lives in the worker; every method waits for the worker's answer.

    A step's answer also says whether to stop, so that an engine that asks after each step waits once for both.
    """

    def __init__(self, worker: Connection) -> None:
        self._worker = worker
        self._stopped: bool | None = None

    def stage(self, stage: Literal["loading", "encoding", "denoising"]) -> None:
        self._worker.send(("stage", stage))
        self._worker.recv()

    def step(self, step: int, steps: int, preview: Callable[[int], Rgba | None]) -> None:
        self._worker.send(("step", step, steps))
        while not isinstance(answer := self._worker.recv(), bool):
            self._worker.send(preview(answer))
        self._stopped = answer

    def stopped(self) -> bool:
        told, self._stopped = self._stopped, None
        if told is not None:
            return told
        self._worker.send(("stopped",))
        return bool(self._worker.recv())


def serve_engine(make: Callable[[], Engine], worker: Connection) -> None:
    """Serve an engine until the worker closes its end.

    Sends `("result", value, device, loaded_models)` or `("error", code, message, hint)` for every call received as
    `(method, *arguments)`, and while a render runs the three questions of its watch. The first result, unasked for,
    says that the engine is there.

    Args:
        make: Makes the engine; what it raises is sent, and ends the process.
        worker: The pair's other end.
    """
    try:
        engine = _made(make)
        call: tuple[Any, ...] = ("loaded_models",)
        while True:
            worker.send(_answer(engine, worker, call))
            call = worker.recv()
    except PixelsError as error:
        worker.send(("error", error.code, error.message, error.hint, error.steps))
    except (EOFError, OSError):
        return


def _made(make: Callable[[], Engine]) -> Engine:
    try:
        return make()
    except ImportError as error:
        raise EngineError(
            f"the drawing libraries are not installed: {error}",
            hint="install them: pip install '.[worker]' in its checkout",
        ) from error


def _answer(engine: Engine, worker: Connection, call: tuple[Any, ...]) -> tuple[Any, ...]:
    name, *arguments = call
    if name == "render":
        arguments.append(_FarWatch(worker))
    try:
        value = getattr(engine, name)(*arguments)
        return ("result", value, engine.device(), engine.loaded_models())
    except PixelsError as error:
        return ("error", error.code, error.message, error.hint, error.steps)
    except (EOFError, ConnectionError):
        raise
    except Exception as error:
        log.exception("%s failed", name)
        return ("error", "EngineError", f"unexpected {type(error).__name__} in {name}: {error}", "see the log file")


def end_with(worker: Connection) -> None:
    """End this process at once when the worker is gone, whatever the engine is doing."""

    def watch() -> None:
        poller = select.poll()
        poller.register(worker.fileno(), 0)  # reports only that the other end is closed
        poller.poll()
        os._exit(0)

    threading.Thread(target=watch, name="end-with-worker", daemon=True).start()


@contextlib.contextmanager
def nothing_collected() -> Generator[None]:
    """While libraries are imported look for no garbage, and never again among what they made: it stays as long as the
    process does, and looking through it over and over is a tenth of the import."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def connect_to_worker(arguments: list[str]) -> tuple[Connection, dict[str, Any]]:
    """Take the socket and the options from the command line that `EngineProcess` wrote, and prepare this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group; the worker decides
    logging.basicConfig(level=logging.INFO, format=f"{os.getpid()} engine %(levelname)s %(name)s: %(message)s")
    # Where memory runs out, the system ends this process and not the person's editor.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_ENDED_FIRST, "utf-8")
    worker = Connection(int(arguments[0]))
    end_with(worker)
    return worker, json.loads(arguments[1])


def main() -> None:
    """Serve the engine that the options name."""
    worker, options = connect_to_worker(sys.argv[1:])

    def make() -> Engine:
        from pixels_mcp.engines import make_engine

        with nothing_collected():
            return make_engine(**options)

    serve_engine(make, worker)


if __name__ == "__main__":
    main()
