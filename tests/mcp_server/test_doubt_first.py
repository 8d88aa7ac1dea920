"""A sprite that is unlikely to be what was asked is told so first, in every answer, and never with `deploy` as next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mcp import Client

from helpers.bevy_games import make_game
from helpers.mcp_faces import run_async, server_here, told
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.paths import find_paths

UNSURE, SURE = "xylograph-0001.1", "knight-0002.1"
pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(autouse=True)
def library(home: Path) -> Library:
    """A figure that is no xylograph, and a knight."""
    library = Library(find_paths().library)
    kept: dict[str, dict[str, Any]] = {
        UNSURE: {"confidence": "low", "unmatched_words": ["xylograph"], "nearest_words": ["lute"]},
        SURE: {"confidence": "high", "unmatched_words": []},
    }
    for sprite_id, facts in kept.items():
        words = sprite_id.partition("-")[0]
        pixels = np.zeros((32, 32, 4), dtype=np.uint8)
        pixels[4:30, 10:22] = (200, len(words) * 20, 60, 255)
        pixels[20:30, 15:17] = 0
        recipe = Recipe(request={"prompt": words}, plan={"seed": 1}, model_sha256="0" * 64)
        library.add(sprite_id, pixels, recipe, NewEntry(seed=1, prompt=words, model="mini", facts=facts))
    return library


async def call(client: Client, tool: str, **words: Any) -> dict[str, Any]:
    return told(await client.call_tool(tool, words))


def says_doubt_first(answer: dict[str, Any]) -> bool:
    return list(answer)[:2] == ["confidence", "warning"] and answer["confidence"] == "low"


@run_async
async def test_answers_about_the_library_and_the_game_say_doubt_first(tmp_path: Path) -> None:
    game = make_game(tmp_path / "game")
    async with server_here(projects=(game,)) as client:
        page = await call(client, "find_sprites")
        only_sure = await call(client, "find_sprites", query="knight")
        viewed = await call(client, "view_sprite", sprite_ids=[UNSURE])
        kept = await call(client, "choose_sprites", keep=[UNSURE])
        both = await call(client, "choose_sprites", keep=[UNSURE, SURE])
        deployed = await call(client, "deploy_to_bevy", sprite_id=UNSURE)
        several = await call(client, "deploy_to_bevy", sprite_ids=[UNSURE, SURE])
        fine = await call(client, "deploy_to_bevy", sprite_id=SURE)

    assert all(map(says_doubt_first, (page, viewed, kept, both, deployed, several)))
    (entry,) = (one for one in page["sprites"] if one["sprite_id"] == UNSURE)
    assert list(entry)[:2] == ["confidence", "sprite_id"]
    assert UNSURE in page["warning"]
    assert SURE not in page["warning"]
    assert "confidence" not in only_sure
    assert "confidence" not in fine
    assert "deploy" not in kept["next"]
    assert "lute" in kept["next"]
    assert f'deploy_to_bevy with sprite_id "{SURE}"' in both["next"]


@run_async
async def test_what_is_made_from_a_doubtful_sprite_is_as_doubtful() -> None:
    async with server_here() as client:
        moving = await call(client, "animate_sprite", sprite_id=UNSURE, motions=["idle"])
        turned = await call(client, "edit_sprite", sprite_id=UNSURE, operation="flip", axis="y")
        moving_again = await call(client, "animate_sprite", sprite_id=turned["sprite_id"], motions=["idle"])
        sure = await call(client, "animate_sprite", sprite_id=SURE, motions=["idle"])

    for answer in (moving, turned, moving_again):
        assert says_doubt_first(answer)
        assert f"it was made from {UNSURE}" in answer["warning"]
        assert "xylograph" in answer["warning"]
        assert "deploy" not in answer["next"]
    assert "confidence" not in sure
    assert "deploy_to_bevy" in sure["next"]


@run_async
async def test_a_tileset_of_a_doubtful_ground_says_so() -> None:
    async with server_here() as client:
        ground = await call(
            client, "edit_sprite", sprite_id=UNSURE, operation="crop", left_px=10, right_px=10, top_px=4
        )
        assert says_doubt_first(ground)
