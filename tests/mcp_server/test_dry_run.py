"""A dry run over MCP: whatever a model draws is told beforehand, and nothing is queued by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mcp import Client

from helpers.bevy_games import make_game
from helpers.mcp_faces import run_async, server_here, told
from helpers.plain_home import plain_home
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.paths import find_paths

OWN = """\
format = 1
title = "Pair"
description = "A thing, and its like"
[inputs.prompt]
type = "prompt"
[[steps]]
id = "first"
do = "draw"
prompt = "$prompt"
steps = 2
[[steps]]
id = "clips"
do = "animate"
sprite_id = "$first"
motions = ["idle"]
redraw = "moved"
"""


UNSURE, SURE = "xylograph-0901.1", "knight-0902.1"


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A game with a workflow; one worker for all tests, and in its library a knight and what is no xylograph."""
    with plain_home():
        folder = make_game(tmp_path_factory.mktemp("ahead") / "game")
        (folder / "workflows").mkdir()
        (folder / "workflows" / "own.toml").write_text(OWN)
        library = Library(find_paths().library)
        kept: dict[str, dict[str, Any]] = {
            UNSURE: {"confidence": "low", "unmatched_words": ["xylograph"], "nearest_words": ["lute"]},
            SURE: {"confidence": "high", "unmatched_words": []},
        }
        for sprite_id, facts in kept.items():
            figure = np.zeros((32, 32, 4), dtype=np.uint8)
            figure[4:30, 10:22] = (200, 20 * len(sprite_id) % 256, 60, 255)
            figure[20:30, 15:17] = 0
            recipe = Recipe(request={"prompt": "a thing"}, plan={"seed": 1}, model_sha256="0" * 64)
            new = NewEntry(seed=1, prompt=sprite_id.partition("-")[0], model="plain", facts=facts)
            library.add(sprite_id, figure, recipe, new)
        yield folder


async def call(client: Client, tool: str, **words: Any) -> dict[str, Any]:
    return told(await client.call_tool(tool, words))


async def entries(client: Client) -> int:
    """How many entries the library holds."""
    return (await call(client, "find_sprites", limit=1))["count"]


@run_async
async def test_a_batch_is_told_beforehand_and_the_same_call_without_dry_run_draws_it(game: Path) -> None:
    async with server_here(projects=(game,)) as client:
        words: dict[str, Any] = {"items": ["a ruby potion", "an iron sword"], "steps": 2, "count": 2}
        before = await call(client, "get_status")
        ahead = await call(client, "batch_generate", **words, dry_run=True)
        after = await call(client, "get_status")
        again = await call(client, "batch_generate", **words, dry_run=True)
        done = await call(client, "batch_generate", **words, wait_s=45)

    assert (ahead["state"], ahead["sprites"]) == ("dry_run", 4)
    assert after["jobs"] == before["jobs"]
    assert ahead["seconds"] >= 0, "a small model that was never drawn with is tried"
    assert [item["drawn_from"] for item in again["items"]] == ["scratch", "scratch"]
    assert "dry_run false" in ahead["next"]
    assert len([sprite for part in done["parts"] for sprite in part["sprites"]]) == ahead["sprites"]


@pytest.mark.parametrize(
    ("tool", "words", "drawn_from"),
    [
        ("generate_sprite", {"prompt": "a key", "count": 3, "steps": 1}, ["scratch"]),
        ("edit_sprite", {"sprite_id": SURE, "operation": "vary", "count": 2}, [f"sprite {SURE}"]),
        ("make_tileset", {"upper": "grass", "lower": "water", "variants": 2}, ["scratch", "scratch"]),
        (
            "animate_sprite",
            {"sprite_id": SURE, "motions": ["idle", "hurt", "walk"], "redraw": "moved"},
            [f"sprite {SURE}", f"sprite {SURE}"],
        ),
        ("animate_sprite", {"sprite_id": SURE, "motions": ["walk"]}, []),
    ],
    ids=["generate", "vary", "tileset", "redrawn frames", "moved frames"],
)
@run_async
async def test_every_tool_that_draws_tells_beforehand_as_much_as_it_draws(
    game: Path, tool: str, words: dict[str, Any], drawn_from: list[str]
) -> None:
    async with server_here(projects=(game,)) as client:
        count = await entries(client)
        ahead = await call(client, tool, **words, dry_run=True)
        assert await entries(client) == count
        await call(client, tool, **words, wait_s=45)
        drawn = await entries(client) - count - (tool in ("make_tileset", "animate_sprite"))

    assert ahead["state"] == "dry_run"
    assert ahead["sprites"] == drawn
    assert {"seconds", "memory"} <= set(ahead)
    assert [item["drawn_from"] for item in ahead["items"]] == drawn_from
    assert f"{tool} with the same words and dry_run false" in ahead["next"]


