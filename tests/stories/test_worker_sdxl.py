"""The real worker with a model in SDXL's own layout: a single file, a LoRA, a reference, made again to the byte."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers import tiny_sdxl
from helpers.waiting import until
from helpers.workers import end_worker
from pixels_mcp.client import Client
from pixels_mcp.errors import ModelFileError
from pixels_mcp.events import SpriteInfo
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import LoraChoice, SpriteRequest
from pixels_mcp.settings import Settings


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of one real worker with a tiny random model in a single file, and a LoRA for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXELS_HOME", str(tmp_path_factory.mktemp("h")))
        models = find_paths().models
        for folder in ("checkpoints", "loras"):
            (models / folder).mkdir(parents=True)
        tiny_sdxl.write_single_file(models / "checkpoints" / "tiny.safetensors", seed=0)
        (models / "checkpoints" / "tiny.json").write_text(json.dumps({"render_side_px": 256, "steps": 2}), "utf-8")
        tiny_sdxl.write_lora(models / "loras" / "ink.safetensors", "kohya")
        settings = Settings(threads=2, default_model="tiny")
        with Client.connect(find_paths(), settings, face="test", timeout_s=120) as client:
            yield client
        end_worker(find_paths())


def _draw(client: Client, **words: object) -> SpriteInfo:
    request = SpriteRequest.model_validate({"prompt": "a ruby potion", "seed": 3, "width_px": 32, **words})
    job = client.wait(client.submit(request).job_id, 250)
    assert job.state == "done", job.parts[0].error
    return job.parts[0].sprites[0]


def test_a_large_render_becomes_a_sprite_of_the_asked_size_and_is_made_again(client: Client) -> None:
    sprite = _draw(client, count=2)
    recipe = read_recipe(Path(sprite.path))

    again = client.wait(client.regenerate(recipe.model_dump()).job_id, 250)

    assert (sprite.width_px, sprite.height_px, sprite.facts["alpha_levels"] in (1, 2)) == (32, 32, True)
    assert recipe.plan["render_width_px"] == 256
    assert again.state == "done", again.parts[0].error
    assert again.parts[0].sprites[0].sha256 == sprite.sha256


def test_a_lora_and_its_weight_change_the_sprite(client: Client) -> None:
    plain, half, whole = (
        _draw(client, loras=[LoraChoice(name="ink", weight=weight)], transparent=False) for weight in (0.0, 0.5, 4.0)
    )

    assert len({read_recipe(Path(sprite.path)).to_json() for sprite in (plain, half, whole)}) == 3
    assert plain.facts["palette"] != whole.facts["palette"]
    assert list(read_recipe(Path(whole.path)).loras_sha256) == ["ink"]
    assert read_recipe(Path(plain.path)).loras_sha256 == {}, "a weight of 0 switches it off"


def test_a_sprite_can_be_redrawn_by_another_model(client: Client) -> None:
    first = _draw(client)

    second = _draw(client, reference=first.sprite_id, strength=0.5)

    assert second.reference is not None
    assert (second.reference.kind, second.reference.name, second.reference.strength) == (
        "sprite",
        first.sprite_id,
        0.5,
    )


def test_a_lora_for_another_base_is_refused_when_it_is_asked_for(client: Client) -> None:
    with pytest.raises(ModelFileError, match="ink"):
        client.submit(SpriteRequest(prompt="x", model="mini", loras=(LoraChoice(name="ink"),)))


def test_a_file_cut_short_after_it_was_found_fails_its_job_by_name(client: Client) -> None:
    models = find_paths().models / "checkpoints"
    whole = (models / "tiny.safetensors").read_bytes()
    (models / "short.safetensors").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(ModelFileError, match="short"):
        client.submit(SpriteRequest(prompt="x", model="short"))


def test_a_file_cut_short_while_it_is_loaded_fails_its_job_by_name(client: Client) -> None:
    models = find_paths().models / "checkpoints"
    tiny_sdxl.write_single_file(models / "cut.safetensors", seed=5)
    (models / "cut.json").write_text((models / "tiny.json").read_text("utf-8"), "utf-8")
    job = client.submit(SpriteRequest(prompt="a key", model="cut", width_px=32))
    until(lambda: client.job(job.job_id).parts[0].stage == "loading", "it is loaded")

    os.truncate(models / "cut.safetensors", 300_000)

    failed = client.wait(job.job_id, 120)
    error = failed.parts[0].error
    assert error is not None
    assert (failed.state, error.code) == ("failed", "ModelFileError")
    assert failed.parts[0].sprites == ()
    assert _draw(client).width_px == 32, "another model is drawn with as before"
