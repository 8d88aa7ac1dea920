"""Tilesets and animations over MCP: made of a game's own pictures, or of words that are drawn first."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.mcp_faces import images_of, run_async, server_here, text_of, told
from helpers.plain_home import plain_home
from helpers.waiting import PATIENCE_S
from helpers.workers import threaded_worker
from pixels_mcp.png import encode_png
from pixels_mcp.requests import SpriteRequest


@pytest.fixture
def game(home: Path, tmp_path: Path) -> Path:
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "game"\n[dependencies]\nbevy = "0.19"\n')
    for name, color in (("grass", (80, 140, 60)), ("water", (40, 80, 160))):
        chance = np.random.default_rng(3)
        pixels = np.full((32, 32, 4), 255, dtype=np.uint8)
        pixels[..., :3] = np.array(color) + chance.integers(0, 4, (32, 32, 1)) * 8
        (tmp_path / f"{name}.png").write_bytes(encode_png(pixels))
    return tmp_path


async def call(game: Path, tool: str, **words: Any) -> Any:
    async with server_here(projects=(game,)) as client:
        return await client.call_tool(tool, words)


async def finished(game: Path, **words: Any) -> dict[str, Any]:
    """The set, however often a slow machine answers early: what `next` says is done until it is there."""
    while True:
        answer = told(await call(game, "make_tileset", **words, wait_s=45))
        if "entry_kind" in answer:
            return answer
        while told(await call(game, "get_status", job_id=answer["job_id"], wait_s=25))["job"]["state"] != "done":
            pass
        words |= dict(re.findall(r"(upper|lower)='([^']+)'", answer["next"]))


@run_async
async def test_own_tiles_become_a_set_and_the_answer_shows_a_map(game: Path) -> None:
    result = await call(game, "make_tileset", upper="grass.png", lower="water.png", name="shore")

    answer = told(result)
    assert answer["entry_kind"] == "tileset"
    assert answer["facts"]["composed_equals_whole"] is True
    assert answer["facts"]["codes_present"] == 16
    assert len(images_of(result)) == 1
    seen = told(await call(game, "view_sprite", sprite_ids=[answer["sprite_id"]]))
    assert seen["sprites"][0]["sha256"] == answer["sha256"]


@run_async
async def test_a_file_outside_the_game_is_refused(game: Path, home: Path) -> None:
    (home / "secret.png").write_bytes((game / "grass.png").read_bytes())
    result = await call(game, "make_tileset", upper=str(home / "secret.png"), lower="water.png")
    assert result.is_error
    assert "PathNotAllowed" in text_of(result)


@run_async
async def test_terrains_in_words_are_drawn_first_and_an_early_answer_says_how_to_go_on(game: Path) -> None:
    with plain_home(step_s=0.01):
        early = await call(game, "make_tileset", upper="grass", lower="water", seed=3, wait_s=0)
        assert not early.is_error
        assert re.search(
            r'make_tileset with the same words but upper "\S+" and lower "\S+" makes the set', told(early)["next"]
        )

        whole = await finished(game, upper="grass", lower="water", seed=3, variants=2)
        again = await finished(game, upper=whole["parts"][0], lower=whole["parts"][1], seed=3, variants=2)
    assert whole["entry_kind"] == "tileset"
    assert len(whole["parts"]) == 2
    assert again["parts"] == whole["parts"]  # what was drawn is not drawn again
    assert whole["facts"]["composed_equals_whole"] is True


@run_async
async def test_a_sprite_is_animated_and_an_unknown_one_is_named(home: Path, game: Path) -> None:
    with threaded_worker(home) as connect:
        client = connect()
        (sprite,) = client.wait(client.submit(SpriteRequest(prompt="a knight")).job_id, PATIENCE_S).parts[0].sprites
    result = await call(game, "animate_sprite", sprite_id=sprite.sprite_id, motions=["walk", "hurt"])

    answer = told(result)
    assert answer["parts"] == [sprite.sprite_id]
    assert list(answer["facts"]["clips"]) == ["walk", "hurt"]
    assert len(images_of(result)) == 1
    missing = await call(game, "animate_sprite", sprite_id="nobody-0099.1")
    assert missing.is_error
    assert "UnknownSpriteError" in text_of(missing)

    side = sprite.sprite_id
    views = {"north": side, "east": side}
    turned = told(await call(game, "animate_sprite", sprite_id=side, motions=["walk"], directions=4, views=views))
    assert list(turned["facts"]["clips"]) == ["walk_south", "walk_east", "walk_north", "walk_west"]
    outside = await call(
        game, "animate_sprite", sprite_id=side, directions=4, views={**views, "north": str(home.parent / "back.png")}
    )
    assert outside.is_error
    assert "PathNotAllowed" in text_of(outside)
