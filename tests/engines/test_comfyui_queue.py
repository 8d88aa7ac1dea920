"""A real ComfyUI server that others use too, and that goes away: only our own drawing is stopped, none is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from helpers.comfy_drawing import InBackground, Watch, draw, row, spec
from helpers.comfy_server import ComfyServer, cable_to, free_port
from helpers.waiting import until
from pixels_mcp.engines.comfyui.comfy_engine import ComfyEngine
from pixels_mcp.engines.comfyui.comfy_graphs import DrawnRow, make_graph
from pixels_mcp.errors import CancelledElsewhereError, RenderStopped, ServerGoneError

pytestmark = [pytest.mark.network, pytest.mark.timeout(900)]
"""The first test may install ComfyUI."""

LONG = 60
"""Steps of a drawing that is met in the middle."""


@pytest.fixture
def engine(comfy_server: ComfyServer) -> Iterator[ComfyEngine]:
    engine = ComfyEngine(comfy_server.url)
    yield engine
    engine.close()


def graph_of_another(seed: int, steps: int = 4) -> dict[str, dict[str, object]]:
    return make_graph(DrawnRow("tiny_sd1.safetensors", "a tree", "", seed, 64, 64, steps, 4.0))


def test_a_drawing_is_stopped_in_the_middle_and_that_of_another_goes_on(
    engine: ComfyEngine, comfy_server: ComfyServer
) -> None:
    others: list[str] = []
    watch = Watch(stop_at=2, at_step=lambda: others.append(comfy_server.send(graph_of_another(101))))

    with pytest.raises(RenderStopped):
        draw(engine, row(seed=100), watch=watch, steps=LONG)

    assert comfy_server.end_of(others[0]) == "success"
    assert watch.steps[-1][0] < LONG


def test_a_drawing_is_stopped_while_it_waits_behind_that_of_another(
    engine: ComfyEngine, comfy_server: ComfyServer
) -> None:
    other = comfy_server.send(graph_of_another(102, steps=LONG))
    watch = Watch()
    ours = InBackground(lambda: draw(engine, row(seed=103), watch=watch))
    until(lambda: comfy_server.queued("queue_pending"), "it waits in its queue")

    watch.is_stopped = True
    with pytest.raises(RenderStopped):
        ours.end()

    assert comfy_server.queued("queue_pending") == []
    assert comfy_server.end_of(other) == "success"
    assert watch.steps == []


def test_a_drawing_waits_for_those_of_others_and_tells_it(
    engine: ComfyEngine, comfy_server: ComfyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pixels_mcp.engines.comfyui.comfy_engine.WAITED_TOLD_S", 0.5)
    comfy_server.send(graph_of_another(104, steps=LONG))
    watch = Watch()

    draw(engine, row(seed=105), watch=watch)

    assert watch.steps == [(step, 4) for step in range(1, 5)]
    assert "ComfyUI drew those of others first" in engine.account(spec(), ()).notes[0]


def test_a_drawing_that_somebody_interrupts_is_told_as_that(engine: ComfyEngine, comfy_server: ComfyServer) -> None:
    watch = Watch(at_step=lambda: comfy_server.post("/interrupt", {}))

    with pytest.raises(CancelledElsewhereError, match="cancelled in ComfyUI") as caught:
        draw(engine, row(seed=106), watch=watch, steps=LONG)

    assert [step.do for step in caught.value.steps] == ["retry_job"]


def test_a_drawing_that_somebody_takes_out_of_the_queue_is_told_as_that(
    engine: ComfyEngine, comfy_server: ComfyServer
) -> None:
    other = comfy_server.send(graph_of_another(107, steps=LONG))
    ours = InBackground(lambda: draw(engine, row(seed=108)))
    until(lambda: comfy_server.queued("queue_pending"), "it waits in its queue")

    comfy_server.post("/queue", {"clear": True})

    with pytest.raises(CancelledElsewhereError, match="taken out of ComfyUI's queue"):
        ours.end()
    comfy_server.post("/interrupt", {"prompt_id": other})
    comfy_server.end_of(other)


def test_a_cable_that_is_cut_in_the_middle_loses_nothing(comfy_server: ComfyServer) -> None:
    with cable_to(comfy_server.port) as cable:
        engine = ComfyEngine(f"http://127.0.0.1:{cable.port}")
        before = len(comfy_server.get("/history"))
        watch = Watch(at_step=cable.cut)

        (picture,) = draw(engine, row(seed=109), watch=watch, steps=LONG)

        assert len(comfy_server.get("/history")) == before + 1, "it was asked once"
        assert watch.steps[-1] == (LONG, LONG) or watch.steps[-1][0] > 1
        engine.close()
    assert (picture == draw(ComfyEngine(comfy_server.url), row(seed=109), steps=LONG)[0]).all()


def test_a_server_that_is_away_for_long_is_named_with_the_next_step() -> None:
    engine = ComfyEngine(f"http://127.0.0.1:{free_port()}", away_s=0.2)
    begun_s = time.monotonic()

    with pytest.raises(ServerGoneError, match=r"no ComfyUI answers at http://127\.0\.0\.1:\d+") as caught:
        draw(engine)

    assert time.monotonic() - begun_s < 10
    assert caught.value.hint == "start ComfyUI, or set comfyui_url to where it is"
    with pytest.raises(ServerGoneError):
        engine.device()


def test_a_drawing_whose_server_is_started_again_in_the_middle_is_asked_again_once(comfy_server: ComfyServer) -> None:
    def start_again() -> None:
        comfy_server.kill()
        comfy_server.launch()

    engine = ComfyEngine(comfy_server.url, away_s=180)
    watch = Watch(at_step=start_again)
    reference = row("a", seed=110)

    (picture,) = draw(engine, reference, watch=watch, steps=LONG)

    assert len(comfy_server.get("/history")) == 1
    assert [step for step, _ in watch.steps].count(1) == 2, "its steps begin again"
    assert (picture == draw(engine, reference, steps=LONG)[0]).all()
    engine.close()
