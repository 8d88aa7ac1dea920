"""What a client can rely on, whichever way it comes: in this process, over stdio and over HTTP, in both eras."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
from mcp import Client

from helpers.http_servers import http_client, http_server
from helpers.mcp_faces import ERAS, Era, ended, images_of, run_async, server_here, server_process, text_of, told
from helpers.plain_home import plain_home
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


@pytest.fixture(scope="module", params=["here", "stdio", "http"])
def face(request: pytest.FixtureRequest, ruby: Path) -> Iterator[Face]:
    if request.param == "http":
        with http_server() as url:
            yield lambda era: http_client(url, era)
    else:
        yield server_here if request.param == "here" else server_process


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