@run_async
async def test_what_is_redrawn_from_a_doubtful_sprite_is_doubtful_before_and_after(game: Path) -> None:
    file = str(Library(find_paths().library).path_of(UNSURE))
    words: dict[str, Any] = {"prompt": "a figure", "strength": 0.2, "steps": 2}
    async with server_here(projects=(game,)) as client:
        ahead = await call(client, "generate_sprite", **words, reference=UNSURE, dry_run=True)
        moving = await call(client, "animate_sprite", sprite_id=UNSURE, motions=["walk"], redraw="moved", dry_run=True)
        for reference in (UNSURE, file):
            drawn = await call(client, "generate_sprite", **words, reference=reference, wait_s=45)
            assert list(drawn)[:2] == ["confidence", "warning"], drawn
            assert f"it was made from {UNSURE}" in drawn["warning"]
            assert "xylograph" in drawn["warning"]
            assert "deploy" not in drawn["next"]
        sure = await call(client, "generate_sprite", **words, reference=SURE, wait_s=45)

    for one in (ahead, moving):
        assert list(one)[:2] == ["confidence", "warning"]
        assert [item["doubtful_source"] for item in one["items"]] == [UNSURE]
        assert "mend the items" in one["next"]
    assert "confidence" not in sure


@run_async
async def test_a_workflow_is_told_beforehand_and_what_stands_is_not_counted_again(game: Path) -> None:
    async with server_here(projects=(game,)) as client:
        words: dict[str, Any] = {"workflow": "own", "inputs": {"prompt": "a knight"}}
        before = await entries(client)
        ahead = await call(client, "run_workflow", **words, dry_run=True)
        assert await entries(client) == before
        done = await call(client, "run_workflow", **words, wait_s=45)
        after = await call(client, "run_workflow", **words, dry_run=True)
        missing = await client.call_tool("run_workflow", {"workflow": "own", "dry_run": True})

    assert [step["step"] for step in ahead["steps"]] == ["first", "clips"]
    assert ahead["steps"][0]["draws"] == 1
    assert ahead["steps"][1]["draws"] > 1, "its frames are drawn anew"
    assert (ahead["state"], ahead["sprites"]) == ("dry_run", sum(step["draws"] for step in ahead["steps"]))
    assert "dry_run false" in ahead["next"]
    assert done["state"] == "done"
    assert [(step["draws"], step["kept"]) for step in after["steps"]] == [(0, 1), (0, 1)]
    assert (after["sprites"], after["seconds"]) == (0, 0)
    assert missing.is_error


TWO_DRAWS = """\
format = 1
title = "Two"
description = "Two draws, one after the other"
[[steps]]
id = "tree"
do = "draw"
prompt = "an oak"
[[steps]]
id = "stone"
do = "draw"
prompt = "a stone"
"""


@run_async
async def test_a_run_of_several_draws_is_one_job_that_tells_all_that_it_drew(game: Path) -> None:
    (game / "workflows").mkdir(exist_ok=True)
    (game / "workflows" / "two.toml").write_text(TWO_DRAWS)
    async with server_here(projects=(game,)) as client:
        begun = await call(client, "run_workflow", workflow="two", wait_s=0)
        waiting = await call(client, "get_status", job_id=begun["job_id"])
        done = await call(client, "run_workflow", workflow="two", wait_s=45)
        job = (await call(client, "get_status", job_id=done["job_id"]))["job"]

    assert begun["state"] in ("queued", "running")
    assert "run_workflow with the same words goes on" in waiting["job"]["next"]
    assert done["job_id"] == begun["job_id"], "the second call goes on in the job of the first"
    assert (job["state"], [part["prompt"] for part in job["parts"]]) == ("done", ["an oak", "a stone"])
