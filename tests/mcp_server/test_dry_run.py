"""A dry run over MCP: a long batch or a workflow is told beforehand, and nothing is queued by it."""

from __future__ import annotations

from helpers.mcp_faces import run_async, server_here, told
from helpers.plain_home import plain_home

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
"""


@run_async
async def test_a_batch_is_told_beforehand_and_the_same_call_without_dry_run_draws_it() -> None:
    with plain_home():
        async with server_here() as client:
            words = {"items": ["a ruby potion", "an iron sword"], "steps": 2, "count": 2}
            ahead = told(await client.call_tool("batch_generate", {**words, "dry_run": True}))
            jobs = told(await client.call_tool("get_status", {}))["jobs"]
            again = told(await client.call_tool("batch_generate", {**words, "dry_run": True}))
            done = told(await client.call_tool("batch_generate", {**words, "wait_s": 45}))

    assert (ahead["state"], ahead["sprites"], jobs) == ("dry_run", 4, [])
    assert ahead["seconds"] >= 0, "a small model that was never drawn with is tried"
    assert [item["drawn_from"] for item in again["items"]] == ["scratch", "scratch"]
    assert "dry_run false" in ahead["next"]
    assert len([sprite for part in done["parts"] for sprite in part["sprites"]]) == ahead["sprites"]


@run_async
async def test_a_workflow_is_told_beforehand_and_what_stands_is_not_counted_again() -> None:
    with plain_home() as home:
        game = home / "game"
        (game / "workflows").mkdir(parents=True)
        (game / "workflows" / "own.toml").write_text(OWN)
        async with server_here(projects=(game,)) as client:
            words = {"workflow": "own", "inputs": {"prompt": "a knight"}}
            ahead = told(await client.call_tool("run_workflow", {**words, "dry_run": True}))
            jobs = told(await client.call_tool("get_status", {}))["jobs"]
            done = told(await client.call_tool("run_workflow", {**words, "wait_s": 45}))
            after = told(await client.call_tool("run_workflow", {**words, "dry_run": True}))
            missing = await client.call_tool("run_workflow", {"workflow": "own", "dry_run": True})

    assert [(step["step"], step["draws"]) for step in ahead["steps"]] == [("first", 1), ("clips", 0)]
    assert (ahead["state"], ahead["sprites"], jobs) == ("dry_run", 1, [])
    assert "dry_run false" in ahead["next"]
    assert done["state"] == "done"
    assert [(step["draws"], step["kept"]) for step in after["steps"]] == [(0, 1), (0, 1)]
    assert (after["sprites"], after["seconds"]) == (0, 0)
    assert missing.is_error
