"""run_workflow over MCP: the list, what is wrong, and a run of the game's own workflow."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.bevy_games import keep
from helpers.mcp_faces import images_of, run_async, server_here, text_of, told
from pixels_mcp.library.library_folder import Library

OWN = """\
format = 1
title = "Turned"
description = "A sprite turned and moving"
[inputs.sprite]
type = "sprite"
[[steps]]
id = "turned"
do = "edit"
sprite_id = "$sprite"
operation = "flip"
axis = "x"
[[steps]]
id = "clips"
do = "animate"
sprite_id = "$turned"
motions = ["idle"]
"""


@run_async
async def test_without_a_name_the_workflows_are_listed_with_their_inputs(home: Path) -> None:
    async with server_here() as client:
        listed = {one["name"]: one for one in told(await client.call_tool("run_workflow", {}))["workflows"]}

    assert len(listed) == 14
    assert listed["path-set"]["inputs"]["width_px"] == "int, 4 to 24, default 12"
    assert listed["terrain-transition"]["inputs"]["border"].startswith("choice, bank | band")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"workflow": "../own"}, "no name of a workflow"),
        ({"workflow": "gone"}, "there is no workflow gone"),
        ({"workflow": "item-set", "inputs": {"colour": "red"}}, "no input colour"),
        ({"workflow": "redraw-part"}, "the input sprite is missing"),
    ],
)
@run_async
async def test_what_is_wrong_is_an_error_with_a_next_step(home: Path, words: dict[str, object], said: str) -> None:
    async with server_here() as client:
        result = await client.call_tool("run_workflow", words)

    assert result.is_error
    assert said in text_of(result)
    assert "Next: " in text_of(result)


@run_async
async def test_the_games_own_workflow_runs_once(home: Path) -> None:
    (home / "game" / "workflows").mkdir(parents=True)
    (home / "game" / "workflows" / "own.toml").write_text(OWN)
    sprite_id = keep(Library(home / "data" / "library"), 5)
    words = {"workflow": "own", "inputs": {"sprite": sprite_id}}
    async with server_here(projects=(home / "game",)) as client:
        result = await client.call_tool("run_workflow", words)
        again = told(await client.call_tool("run_workflow", words))

    first = told(result)
    assert first["state"] == "done"
    assert [step["was_kept"] for step in first["steps"]] == [False, False]
    assert [step["was_kept"] for step in again["steps"]] == [True, True]
    assert again["shown"] == first["shown"]
    assert len(images_of(result)) == 1
