"""Several lanes draw from one queue: none of two the same part, each what it can, and a lost one loses nothing."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.plain_engine import PlainEngine
from helpers.plain_worker import MODEL, install_plain_model
from helpers.waiting import PATIENCE_S, until
from helpers.workers import AtHome, as_engine, at_home, threaded_worker
from pixels_mcp.cli.worker.status_command import describe_worker
from pixels_mcp.client import Client
from pixels_mcp.engines.base import Device, RenderSpec, RenderWatch, Rgba, Row
from pixels_mcp.errors import EngineError, EngineGoneError, LaneLostError
from pixels_mcp.events import Finished, LaneInfo, WorkerHealth
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.mcp_server.replies import WorkerReply
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import BatchItem, BatchRequest, SpriteRequest
from pixels_mcp.tui.board import Board, HealthTold
from pixels_mcp.tui.board_updates import with_facts
from pixels_mcp.tui.lines.meter_lines import meter_lines
from pixels_mcp.worker.lanes.lane import STARTS

AWAY = LaneLostError("the machine is away", hint="start it")


def _things(count: int, first_seed: int = 100, **words: object) -> BatchRequest:
    items = tuple(BatchItem(prompt=f"thing {number}", seed=first_seed + number) for number in range(count))
    return BatchRequest.model_validate({"items": items, **words})


def _drawn(log: Path) -> list[list[int]]:
    lines = log.read_text("utf-8").splitlines() if log.exists() else []
    return [[int(seed) for seed in line.split()[1].split(",")] for line in lines]


def _lane(client: Client, name: str) -> LaneInfo:
    return next(lane for lane in client.health().lanes if lane.name == name)


def _drawing(health: WorkerHealth) -> WorkerHealth | None:
    return health if any(lane.parts and lane.loaded_models for lane in health.lanes) else None


def test_lanes_draw_at_the_same_time_and_none_draws_what_another_draws(home: Path) -> None:
    both = threading.Barrier(2, timeout=PATIENCE_S)

    class Meeting(PlainEngine):
        def render(self, spec: RenderSpec, rows: Sequence[Row], watch: RenderWatch) -> list[Rgba]:
            if rows[0].seed < 108:  # the first batch of each lane begins only when the other's has begun
                both.wait()
            return super().render(spec, rows, watch)

    logs = home / "left", home / "right"
    engines = {log.name: at_home(Meeting(log=str(log))) for log in logs}
    with threaded_worker(home, engines=engines, rows_max=4) as connect:
        client = connect()
        job = client.wait(client.submit_batch(_things(24, steps=1)).job_id, PATIENCE_S)

    seeds = [seed for log in logs for render in _drawn(log) for seed in render]
    assert [part.state for part in job.parts] == ["done"] * 24
    assert sorted(seeds) == list(range(100, 124)), "each once"
    assert all(len(render) == 4 for log in logs for render in _drawn(log))
    plans = [read_recipe(Path(part.sprites[0].path)).plan for part in job.parts]
    assert all(plan["batch_rows"] == 4 for plan in plans), "one lane, one batch, one recipe"


def test_a_lane_draws_what_it_has_and_leaves_the_rest_to_others(home: Path) -> None:
    install_plain_model(find_paths(), "other")
    left, right = home / "left", home / "right"
    engines = {
        "left": at_home(PlainEngine(lacks=("other",), log=str(left))),
        "right": at_home(PlainEngine(lacks=("plain",), log=str(right))),
    }
    with threaded_worker(home, engines=engines) as connect:
        client = connect()
        jobs = [client.submit_batch(_things(3, seed, model=model)) for model, seed in ((MODEL, 1), ("other", 50))]
        assert [client.wait(job.job_id, PATIENCE_S).state for job in jobs] == ["done", "done"]
        client.warm("other")
        assert _lane(client, "right").loaded_models == ("other",)

    assert {seed for render in _drawn(left) for seed in render} == {1, 2, 3}
    assert {seed for render in _drawn(right) for seed in render} >= {50, 51, 52}


def test_what_no_lane_has_fails_with_the_reason_of_each(home: Path) -> None:
    engines = {name: at_home(PlainEngine(lacks=("plain",))) for name in ("left", "right")}
    with threaded_worker(home, engines=engines) as connect:
        client = connect()
        job = client.wait(client.submit(SpriteRequest(prompt="a")).job_id, PATIENCE_S)

    error = job.parts[0].error
    assert error is not None
    assert error.code == "NoLaneError"
    assert "none of 2 lanes: " in error.message
    assert "left: it has no plain" in error.message
    assert "right: it has no plain" in error.message


def test_a_loaded_model_is_preferred_but_the_other_jobs_are_not_starved(home: Path) -> None:
    install_plain_model(find_paths(), "other")
    log = home / "renders"

    class OneModel(PlainEngine):
        def render(self, spec: RenderSpec, rows: Sequence[Row], watch: RenderWatch) -> list[Rgba]:
            self.loaded[:] = [sha256 for sha256 in self.loaded if sha256 == spec.model_sha256]
            return super().render(spec, rows, watch)

    with threaded_worker(home, engine=OneModel(step_s=0.01, log=str(log)), rows_max=1) as connect:
        client = connect()
        blocker = client.submit(SpriteRequest(prompt="blocker", seed=1, steps=150))
        until(lambda: client.job(blocker.job_id).parts[0].step >= 1, "the lane is busy")
        jobs = [
            client.submit_batch(_things(9, seed, model=model, steps=1))
            for model, seed in ((MODEL, 100), ("other", 200))
        ]
        client.cancel(blocker.job_id)
        for job in jobs:
            client.wait(job.job_id, PATIENCE_S)

    models = ["ab"[render[0] // 100 - 1] for render in _drawn(log)[1:]]
    assert "".join(models) == "aaaaabbbbbaaaabbbb", "four in turn with the loaded model, then the ring's turn"


def test_a_lost_lane_gives_its_parts_back_and_gets_none_until_it_answers(home: Path) -> None:
    left, right = at_home(PlainEngine(step_s=0.05)), at_home(PlainEngine(step_s=0.05))
    with threaded_worker(home, engines={"left": left, "right": right}, rows_max=2) as connect:
        client = connect()
        job = client.submit_batch(_things(8, steps=6))
        until(lambda: _lane(client, "left").parts and _lane(client, "right").parts, "both draw")
        held = _lane(client, "left").parts

        left.lost = AWAY
        until(lambda: _lane(client, "left").state == "away", "it is missed")
        assert _lane(client, "left").problem == str(AWAY)
        done = client.wait(job.job_id, PATIENCE_S)
        assert [part.state for part in done.parts] == ["done"] * 8
        assert {part.part_id for part in done.parts} >= set(held)
        assert len({part.sprites[0].sprite_id for part in done.parts}) == 8

        left.lost = None
        until(lambda: _lane(client, "left").state == "ready", "it is there again")


def test_every_face_shows_what_each_lane_does(home: Path) -> None:
    engines = {"card 0": at_home(PlainEngine(step_s=0.1)), "card 1": at_home(PlainEngine())}
    with threaded_worker(home, engines=engines) as connect:
        client = connect()
        job = client.submit(SpriteRequest(prompt="a ruby potion", steps=60))
        health = until(lambda: _drawing(client.health()), "it draws")
        client.cancel(job.job_id)

    assert health is not None
    drawing = next(lane for lane in health.lanes if lane.parts)
    assert (drawing.state, drawing.parts) == ("drawing", (job.job_id,))
    line = f"{drawing.name}: drawing {job.job_id}, plain (cpu, fp32), 1.0 of 2.0 GiB free, loaded: plain"
    assert f"  {line}" in describe_worker(health)
    assert line in WorkerReply.of(health).lanes
    board = with_facts(Board(), [HealthTold(health)])
    assert f"Lane     {line}" in meter_lines(board, [], now_s=0.0, window_s=60.0, columns=116)


def test_parts_wait_for_the_only_lane_and_say_so(home: Path) -> None:
    engine = at_home(PlainEngine())
    engine.lost = AWAY
    with threaded_worker(home, engines={"far": engine}) as connect:
        client = connect()
        job = client.submit(SpriteRequest(prompt="a key"))
        until(lambda: client.health().busy_with, "it waits")
        assert client.health().busy_with == f"waiting for far: {AWAY}"

        engine.lost = None
        assert client.wait(job.job_id, PATIENCE_S).state == "done"


class _Poisoned(PlainEngine):
    """Its machine goes down whenever a poisoned thing is drawn, and is up again at once."""

    def render(self, spec: RenderSpec, rows: Sequence[Row], watch: RenderWatch) -> list[Rgba]:
        super().render(spec, rows, watch)
        if any("poison" in row.prompt for row in rows):
            raise AWAY
        return super().render(spec, rows, watch)


def test_a_part_over_which_three_lanes_were_lost_fails_and_takes_no_other_with_it(home: Path) -> None:
    engines = {name: at_home(_Poisoned(step_s=0.01)) for name in ("a", "b", "c", "d")}
    items = tuple(BatchItem(prompt="poison" if number == 2 else f"thing {number}") for number in range(6))
    with threaded_worker(home, engines=engines) as connect:
        client = connect()
        job = client.wait(client.submit_batch(BatchRequest(items=items, steps=2)).job_id, PATIENCE_S)

    assert [part.state for part in job.parts] == ["done", "done", "failed", "done", "done", "done"]
    error = job.parts[2].error
    assert error is not None
    assert error.code == "LaneLostError"
    assert error.message.startswith("3 times the lane that drew this was lost (")
    assert error.message.count(", ") >= 2, "three different lanes"


def test_the_only_lane_lost_three_times_over_one_part_is_enough(home: Path) -> None:
    with threaded_worker(home, engines={"a": at_home(_Poisoned())}) as connect:
        client = connect()
        job = client.wait(client.submit(SpriteRequest(prompt="poison", steps=1)).job_id, PATIENCE_S)
        assert client.wait(client.submit(SpriteRequest(prompt="bread", steps=1)).job_id, PATIENCE_S).state == "done"

    assert job.state == "failed"


def test_what_is_cancelled_while_its_lane_is_lost_is_cancelled_once(home: Path) -> None:
    engine = at_home(PlainEngine(step_s=0.05))
    with threaded_worker(home, engines={"far": engine}) as connect:
        client = connect()
        job = client.submit_batch(_things(2, steps=8))
        updates = connect().follow(job.job_id, timeout_s=PATIENCE_S)
        until(lambda: client.job(job.job_id).parts[0].step >= 1, "it is drawn")
        engine.lost = AWAY
        until(lambda: _lane(client, "far").state == "away", "it is missed")

        client.cancel(job.parts[0].part_id)
        engine.lost = None
        done = client.wait(job.job_id, PATIENCE_S)
        ends = Counter(update.part_id for update in updates if isinstance(update, Finished))

    assert [part.state for part in done.parts] == ["cancelled", "done"]
    assert ends == {part.part_id: 1 for part in done.parts}


def test_a_lane_that_cannot_be_draws_nothing_and_fails_nothing_that_another_draws(home: Path) -> None:
    broken = at_home(PlainEngine())
    broken.lost = EngineError("its card has fallen off the bus")
    with threaded_worker(home, engines={"broken": broken, "well": at_home(PlainEngine())}, rows_max=1) as connect:
        client = connect()
        job = client.wait(client.submit_batch(_things(6, steps=1)).job_id, PATIENCE_S)
        until(lambda: _lane(client, "broken").state == "unavailable", "it is told")
        assert _lane(client, "broken").problem == "its card has fallen off the bus"

    assert [part.state for part in job.parts] == ["done"] * 6


class _DiesStarting(AtHome):
    """Its process dies the first times that it is started."""

    def __init__(self, deaths: int) -> None:
        super().__init__(PlainEngine())
        self._deaths = deaths

    def device(self) -> Device:
        if self._deaths:
            self._deaths -= 1
            raise EngineGoneError("the drawing process was ended by SIGKILL while it was asked to start")
        return self.engine.device()


def test_an_engine_that_is_killed_while_it_starts_is_started_again_and_nothing_fails(home: Path) -> None:
    with threaded_worker(home, engines={"killed": as_engine(_DiesStarting(STARTS - 1))}) as connect:
        client = connect()
        job = client.wait(client.submit_batch(_things(6, steps=1)).job_id, PATIENCE_S)

    assert [part.state for part in job.parts] == ["done"] * 6


def test_an_engine_that_always_dies_while_it_starts_is_told_and_keeps_nothing_waiting(home: Path) -> None:
    with threaded_worker(home, engines={"killed": as_engine(_DiesStarting(100))}) as connect:
        client = connect()
        job = client.wait(client.submit(SpriteRequest(prompt="a key", steps=1)).job_id, PATIENCE_S)

    assert job.state == "failed"
    assert job.parts[0].error is not None
    assert job.parts[0].error.code == "EngineGoneError"


def test_a_recipe_is_followed_on_a_device_of_its_kind(home: Path) -> None:
    class OnCard(PlainEngine):
        def device(self) -> Device:
            return replace(super().device(), kind="cuda", name="card")

    logs = home / "cpu", home / "card"
    engines = {"card": at_home(OnCard(log=str(logs[1]))), "cpu": at_home(PlainEngine(log=str(logs[0])))}
    with threaded_worker(home, engines={"cpu": engines["cpu"]}) as connect:
        drawn = connect().wait(connect().submit(SpriteRequest(prompt="a bell", seed=7)).job_id, PATIENCE_S)
    recipe = read_recipe(Path(drawn.parts[0].sprites[0].path))
    with threaded_worker(home, engines=engines) as connect:
        client = connect()
        until(lambda: all(lane.state == "ready" for lane in client.health().lanes), "both are there")
        for _ in range(4):
            assert client.wait(client.regenerate(recipe.model_dump()).job_id, PATIENCE_S).state == "done"

    assert not logs[1].exists(), "the card was left out of it"


@pytest.mark.parametrize("lanes", [2, 3])
def test_ends_are_told_once_however_many_lanes_draw(home: Path, lanes: int) -> None:
    engines = {f"lane {number}": at_home(PlainEngine(step_s=0.002)) for number in range(lanes)}
    with threaded_worker(home, engines=engines, rows_max=3) as connect:
        client = connect()
        job = client.submit_batch(_things(40, steps=3))
        updates = connect().follow(job.job_id, timeout_s=PATIENCE_S)
        client.cancel(job.parts[39].part_id)
        ends = Counter(update.part_id for update in updates if isinstance(update, Finished))
        done = client.job(job.job_id)

    assert [part.state for part in done.parts] == ["done"] * 39 + ["cancelled"]
    assert ends == {part.part_id: 1 for part in done.parts}
