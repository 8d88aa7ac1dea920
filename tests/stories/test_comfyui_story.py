"""The real worker with a real ComfyUI server: its models and a person's own workflow, beside mini; made again; away."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.comfy_server import ComfyServer
from helpers.toolchains import REPOSITORY
from helpers.typed import typed
from helpers.waiting import until
from helpers.workers import end_worker
from pixels_mcp.client import Client
from pixels_mcp.errors import InvalidArgumentError, ModelFileError, RecipeError
from pixels_mcp.events import JobInfo, SpriteInfo, Step
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.paths import find_paths
from pixels_mcp.png import decode_png
from pixels_mcp.requests import LoraChoice, SpriteRequest
from pixels_mcp.settings import Settings

pytestmark = [pytest.mark.network, pytest.mark.timeout(900)]
"""The first test may install ComfyUI."""

WAIT_S = 280


@pytest.fixture(scope="module")
def client(comfy_server: ComfyServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of one real worker whose checkpoints are those of the server; `mine` is a person's own workflow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXELS_HOME", str(tmp_path_factory.mktemp("h")))
        cards = find_paths().models / "comfyui"
        cards.mkdir(parents=True)
        (cards / "tiny_sd1.json").write_text(json.dumps({"render_side_px": 256, "steps": 2}), "utf-8")
        for name in ("mine", "img2img"):
            (cards / f"{name}.json").write_text(json.dumps({"native_sizes_px": [[64, 64]], "steps": 3}), "utf-8")
        write_own_workflow()
        settings = Settings(threads=2, engine="comfyui", comfyui_url=comfy_server.url, default_model="tiny_sd1")
        with Client.connect(find_paths(), settings, face="test", timeout_s=200) as client:
            yield client
        end_worker(find_paths())


def write_own_workflow(sampler: str = "euler") -> Path:
    """Write `mine`, which has no place for guidance."""
    folder = find_paths().config / "workflows" / "comfyui"
    folder.mkdir(parents=True, exist_ok=True)
    graph = json.loads((REPOSITORY / "workflows" / "comfyui" / "txt2img.json").read_text("utf-8"))
    graph["model"]["inputs"]["ckpt_name"] = "tiny_sd1.safetensors"
    graph["sampler"]["inputs"] |= {"cfg": 3.0, "sampler_name": sampler, "scheduler": "normal"}
    (folder / "mine.json").write_text(json.dumps(graph), "utf-8")
    return folder / "mine.json"


def ask(client: Client, **words: object) -> JobInfo:
    usual = {"prompt": "a ruby potion", "seed": 3, "reference": "none"}
    return client.submit(SpriteRequest.model_validate({**usual, **words}))


def drawn(client: Client, **words: object) -> tuple[SpriteInfo, ...]:
    return ended(client, ask(client, **words))


def ended(client: Client, job: JobInfo) -> tuple[SpriteInfo, ...]:
    job = client.wait(job.job_id, WAIT_S)
    assert job.state == "done", job.parts[0].error
    return job.parts[0].sprites


def test_the_servers_models_stand_beside_mini(client: Client) -> None:
    models = {(model.kind, model.name): model for model in client.models()}

    assert {("checkpoint", name) for name in ("mini", "tiny_sd1", "mine", "txt2img", "tile")} <= models.keys()
    assert ("lora", "tiny_style") in models
    assert "lcm" in models["checkpoint", "tiny_sd1"].samplers
    assert [model.problem for model in models.values()] == [None] * len(models)


def test_a_picture_of_the_server_becomes_pixel_art_and_is_made_again_to_the_byte(
    client: Client, comfy_server: ComfyServer
) -> None:
    first, second = drawn(client, width_px=32, count=2, palette="pico-8", transparent=False)
    recipe = read_recipe(Path(second.path))

    (again,) = ended(client, client.regenerate(recipe.model_dump()))

    assert decode_png(Path(first.path).read_bytes())[0].shape == (32, 32, 4)
    assert first.facts["colors"] in range(2, 17)
    assert recipe.plan["render_width_px"] == 256
    assert recipe.plan["batch_rows"] == 1
    assert recipe.plan["server"] == {
        "url": comfy_server.url, "version": "0.30.0", "device": "cpu", "workflow_sha256": None,
    }  # fmt: skip
    assert recipe.versions["comfyui"] == "0.30.0"
    assert "torch" not in recipe.versions
    assert again.sha256 == second.sha256 != first.sha256


def test_a_workflow_draws_with_loras_of_its_places_and_refuses_what_it_has_no_place_for(client: Client) -> None:
    with pytest.raises(InvalidArgumentError, match="guidance_scale changes nothing in the workflow mine") as caught:
        ask(client, model="mine", guidance_scale=5.0)
    assert "%guidance%" in caught.value.hint
    with pytest.raises(InvalidArgumentError, match="loras changes nothing"):
        ask(client, model="mine", loras=[LoraChoice(name="tiny_style", weight=1.0)])
    with pytest.raises(InvalidArgumentError, match="redraws a picture"):
        ask(client, model="img2img")
    with pytest.raises(InvalidArgumentError, match="takes one LoRA, 0 are given"):
        ask(client, model="lora")
    with pytest.raises(InvalidArgumentError, match="tiling both changes nothing"):
        ask(client, model="mine", tiling="both")

    (mine,) = drawn(client, model="mine", transparent=False, steps=2, negative_prompt="blue")
    (redrawn,) = drawn(client, model="img2img", reference=mine.sprite_id, strength=0.3, transparent=False)

    assert (mine.width_px, redrawn.width_px) == (64, 64)
    assert redrawn.reference is not None
    assert redrawn.reference.name == mine.sprite_id


def test_a_workflow_that_was_changed_is_not_made_again(client: Client) -> None:
    (sprite,) = drawn(client, model="mine", transparent=False, seed=8)
    recipe = read_recipe(Path(sprite.path))
    assert len(str(typed(dict[str, Any], recipe.plan["server"])["workflow_sha256"])) == 64
    assert ended(client, client.regenerate(recipe.model_dump()))[0].sha256 == sprite.sha256

    write_own_workflow("dpmpp_2m")
    time.sleep(2.1)  # what the server and the folder had is asked for every two seconds
    try:
        job = client.wait(client.regenerate(recipe.model_dump()).job_id, WAIT_S)
    finally:
        write_own_workflow()
        time.sleep(2.1)

    error = job.parts[0].error
    assert error is not None
    assert (error.code, "another mine" in error.message) == (RecipeError.__name__, True)
    assert "workflow" in error.hint


def test_a_recipe_of_another_comfyui_is_refused_by_name(client: Client) -> None:
    (sprite,) = drawn(client, model="mine", transparent=False, seed=9)
    recipe = read_recipe(Path(sprite.path)).model_dump()

    recipe["plan"]["server"]["version"] = "0.29.1"
    with pytest.raises(RecipeError, match=r"drawn by ComfyUI 0\.29\.1 on cpu, the one at http.* is 0\.30\.0 on cpu"):
        client.regenerate(recipe)
    recipe["plan"]["server"] = None
    with pytest.raises(RecipeError, match="drawn by the embedded engine"):
        client.regenerate(recipe)


def test_what_lies_on_the_server_and_what_lies_here_are_not_mixed(client: Client) -> None:
    with pytest.raises(ModelFileError, match="lies on the ComfyUI server"):
        ask(client, model="mini", loras=[LoraChoice(name="tiny_style", weight=1.0)])


def test_a_cancelled_drawing_ends_on_the_server_and_jobs_of_others_are_not_ours(
    client: Client, comfy_server: ComfyServer
) -> None:
    job = ask(client, model="mine", steps=150, transparent=False, seed=10)
    steps = next(update for update in client.follow(job.job_id, timeout_s=WAIT_S) if isinstance(update, Step))
    graph = json.loads(write_own_workflow().read_text("utf-8"))
    values = {"%prompt%": "a tree", "%negative%": "", "%seed%": 1, "%width%": 64, "%height%": 64, "%steps%": 3}
    for node in graph.values():
        node["inputs"] = {key: values.get(str(value), value) for key, value in node["inputs"].items()}
    other = comfy_server.send(graph)

    assert client.health().parts_running + client.health().parts_queued == 1
    client.cancel(job.job_id)

    assert steps.steps == 150
    assert comfy_server.end_of(other) == "success"
    assert client.job(job.job_id).state == "cancelled"


def test_nothing_is_lost_while_the_server_is_away(client: Client, comfy_server: ComfyServer) -> None:
    job = ask(client, model="mine", steps=150, transparent=False, seed=12)
    next(update for update in client.follow(job.job_id, timeout_s=WAIT_S) if isinstance(update, Step))
    comfy_server.kill()
    try:
        (potion,) = drawn(client, model="mini", reference="auto", steps=2)
        until(lambda: "away" in {lane.state for lane in client.health().lanes}, "the lane is away", timeout_s=90)
        assert client.job(job.job_id).state in ("queued", "running")
    finally:
        comfy_server.launch()
        comfy_server.wait()

    (sprite,) = ended(client, job)

    assert potion.model == "mini"
    assert sprite.model == "mine"
