"""`make comfy`: what takes too long for every run: SDXL's own files, and an older server without its newer calls.

pytest tests/comfyui_wide.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.comfy_drawing import InBackground, Watch, draw, lora, row, spec
from helpers.comfy_server import ComfyServer, shared_comfy_server
from helpers.waiting import until
from helpers.workers import end_worker
from pixels_mcp.client import Client
from pixels_mcp.engines.comfyui.comfy_engine import ComfyEngine
from pixels_mcp.engines.comfyui.comfy_graphs import DrawnRow, make_graph
from pixels_mcp.errors import RenderStopped
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import LoraChoice, SpriteRequest
from pixels_mcp.settings import Settings

pytestmark = pytest.mark.timeout(1_500)
WAIT_S = 900
"""An SDXL file's first picture takes 26 CPU-seconds, minutes on a crowded machine."""


@pytest.fixture(scope="module")
def sdxl_server() -> ComfyServer:
    return shared_comfy_server(with_sdxl=True)


@pytest.fixture(scope="module")
def old_server() -> ComfyServer:
    return shared_comfy_server(old=True)


@pytest.fixture(scope="module")
def client(sdxl_server: ComfyServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXELS_HOME", str(tmp_path_factory.mktemp("h")))
        cards = find_paths().models / "comfyui"
        cards.mkdir(parents=True)
        (cards / "tiny_sdxl.json").write_text(json.dumps({"render_side_px": 256, "steps": 2}), "utf-8")
        settings = Settings(threads=2, engine="comfyui", comfyui_url=sdxl_server.url, default_model="tiny_sdxl")
        with Client.connect(find_paths(), settings, face="test", timeout_s=200) as client:
            yield client
        end_worker(find_paths())


def test_an_sdxl_file_with_a_lora_becomes_a_sprite_and_is_made_again(client: Client) -> None:
    models = {(model.kind, model.name): model for model in client.models()}
    words: dict[str, Any] = {"prompt": "a ruby potion", "seed": 4, "width_px": 32, "transparent": False}
    request = SpriteRequest(**words, loras=(LoraChoice(name="tiny_large", weight=2.0),))

    job = client.wait(client.submit(request).job_id, WAIT_S)
    assert job.state == "done", job.parts[0].error
    recipe = read_recipe(Path(job.parts[0].sprites[0].path))
    again = client.wait(client.regenerate(recipe.model_dump()).job_id, WAIT_S)

    assert models["checkpoint", "tiny_sdxl"].base == "sdxl"
    assert models["lora", "tiny_large"].base == "sdxl"
    assert list(recipe.loras_sha256) == ["tiny_large"]
    assert again.state == "done", again.parts[0].error
    assert again.parts[0].sprites[0].sha256 == job.parts[0].sprites[0].sha256


def test_shipped_workflows_take_the_default_checkpoint_of_several(client: Client) -> None:
    request = SpriteRequest(prompt="a ruby potion", model="txt2img", seed=4, width_px=32, transparent=False, steps=1)

    job = client.wait(client.submit(request).job_id, WAIT_S)

    assert job.state == "done", job.parts[0].error
    server = read_recipe(Path(job.parts[0].sprites[0].path)).plan["server"]
    assert isinstance(server, dict)
    assert len(str(server["workflow_sha256"])) == 64


def test_an_older_server_draws_the_same_with_steps(old_server: ComfyServer) -> None:
    engine, watch = ComfyEngine(old_server.url), Watch()

    (picture,) = draw(engine, row(seed=5), watch=watch, loras=(lora(),))

    device = engine.device()
    assert device.server is not None
    assert device.server.version == "0.3.75"
    assert watch.steps == [(step, 4) for step in range(1, 5)]
    assert (draw(engine, row(seed=5), loras=(lora(),))[0] == picture).all()


def test_an_older_server_stops_our_drawing_alone_running_or_waiting(old_server: ComfyServer) -> None:
    engine = ComfyEngine(old_server.url)
    others: list[str] = []
    graph = make_graph(DrawnRow("tiny_sd1.safetensors", "a tree", "", 201, 64, 64, 60, 4.0))
    watch = Watch(stop_at=2, at_step=lambda: others.append(old_server.send(graph)))

    with pytest.raises(RenderStopped):
        draw(engine, row(seed=200), watch=watch, steps=60)
    waiting = Watch()
    ours = InBackground(lambda: engine.render(spec(), [row(seed=202)], waiting))
    until(lambda: old_server.queued("queue_pending"), "it waits in its queue")
    waiting.is_stopped = True
    with pytest.raises(RenderStopped):
        ours.end()

    assert old_server.end_of(others[0]) == "success"
