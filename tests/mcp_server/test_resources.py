"""What an assistant reads, picks and completes beside the tools, in both eras."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import PromptReference, ResourceTemplateReference, ResourceUpdatedNotification

from helpers.mcp_faces import ERAS, Era, draw, run_async, server_here, told
from helpers.plain_home import plain_home
from pixels_mcp.mcp_server.roots import Roots
from pixels_mcp.mcp_server.server import build_server
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings

BERRY = {"rows": ["..rrrr..", ".rrrrrr."] * 4, "legend": {"r": "#c03a2b"}, "name": "berry"}
pytestmark = pytest.mark.usefixtures("home")


async def text_at(client: Client, uri: str) -> str:
    (content,) = (await client.read_resource(uri)).contents
    return content.text  # type: ignore[union-attr]


@pytest.mark.parametrize("era", ERAS)
@run_async
async def test_sprites_and_palettes_are_read_by_address(era: Era) -> None:
    async with server_here(era) as client:
        sprite = told(await client.call_tool("import_sprite", BERRY))
        known = json.loads(await text_at(client, f"sprite://{sprite['sprite_id']}"))
        colors = json.loads(await text_at(client, "palette://pico-8"))["colors"]
        palettes = json.loads(await text_at(client, "pixels://palettes"))

    assert known["path"] == sprite["path"]
    assert len(colors) == 16
    assert palettes["pico-8"] == colors


@pytest.mark.parametrize(
    "uri", ["sprite://nothing-0009.1", "sprite://nonsense", "palette://nix", "job://x", "sprite://..%2F..%2Fx"]
)
@run_async
async def test_an_address_that_nobody_has_is_refused_with_the_next_step(uri: str) -> None:
    async with server_here() as client:
        with pytest.raises(MCPError) as refused:
            await client.read_resource(uri)
    assert "Next: " in str(refused.value)


@run_async
async def test_every_guide_names_tools_that_there_are() -> None:
    async with server_here() as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        guides = [one for one in (await client.list_resources()).resources if "guide" in str(one.uri)]
        texts = [await text_at(client, str(one.uri)) for one in guides]
    verbs = ("_sprite", "_sprites", "_generate", "_tileset", "_models", "_to_bevy", "_game", "_image")
    named = {
        word
        for text in texts
        for word in text.replace("`", " ").replace(",", " ").replace(";", " ").replace(".", " ").split()
        if word.endswith(verbs)
    }

    assert len(texts) == 3
    assert {"import_sprite", "batch_generate", "deploy_to_bevy"} <= named <= tools


@run_async
async def test_a_job_is_a_resource_whose_changes_are_told_to_who_listens() -> None:
    with plain_home(step_s=0.2):
        async with server_here() as client:
            job = told(await client.call_tool("generate_sprite", {"prompt": "a key", "steps": 12, "wait_s": 0}))
            uri = f"job://{job['job_id']}"
            async with client.listen(resource_subscriptions=[uri]) as subscription:
                with anyio.fail_after(30):
                    async for event in subscription:
                        assert event.uri == uri  # type: ignore[union-attr]
                        if json.loads(await text_at(client, uri))["state"] == "done":
                            break
            state = json.loads(await text_at(client, uri))
    assert state["sprites"][0]["sprite_id"] == f"{job['job_id']}.1"


@run_async
async def test_a_client_with_a_handshake_hears_of_its_job_too() -> None:
    heard = anyio.Event()

    async def listen(message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            heard.set()

    with plain_home(step_s=0.2):
        paths = find_paths()
        desk = ToolDesk(paths, load_settings(paths), Roots(()))
        async with Client(build_server(desk), mode="legacy", message_handler=listen) as client:
            job = told(await client.call_tool("generate_sprite", {"prompt": "a key", "steps": 12, "wait_s": 0}))
            await client.session.subscribe_resource(f"job://{job['job_id']}")
            with anyio.fail_after(30):
                await heard.wait()


@pytest.mark.parametrize("era", ERAS)
@run_async
async def test_prompts_are_filled_with_what_is_given_and_with_nothing_else(era: Era) -> None:
    async with server_here(era) as client:
        prompts = {one.name: one for one in (await client.list_prompts()).prompts}
        filled = await client.get_prompt("plan-a-set", {"theme": "a $palette swamp ${count}", "count": "5"})
        mended = await client.get_prompt("mend-a-sprite", {"sprite_id": "berry-0001.1"})
        with pytest.raises(MCPError, match="theme"):
            await client.get_prompt("plan-a-set", {"count": "5"})
        with pytest.raises(MCPError, match="at most 1000"):
            await client.get_prompt("plan-a-set", {"theme": "x" * 1_001})

    assert set(prompts) == {"plan-a-set", "style-from-a-reference", "mend-a-sprite", "caption-a-dataset"}
    text = filled.messages[0].content.text  # type: ignore[union-attr]
    assert "a set of 5 pixel art sprites for: a $palette swamp ${count}." in text
    assert "the palette sweetie-16" in text
    assert "judge its silhouette" in mended.messages[0].content.text  # type: ignore[union-attr]


@run_async
async def test_names_that_one_must_type_are_completed() -> None:
    with plain_home():
        async with server_here() as client:
            job = await draw(client, prompt="a ruby potion", steps=2)
            told(await client.call_tool("import_sprite", BERRY))

            async def completed(ref: Any, name: str, value: str) -> list[str]:
                return (await client.complete(ref, {"name": name, "value": value})).completion.values

            sprite = ResourceTemplateReference(uri="sprite://{sprite_id}")
            assert await completed(sprite, "sprite_id", "ber") == ["berry-0002.1"]
            assert await completed(sprite, "sprite_id", "potion") == [job["sprites"][0]["sprite_id"]]
            assert await completed(PromptReference(name="mend-a-sprite"), "sprite_id", "zzz") == []
            assert await completed(ResourceTemplateReference(uri="job://{job_id}"), "job_id", "") == [job["job_id"]]
            palettes = await completed(ResourceTemplateReference(uri="palette://{name}"), "name", "pi")
            assert palettes[0] == "pico-8"
            assert "pico-8" in await completed(PromptReference(name="plan-a-set"), "palette", "")
            assert await completed(PromptReference(name="plan-a-set"), "theme", "s") == []
