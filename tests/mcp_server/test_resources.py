"""What an assistant reads, picks and completes beside the tools, in both eras."""

# A client of the era with a handshake has no other way to subscribe.
# pyright: reportDeprecated=false

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import PromptReference, ResourceTemplateReference, ResourceUpdatedNotification

from helpers.mcp_faces import ERAS, Era, draw, run_async, server_here, told
from helpers.plain_home import plain_home
from helpers.waiting import PATIENCE_S
from pixels_mcp.mcp_server.roots import Roots
from pixels_mcp.mcp_server.server import build_server
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings

BERRY = {"rows": ["..rrrr..", ".rrrrrr."] * 4, "legend": {"r": "#c03a2b"}, "name": "berry"}
pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(scope="module")
def drawing_home() -> Iterator[Path]:
    """A home with a worker that draws slowly."""
    with plain_home(step_s=0.1) as folder:
        yield folder


@pytest.fixture
def drawing(home: Path, drawing_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test is in that home, which its neighbors share."""
    monkeypatch.setenv("PIXELS_HOME", str(drawing_home))


async def text_at(client: Client, uri: str) -> str:
    (content,) = (await client.read_resource(uri)).contents
    return content.text  # type: ignore[union-attr]  # it is there


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


@pytest.mark.usefixtures("drawing")
@run_async
async def test_models_and_workflows_are_read_by_address() -> None:
    async with server_here() as client:
        models = {one["name"]: one for one in json.loads(await text_at(client, "pixels://models"))}
        mini = json.loads(await text_at(client, "model://mini"))
        workflows = {one["name"]: one for one in json.loads(await text_at(client, "pixels://workflows"))}
        file = await text_at(client, "workflow://item-set")

    assert mini == models["mini"]
    assert "path" not in mini
    assert workflows["item-set"]["inputs"]
    assert file.startswith("format = 1") or "format = 1" in file


@pytest.mark.parametrize(
    "uri",
    [
        "sprite://nothing-0009.1",
        "sprite://nonsense",
        "palette://nix",
        "job://x",
        "sprite://..%2F..%2Fx",
        "model://nix",
        "workflow://nix",
        "workflow://..%2Fsecret",
    ],
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
    named = {word for text in texts for word in re.findall(r"\w+", text) if word.endswith(verbs)}

    assert len(texts) == 6
    assert {"import_sprite", "batch_generate", "deploy_to_bevy"} <= named <= tools


@pytest.mark.usefixtures("drawing")
@run_async
async def test_a_job_is_a_resource_whose_changes_are_told_to_who_listens() -> None:
    async with server_here("auto") as client:
        job = told(await client.call_tool("generate_sprite", {"prompt": "a key", "steps": 24, "wait_s": 0}))
        uri = f"job://{job['job_id']}"
        async with client.listen(resource_subscriptions=[uri]) as subscription:
            with anyio.fail_after(PATIENCE_S):
                async for event in subscription:
                    assert event.uri == uri  # type: ignore[union-attr]  # it is there
                    if json.loads(await text_at(client, uri))["state"] == "done":
                        break
        state = json.loads(await text_at(client, uri))
    assert state["sprites"][0]["sprite_id"] == f"{job['job_id']}.1"


@pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning")  # that era has no other way
@pytest.mark.usefixtures("drawing")
@run_async
async def test_a_client_with_a_handshake_hears_of_its_job_too() -> None:
    heard = anyio.Event()

    async def listen(message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            heard.set()

    paths = find_paths()
    desk = ToolDesk(paths, load_settings(paths), Roots(()))
    async with Client(build_server(desk), mode="legacy", message_handler=listen) as client:
        job = told(await client.call_tool("generate_sprite", {"prompt": "a key", "steps": 24, "wait_s": 0}))
        await client.session.subscribe_resource(f"job://{job['job_id']}")
        with anyio.fail_after(PATIENCE_S):
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

    assert set(prompts) == {
        "plan-a-set", "style-from-a-reference", "mend-a-sprite", "animate-a-sprite", "run-a-workflow",
        "caption-a-dataset",
    }  # fmt: skip
    text = filled.messages[0].content.text  # type: ignore[union-attr]  # it is there
    assert "a set of 5 pixel art sprites for: a $palette swamp ${count}." in text
    assert "the palette sweetie-16" in text
    assert "judge its silhouette" in mended.messages[0].content.text  # type: ignore[union-attr]  # it is there


@pytest.mark.usefixtures("drawing")
@run_async
async def test_names_that_one_must_type_are_completed() -> None:
    async with server_here() as client:
        job = await draw(client, prompt="a ruby potion", steps=2)
        berry = told(await client.call_tool("import_sprite", BERRY))["sprite_id"]

        async def completed(ref: Any, name: str, value: str) -> list[str]:
            return (await client.complete(ref, {"name": name, "value": value})).completion.values

        sprite = ResourceTemplateReference(uri="sprite://{sprite_id}")
        assert await completed(sprite, "sprite_id", "ber") == [berry]
        assert job["sprites"][0]["sprite_id"] in await completed(sprite, "sprite_id", "potion")
        assert await completed(PromptReference(name="mend-a-sprite"), "sprite_id", "zzz") == []
        assert job["job_id"] in await completed(ResourceTemplateReference(uri="job://{job_id}"), "job_id", "")
        palettes = await completed(ResourceTemplateReference(uri="palette://{name}"), "name", "pi")
        assert palettes[0] == "pico-8"
        assert "pico-8" in await completed(PromptReference(name="plan-a-set"), "palette", "")
        assert await completed(PromptReference(name="plan-a-set"), "theme", "s") == []
        assert await completed(ResourceTemplateReference(uri="model://{name}"), "name", "pl") == ["plain"]
        assert set(await completed(PromptReference(name="plan-a-set"), "model", "")) == {"plain", "mini"}
        flows = await completed(ResourceTemplateReference(uri="workflow://{name}"), "name", "set")
        assert {"icon-set", "item-set", "path-set"} <= set(flows)
        assert await completed(PromptReference(name="run-a-workflow"), "workflow", "item") == ["item-set"]
        moving = PromptReference(name="animate-a-sprite")
        assert await completed(moving, "motions", "wa") == ["walk"]
        assert await completed(moving, "motions", "walk,idl") == ["walk, idle"]


@run_async
async def test_folders_of_sets_beside_the_game_are_completed_as_the_tools_take_them(tmp_path: Path) -> None:
    for folder in ("sets/potions", "rings", "none"):
        (tmp_path / folder).mkdir(parents=True)
        if folder != "none":
            (tmp_path / folder / "set.json").write_text("{}")
    async with server_here(projects=(tmp_path.resolve(),)) as client:
        caption = PromptReference(name="caption-a-dataset")
        named = (await client.complete(caption, {"name": "folder", "value": ""})).completion.values
        assert named == ["rings", "sets/potions"]


@pytest.mark.usefixtures("drawing")
@run_async
async def test_every_name_that_must_be_typed_is_completed() -> None:
    """An argument without completion is one of free words."""
    free = {"theme", "count", "things", "fault", "style_word", "about"}
    async with server_here() as client:
        told(await client.call_tool("import_sprite", BERRY))
        job = await draw(client, prompt="a ruby potion", steps=2)
        for prompt in (await client.list_prompts()).prompts:
            for argument in prompt.arguments or ():
                values = (
                    await client.complete(PromptReference(name=prompt.name), {"name": argument.name, "value": ""})
                ).completion.values
                assert bool(values) == (argument.name not in free | {"folder"}), (prompt.name, argument.name)
        for template in (await client.list_resource_templates()).resource_templates:
            name = re.findall(r"{(\w+)}", template.uri_template)[0]
            reference = ResourceTemplateReference(uri=template.uri_template)
            values = (await client.complete(reference, {"name": name, "value": ""})).completion.values
            assert values, template.uri_template
            await client.read_resource(template.uri_template.replace("{" + name + "}", values[0]))
    assert job["state"] == "done"
