"""What a client can rely on, whichever way it comes: in this process, over stdio and over HTTP, in both eras."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
from mcp import Client
from mcp.types import CallToolResult

from helpers.bevy_games import make_game
from helpers.http_servers import http_client, http_server
from helpers.mcp_faces import ERAS, Era, ended, images_of, run_async, server_here, server_process, text_of, told
from helpers.own_art import write_own_set
from helpers.plain_home import plain_home
from pixels_mcp.datasets.prepare import prepare_set
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.mcp_server.server import INSTRUCTIONS

RUBY = "ruby-potion-0001.1"
Face = Callable[[Era], AbstractAsyncContextManager[Client]]


@pytest.fixture(scope="module")
def ruby() -> Iterator[Path]:
    """A sprite in the library of a home whose worker draws slowly."""
    with plain_home(step_s=0.1) as home:
        pixels = np.full((32, 32, 4), (200, 30, 60, 255), dtype=np.uint8)
        recipe = Recipe(request={"prompt": "a ruby potion"}, plan={"seed": 1}, model_sha256="0" * 64)
        new = NewEntry(seed=1, prompt="a ruby potion", model="plain", facts={})
        yield Path(Library(home / "data" / "library").add(RUBY, pixels, recipe, new).path)


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A game that does not run, with a training set in its folder."""
    folder = make_game(tmp_path_factory.mktemp("place") / "game")
    prepare_set(write_own_set(folder.parent / "art", 8), folder / "style")
    return folder


@pytest.fixture(scope="module", params=["here", "stdio", "http"])
def face(request: pytest.FixtureRequest, ruby: Path, game: Path) -> Iterator[Face]:
    if request.param == "http":
        with http_server("--project", str(game)) as url:
            yield lambda era: http_client(url, era)
    elif request.param == "stdio":
        yield lambda era: server_process(era, arguments=("--project", str(game)))
    else:
        yield lambda era: server_here(era, projects=(game,))


def test_a_client_finds_its_tools_and_uses_them(face: Face, ruby: Path) -> None:
    @run_async
    async def use(era: Era) -> dict[str, Any]:
        async with face(era) as client:
            tools = (await client.list_tools()).tools
            viewed = await client.call_tool("view_sprite", {"sprite_ids": [RUBY]})
            refused = await client.call_tool("view_sprite", {"sprite_ids": ["ruby-potion-0009.1"]})
            misspelt = await client.call_tool("view_sprite", {"sprite_ids": [RUBY], "zoom": 4})
            missing = await client.call_tool("paint", {})
            (sprite,) = told(viewed)["sprites"]
            assert sprite["path"] == str(ruby)
            assert len(images_of(viewed)) == 1
            assert viewed.structured_content is None
            for answer, says in ((refused, "ruby-potion-0009.1"), (misspelt, "zoom"), (missing, "generate_sprite")):
                assert answer.is_error
                assert says in text_of(answer)
                assert "Next: " in text_of(answer)
            return {
                "instructions": client.instructions,
                "tools": [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in tools],
                "version": client.protocol_version,
            }

    modern, legacy = use("auto"), use("legacy")

    assert (modern["version"], legacy["version"]) == ("2026-07-28", "2025-11-25")
    assert modern["instructions"] == legacy["instructions"] == INSTRUCTIONS
    assert modern["tools"] == legacy["tools"]


SKETCH = {
    "rows": ["..kkkk..", ".krrrrk.", "krwrrrrk", "krrrrrrk", "krrrrrrk", "krrrrrsk", ".krrssk.", "..kkkk.."],
    "legend": {".": None, "k": "#2a1a1f", "r": "#c03a2b", "s": "#8a2432", "w": "#f4b8a0"},
    "name": "berry",
}
CALLS: dict[str, dict[str, Any]] = {
    "generate_sprite": {"prompt": "a key", "steps": 1, "seed": 3, "wait_s": 45},
    "batch_generate": {"items": ["a key", "a coin"], "steps": 1, "seed": 3, "wait_s": 45},
    "make_tileset": {"upper": RUBY, "kind": "single"},
    "animate_sprite": {"sprite_id": RUBY, "motions": ["shimmer"]},
    "run_workflow": {},
    "edit_sprite": {"sprite_id": RUBY, "operation": "recolor", "palette": "pico-8"},
    "import_sprite": SKETCH,
    "find_sprites": {"query": "ruby", "rating_min": 4, "limit": 1},
    "choose_sprites": {"keep": RUBY, "tags": "red"},
    "view_sprite": {"sprite_ids": RUBY},
    "view_game": {"project": "/nowhere"},
    "deploy_to_bevy": {"sprite_id": RUBY, "dry_run": "true"},
    "pixelize_image": {"path": "/etc/hostname"},
    "list_models": {"query": "cow"},
    "get_status": {"job_id": "nobody-0099"},
    "cancel_job": {"job_id": "nobody-0099"},
    "dataset_sheet": {"dataset": "style"},
    "dataset_caption": {"dataset": "style", "captions": {"1": "a cup"}},
}
"""A call of every tool: most are answered, some are refused, none takes long."""


def told_alike(answer: CallToolResult) -> tuple[object, ...]:
    """What a call said, without what differs each time: the number of an id, hashes, paths."""
    said = re.sub(r"-\d{4}\b|[0-9a-f]{64}", "", text_of(answer))
    return answer.is_error, said, [len(image.data) > 100 for image in images_of(answer)], answer.structured_content


REFUSED = {"view_game", "pixelize_image", "get_status", "cancel_job"}


@pytest.mark.usefixtures("ruby")
def test_every_tool_says_the_same_whichever_way_it_is_called(face: Face, game: Path) -> None:
    @run_async
    async def use(way: Face, era: Era) -> dict[str, tuple[object, ...]]:
        async with way(era) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == set(CALLS)
            return {tool: told_alike(await client.call_tool(tool, words)) for tool, words in CALLS.items()}

    def here(era: Era) -> AbstractAsyncContextManager[Client]:
        return server_here(era, projects=(game,))

    use(here, "auto")  # what an entry is new in, is known from now on
    expected = use(here, "auto")

    for era in ERAS:
        assert use(face, era) == expected
    assert {tool for tool, (is_error, *_) in expected.items() if is_error} == REFUSED


@pytest.mark.parametrize("era", ERAS)
@run_async
async def test_a_client_with_a_time_out_of_one_second_loses_nothing(face: Face, era: Era) -> None:
    async with face(era) as client:
        with anyio.move_on_after(1) as patience:
            await client.call_tool("generate_sprite", {"prompt": "a ruby potion", "steps": 20, "wait_s": 45})
        assert patience.cancelled_caught
        newest = told(await client.call_tool("get_status", {}))["jobs"][0]["job_id"]
        job = await ended(client, newest)

    assert job["state"] == "done"
    assert Path(job["sprites"][0]["path"]).is_file()
