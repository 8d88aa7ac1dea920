"""The same recipe makes the same bytes, also for one sprite out of a batch."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers import tiny_sdxl
from helpers.own_art import own_sprite
from helpers.plain_engine import PlainEngine
from helpers.waiting import PATIENCE_S
from helpers.workers import threaded_worker
from pixels_mcp.client import Client
from pixels_mcp.errors import RecipeError
from pixels_mcp.events import SpriteInfo
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.models.previous import style_file
from pixels_mcp.paths import find_paths
from pixels_mcp.pixelart.style.style_of_set import StyleOfSet
from pixels_mcp.png import encode_png
from pixels_mcp.requests import BatchItem, BatchRequest, LoraChoice, SpriteRequest


def _again(client: Client, sprite: SpriteInfo) -> SpriteInfo:
    job = client.wait(client.regenerate(read_recipe(Path(sprite.path)).model_dump()).job_id, PATIENCE_S)
    assert job.state == "done", job.parts[0].error
    (again,) = job.parts[0].sprites
    assert again.sprite_id != sprite.sprite_id
    return again


def test_every_one_of_sixteen_is_made_again_to_the_byte(home: Path) -> None:
    with threaded_worker(home) as connect:
        client = connect()
        request = SpriteRequest(prompt="a ruby potion", count=16, palette="pico-8", negative_prompt="blue")
        job = client.wait(client.submit(request).job_id, PATIENCE_S)

        for sprite in job.parts[0].sprites:
            assert _again(client, sprite).sha256 == sprite.sha256


def test_a_sprite_of_a_mixed_batch_is_made_again_alone(home: Path) -> None:
    with threaded_worker(home) as connect:
        client = connect()
        items = tuple(BatchItem(prompt=f"thing {number}", count=2) for number in range(3))
        job = client.wait(client.submit_batch(BatchRequest(items=items, style="dark")).job_id, PATIENCE_S)

        for part in job.parts:
            for sprite in part.sprites:
                assert _again(client, sprite).sha256 == sprite.sha256


@pytest.mark.parametrize(
    "words", [{"style": "bold"}, {"style": "one-bit"}, {"outline": "outer", "outline_color": "#102030"}]
)
def test_a_sprite_of_a_look_or_with_an_outline_is_made_again_with_it(home: Path, words: dict[str, Any]) -> None:
    with threaded_worker(home) as connect:
        client = connect()
        request = SpriteRequest(prompt="a ruby potion", seed=4, **words)
        (sprite,) = client.wait(client.submit(request).job_id, PATIENCE_S).parts[0].sprites
        plain = client.submit(SpriteRequest(prompt="a ruby potion", seed=4, width_px=sprite.width_px))
        (other,) = client.wait(plain.job_id, PATIENCE_S).parts[0].sprites

        assert sprite.sha256 != other.sha256, "the words change the sprite"
        assert _again(client, sprite).sha256 == sprite.sha256


def test_a_sprite_made_from_a_persons_picture_is_made_again_without_the_file(home: Path) -> None:
    picture = home / "mine.png"
    chance = np.random.default_rng(1)
    picture.write_bytes(encode_png(chance.integers(0, 256, (40, 20, 4), np.uint8)))
    with threaded_worker(home) as connect:
        client = connect()
        request = SpriteRequest(prompt="x", reference=str(picture), strength=0.3)
        (sprite,) = client.wait(client.submit(request).job_id, PATIENCE_S).parts[0].sprites
        picture.unlink()

        assert _again(client, sprite).sha256 == sprite.sha256
        assert sprite.reference is not None
        assert (sprite.reference.kind, sprite.reference.name, sprite.reference.strength) == ("file", "mine.png", 0.3)
        assert str(home) not in read_recipe(Path(sprite.path)).to_json(), "no path of the person is in the file"


def test_a_sprite_made_from_a_sprite_is_made_again_after_that_is_removed(home: Path) -> None:
    with threaded_worker(home) as connect:
        client = connect()
        (first,) = client.wait(client.submit(SpriteRequest(prompt="x")).job_id, PATIENCE_S).parts[0].sprites
        request = SpriteRequest(prompt="y", reference=first.sprite_id)
        (second,) = client.wait(client.submit(request).job_id, PATIENCE_S).parts[0].sprites
        Path(first.path).unlink()

        assert _again(client, second).sha256 == second.sha256


def test_a_larger_canvas_is_made_again_with_its_border(home: Path) -> None:
    with threaded_worker(home) as connect:
        client = connect()
        request = SpriteRequest(prompt="x", width_px=48, height_px=64, max_colors=4)
        (sprite,) = client.wait(client.submit(request).job_id, PATIENCE_S).parts[0].sprites

        again = _again(client, sprite)

    assert (again.sha256, again.width_px, again.height_px) == (sprite.sha256, 48, 64)
    assert again.facts["padded"] is True


def test_a_ground_that_joins_itself_is_made_again_joined(home: Path) -> None:
    with threaded_worker(home) as connect:
        client = connect()
        request = SpriteRequest(prompt="grass", tiling="x")
        (sprite,) = client.wait(client.submit(request).job_id, PATIENCE_S).parts[0].sprites

        again = _again(client, sprite)

    assert again.sha256 == sprite.sha256
    assert read_recipe(Path(again.path)).plan["wrap"] == "x"


def test_a_recipe_for_a_model_that_is_another_one_now_is_refused(home: Path) -> None:
    with threaded_worker(home) as connect:
        client = connect()
        (sprite,) = client.wait(client.submit(SpriteRequest(prompt="x")).job_id, PATIENCE_S).parts[0].sprites
        recipe = read_recipe(Path(sprite.path)).model_dump()
        model = home / "data" / "models" / "checkpoints" / "plain"

        job = client.wait(client.regenerate({**recipe, "model_sha256": "0" * 64}).job_id, PATIENCE_S)
        error = job.parts[0].error
        assert error is not None
        assert error.code == "RecipeError"
        assert "another plain" in error.message

        shutil.rmtree(model)
        # What is installed is looked at every two seconds when a request is accepted, and always when it is drawn.
        job = client.wait(client.regenerate(recipe).job_id, PATIENCE_S)
        error = job.parts[0].error
        assert error is not None
        assert error.code == "UnknownModelError"


@pytest.mark.parametrize(
    "change",
    [
        {"format_version": 99},
        {"plan": {}},
        {"unknown": 1},
        {"model_sha256": "no hash"},
    ],
)
def test_a_changed_recipe_is_refused_by_name(home: Path, change: dict[str, Any]) -> None:
    with threaded_worker(home, engine=PlainEngine()) as connect:
        client = connect()
        (sprite,) = client.wait(client.submit(SpriteRequest(prompt="x")).job_id, PATIENCE_S).parts[0].sprites
        recipe = read_recipe(Path(sprite.path)).model_dump()

        with pytest.raises(RecipeError):
            client.regenerate({**recipe, **change})


def test_what_a_comfyui_drew_is_refused_where_the_embedded_engine_draws(home: Path) -> None:
    with threaded_worker(home) as connect:
        client = connect()
        (sprite,) = client.wait(client.submit(SpriteRequest(prompt="x")).job_id, PATIENCE_S).parts[0].sprites
        recipe = read_recipe(Path(sprite.path)).model_dump()
        recipe["plan"]["server"] = {"url": "http://far:8188", "version": "0.30.0", "device": "cuda:0 card"}

        with pytest.raises(RecipeError, match=r"drawn by ComfyUI 0\.30\.0 on cuda:0 card") as caught:
            client.regenerate(recipe)

    assert "http://far:8188" in caught.value.hint


def test_the_style_that_a_tile_wore_is_in_the_recipe_and_must_be_there_to_draw_it_again(home: Path) -> None:
    lora = tiny_sdxl.write_lora(find_paths().models / "loras" / "moss.safetensors", "kohya", text_width=192)
    lora.with_suffix(".json").write_text(json.dumps({"base": "mini"}))
    kept = style_file(lora)
    style = json.dumps(StyleOfSet([own_sprite(seed) for seed in range(5)]).to_dict())
    request = SpriteRequest(prompt="a red potion", model="mini", loras=(LoraChoice(name="moss"),), seed=4)

    def drawn(client: Client) -> SpriteInfo:
        (sprite,) = client.wait(client.submit(request).job_id, PATIENCE_S).parts[0].sprites
        return sprite

    def refusal(client: Client, sprite: SpriteInfo) -> str:
        job = client.wait(client.regenerate(read_recipe(Path(sprite.path)).model_dump()).job_id, PATIENCE_S)
        error = job.parts[0].error
        assert error is not None
        assert error.code == "RecipeError"
        return error.message

    with threaded_worker(home) as connect:
        client = connect()
        bare = drawn(client)
        kept.write_text(style)
        dressed = drawn(client)
        assert dressed.sha256 != bare.sha256
        assert _again(client, dressed).sha256 == dressed.sha256
        assert _again(client, bare).sha256 == bare.sha256, "what wore no style wears none when it is made again"

        kept.write_text(style + "\n")
        assert refusal(client, dressed).endswith("moss.style.json is another one now")
        kept.unlink()
        assert refusal(client, dressed).endswith("moss.style.json is gone")
