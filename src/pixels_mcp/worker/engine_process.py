"""An `Engine` that draws in a process of its own; started when first needed, started anew after it died."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Any

import psutil

from pixels_mcp.engines.base import Device, LastSeen, RenderAccount, RenderSpec, RenderWatch, Rgba, Row
from pixels_mcp.errors import EngineError, EngineGoneError, LaneLostError, PixelsError, RenderStopped, from_code

log = logging.getLogger(__name__)

ENGINE_COMMAND = (sys.executable, "-m", "pixels_mcp.worker.engine_host")

_ENDING_S = 5.0

STILL_S = 5.0
"""A drawing process that says nothing and uses no processor for so long stands still."""

_LOOK_S = 1.0

_ENVIRONMENT = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "4000"}
"""Threads that wait for each other soon sleep instead of spinning: on a busy machine (a game is being compiled) a
sprite of `mini` otherwise takes ten times as long. GNU's threads look 4,000 times first, some 0.1 ms: where nothing
else runs a sprite takes two thirds of what it takes when they sleep at once, beside four busy ones 1.5 to 2.2 times."""


class EngineProcess:
    """Draws in another process; used from one thread at a time, like every engine.

    Args:
        options: As `make_engine` takes them.
        command: Starts the process; the socket's number and the options as JSON are added to it.
        environment: More variables for it, such as those that show it one card alone.
        is_far: It draws elsewhere: when it is gone, the machine or the network is to blame, and no part.

    Attributes:
        last_seen: May be read from any thread at any time; None until the engine is there, an error when it cannot be.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        *,
        command: Sequence[str] = ENGINE_COMMAND,
        environment: Mapping[str, str] | None = None,
        is_far: bool = False,
    ) -> None:
        self._options, self._command = json.dumps(dict(options)), command
        self._environment, self._is_far = dict(environment or {}), is_far
        self._process: subprocess.Popen[bytes] | None = None
        self._host: Connection | None = None
        self._is_made = False
        self.last_seen: LastSeen | PixelsError | None = None

    def launch(self) -> None:
        """Start the process where it does not run; the engine is made meanwhile, and `start` waits for it."""
        if self._host is not None:
            return
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [*self._command, str(theirs.fileno()), self._options],
                pass_fds=(theirs.fileno(),),
                env={**_ENVIRONMENT, **os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=2,  # whatever a library prints belongs to the log
            )
        self._host = Connection(ours.detach())
        self._is_made = False

    def start(self) -> None:
        """Start the process where it does not run, and wait until the engine is there.

        Raises:
            EngineError, SettingsError: It cannot be made here; says why.
            EngineGoneError: It died while it was made.
        """
        self.launch()
        if self._is_made:
            return
        try:
            self._take_result("start", None)
        except PixelsError as error:
            self.close()
            self.last_seen = error
            raise
        self._is_made = True

    def close(self) -> None:
        """End the process."""
        host, process = self._host, self._process
        self._host = self._process = self.last_seen = None
        self._is_made = False
        if host is not None:
            host.close()
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_ENDING_S)
                return
            process.kill()
            process.wait()

    def kill(self) -> None:
        """End the process at once; may be called from any thread. Whoever waits for an answer hears that it is gone."""
        process = self._process
        if process is not None:
            process.kill()

    def render(self, spec: RenderSpec, rows: Sequence[Row], watch: RenderWatch) -> list[Rgba]:
        """Draw all rows together; see `Engine.render`.

        Raises:
            EngineGoneError: The process died; the next call starts another.
        """
        return self._call("render", spec, tuple(rows), watch=watch)

    def refusal(self, spec: RenderSpec) -> str | None:
        """Why the engine cannot draw with a model; see `Engine.refusal`."""
        return self._call("refusal", spec)

    def rows_that_fit(self, spec: RenderSpec) -> int:
        """Estimate how many rows fit; see `Engine.rows_that_fit`."""
        return self._call("rows_that_fit", spec)

    def account(self, spec: RenderSpec, prompts: Sequence[str]) -> RenderAccount:
        """How the latest render was made; see `Engine.account`."""
        return self._call("account", spec, tuple(prompts))

    def let_go(self) -> None:
        """Let loaded models leave memory; an engine that does not run holds none."""
        if self._is_made:
            self._call("let_go")

    def loaded_models(self) -> tuple[str, ...]:
        """Content hashes of the models that are ready to draw."""
        return self._call("loaded_models")

    def device(self) -> Device:
        """Describe the device now."""
        return self._call("device")

    def _call(self, name: str, *arguments: object, watch: RenderWatch | None = None) -> Any:
        stood_idle = self._is_made
        self.start()
        assert self._host is not None
        try:
            self._host.send((name, *arguments))
            first = self._heard(watch)
        except (EOFError, OSError) as error:
            gone = self._gone(name)
            if not stood_idle:
                raise gone from error
            # It said nothing at all: it died while it had nothing to do, so this call is not to blame.
            return self._call(name, *arguments, watch=watch)
        return self._take_result(name, watch, first)

    def _take_result(self, name: str, watch: RenderWatch | None, first: tuple[Any, ...] | None = None) -> Any:
        """Answer the render's questions, the first of which was heard already, until its result is there."""
        host = self._host
        assert host is not None
        try:
            while True:
                kind, *said = first or self._heard(watch)
                first = None
                if kind == "result":
                    value, device, loaded_models = said
                    self.last_seen = LastSeen(device, loaded_models)
                    return value
                if kind == "error":
                    raise from_code(*said)
                assert watch is not None
                host.send(self._ask_watch(host, watch, kind, said))
        except (EOFError, OSError) as error:
            raise self._gone(name) from error
        except PixelsError:
            raise
        except BaseException:
            self.close()  # the watch failed in the middle of a question: the two ends no longer understand each other
            raise

    def _heard(self, watch: RenderWatch | None) -> tuple[Any, ...]:
        """Wait for the engine's next word, however long it takes.

        An engine that stands still (stopped, or stuck in a driver or on a disk) is told of by `last_seen`, and ended
        where nobody wants its batch any more: it would not hear that.
        """
        host, process, before = self._host, self._process, self.last_seen
        assert host is not None
        assert process is not None
        moved_s, cpu_s = time.monotonic(), -1.0
        while not host.poll(_LOOK_S):
            if (used_s := _cpu_s(process.pid)) != cpu_s:
                moved_s, cpu_s = time.monotonic(), used_s
            still_s = time.monotonic() - moved_s
            if still_s < STILL_S or self._is_far:  # one that draws elsewhere only waits here
                continue
            self.last_seen = EngineError(
                f"the drawing process {process.pid} has done nothing for {still_s:.0f} s",
                hint="see whether it was stopped, or waits for a disk or a driver; cancelled, its batch is given up",
            )
            if watch is not None and watch.stopped():
                process.kill()
                self.close()
                raise RenderStopped("the drawing process stood still and was ended")
        self.last_seen = before
        return host.recv()

    def _ask_watch(self, host: Connection, watch: RenderWatch, kind: str, said: list[Any]) -> bool | None:
        if kind == "stopped":
            return watch.stopped()
        if kind == "stage":
            watch.stage(said[0])
            return None

        def preview(row: int) -> Rgba | None:
            host.send(row)
            return host.recv()

        watch.step(said[0], said[1], preview)
        return watch.stopped()

    def _gone(self, name: str) -> EngineGoneError:
        process = self._process
        self.close()
        code = process.returncode if process is not None else None
        how = (
            f"was ended by {signal.Signals(-code).name}" if code is not None and code < 0 else f"ended with code {code}"
        )
        log.error("the drawing process %s while %s", how, name)
        if self._is_far:
            return LaneLostError(f"its process {how} while it was asked to {name}", hint="see the log file")
        return EngineGoneError(
            f"the drawing process {how} while it was asked to {name}",
            hint="most often the system ran out of memory: close other programs or ask for less; see the log file",
        )


def _cpu_s(pid: int) -> float:
    """Processor time that a process and those that it started (a compiler) have used; -1 where it is gone."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(times.user + times.system for times in (one.cpu_times() for one in family))
    except psutil.Error:
        return -1.0
