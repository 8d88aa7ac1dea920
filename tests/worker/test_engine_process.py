"""An engine in a process of its own draws what it draws at home, and its troubles arrive by name."""

# A test ends the engine's process under it, which no caller can.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.plain_engine import PlainEngine
from helpers.plain_worker import ENGINE
from helpers.waiting import PATIENCE_S, until
from helpers.workers import is_alive
from pixels_mcp.engines.base import LastSeen, RenderSpec, Rgba, Row
from pixels_mcp.errors import EngineError, EngineGoneError, ModelFileError, OutOfDeviceMemory, RenderStopped
from pixels_mcp.worker.engine_process import EngineProcess

SPEC = RenderSpec(Path("/m"), "a" * 64, 32, 32, 4, 3.0)
ROWS = [Row("a ruby potion", "", 1), Row("a sword", "", 2)]


class Watching:
    """Writes down what it is told."""

    def __init__(self, stop_after: int | None = None, look_at: int | None = None) -> None:
        self.stages: list[str] = []
        self.steps: list[tuple[int, int]] = []
        self.previews: list[Rgba] = []
        self._stop_after, self._look_at = stop_after, look_at

    def stage(self, stage: str) -> None:
        self.stages.append(stage)

    def step(self, step: int, steps: int, preview: Callable[[int], Rgba | None]) -> None:
        self.steps.append((step, steps))
        if self._look_at is not None:
            seen = preview(self._look_at)
            assert seen is not None
            self.previews.append(seen)

    def stopped(self) -> bool:
        return self._stop_after is not None and len(self.steps) >= self._stop_after


@pytest.fixture
def make() -> Iterator[Callable[..., EngineProcess]]:
    made: list[EngineProcess] = []

    def make(**options: Any) -> EngineProcess:
        command = (sys.executable, "-c", ENGINE, str(Path(__file__).parents[1]), json.dumps(options))
        made.append(EngineProcess({}, command=command))
        return made[-1]

    yield make
    for engine in made:
        engine.close()


def test_it_draws_what_the_engine_draws_at_home(make: Callable[..., EngineProcess]) -> None:
    here, there = Watching(look_at=1), Watching(look_at=1)
    far = make()

    pictures = far.render(SPEC, ROWS, there)

    assert all(map(np.array_equal, pictures, PlainEngine().render(SPEC, ROWS, here)))
    assert (there.stages, there.steps) == (here.stages, here.steps)
    assert all(map(np.array_equal, there.previews, here.previews))
    assert far.device() == PlainEngine().device()
    assert far.account(SPEC, ("word " * 80,)).unread == ("word word word",)
    assert far.loaded_models() == ("a" * 64,)
    assert isinstance(far.last_seen, LastSeen)
    assert far.last_seen.loaded_models == ("a" * 64,)


def test_it_stops_within_one_step(make: Callable[..., EngineProcess]) -> None:
    watch = Watching(stop_after=2)

    with pytest.raises(RenderStopped):
        make().render(SPEC, ROWS, watch)

    assert watch.steps == [(1, 4), (2, 4)]


def test_its_errors_arrive_as_the_same_errors_and_it_goes_on(make: Callable[..., EngineProcess]) -> None:
    engine = make(rows_max=1)

    with pytest.raises(OutOfDeviceMemory, match="2 rows do not fit"):
        engine.render(SPEC, ROWS, Watching())
    assert len(engine.render(SPEC, ROWS[:1], Watching())) == 1
    with pytest.raises(ModelFileError, match="get them again"):
        make(broken=True).render(SPEC, ROWS, Watching())


def test_a_watch_that_fails_is_not_mistaken_for_the_engine(make: Callable[..., EngineProcess]) -> None:
    class Broken(Watching):
        def stage(self, stage: str) -> None:
            raise KeyError(stage)

    engine = make()
    with pytest.raises(KeyError):
        engine.render(SPEC, ROWS, Broken())

    assert len(engine.render(SPEC, ROWS, Watching())) == 2, "another process draws the next"


def test_one_that_dies_is_named_and_replaced(make: Callable[..., EngineProcess], tmp_path: Path) -> None:
    deaths = tmp_path / "deaths"
    deaths.touch()
    engine = make(deaths=str(deaths))

    with pytest.raises(EngineGoneError, match="SIGKILL"):
        engine.render(SPEC, ROWS, Watching())

    assert engine.last_seen is None
    assert len(engine.render(SPEC, ROWS, Watching())) == 2


def test_one_that_died_while_it_had_nothing_to_do_is_replaced_unnoticed(make: Callable[..., EngineProcess]) -> None:
    engine = make()
    engine.start()
    process = engine._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    until(lambda: not is_alive(process.pid), "it is dead")

    assert len(engine.render(SPEC, ROWS, Watching())) == 2


def test_one_that_is_busy_can_be_ended_from_another_thread(make: Callable[..., EngineProcess]) -> None:
    engine = make(load_s=60.0)
    loading = threading.Event()

    class Telling(Watching):
        def stage(self, stage: str) -> None:  # noqa: ARG002  # called alike with others
            loading.set()

    killer = threading.Thread(target=lambda: loading.wait(PATIENCE_S) and engine.kill())
    killer.start()
    with pytest.raises(EngineGoneError):
        engine.render(SPEC, ROWS, Telling())
    killer.join()


def test_one_that_cannot_be_made_says_why(make: Callable[..., EngineProcess]) -> None:
    program = (
        "import sys\n"
        "from pixels_mcp.worker.engine_host import connect_to_worker, serve_engine\n"
        "worker, _ = connect_to_worker(sys.argv[1:])\n"
        "def make():\n"
        "    raise ModuleNotFoundError('No module named torch')\n"
        "serve_engine(make, worker)\n"
    )
    engine = EngineProcess({}, command=(sys.executable, "-c", program))

    for _ in range(2):
        with pytest.raises(EngineError, match=r"pip install .\.\[worker\]"):
            engine.device()
    engine.close()
