"""What the server makes of its parts: resources, prompts, completion and subscriptions, in both eras."""

# A client of the era with a handshake has no other way to subscribe.
# pyright: reportDeprecated=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError
from mcp.server.subscriptions import ResourceUpdated
from mcp.types import (
    GetPromptResult,
    Prompt,
    PromptArgument,
    PromptMessage,
    PromptReference,
    Resource,
    ResourceTemplate,
    ResourceTemplateReference,
    ResourceUpdatedNotification,
    TextContent,
)

from helpers.mcp_faces import ERAS, Era, run_async, text_of
from helpers.waiting import PATIENCE_S
from pixels_mcp.errors import UnknownSpriteError
from pixels_mcp.mcp_server.parts import ServedPrompt, ServedResource, ServedTemplate, ServerParts
from pixels_mcp.mcp_server.roots import Roots
from pixels_mcp.mcp_server.server import build_server
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.mcp_server.tool_phrases import TOOL_PHRASES
from pixels_mcp.next_steps import NextStep
from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings

pytestmark = pytest.mark.usefixtures("home")


async def read_guide(_: Any) -> str:
    return "draw what the model knows by words"


async def read_stone(names: Mapping[str, str], _: Any) -> bytes:
    if names["stone_id"] != "ruby":
        raise UnknownSpriteError(f"there is no {names['stone_id']}", steps=[NextStep("list_sprites")])
    return b"\x89red"


async def read_broken(_: Any) -> str:
    raise ZeroDivisionError("a secret")


async def write_plan(words: Mapping[str, str], _: Any) -> GetPromptResult:
    text = TextContent(type="text", text=f"plan a set for {words['theme']}")
    return GetPromptResult(messages=[PromptMessage(role="user", content=text)])


async def complete(ref: Any, name: str, value: str, known: Mapping[str, str]) -> Sequence[str]:
    if isinstance(ref, PromptReference):
        return [word for word in ("cave", "castle", "crypt") if word.startswith(value)]
    return [f"stone-{number:04}" for number in range(250)]


PARTS = ServerParts(
    resources=[
        ServedResource(Resource(uri="guide://short", name="guide", mime_type="text/plain"), read_guide),
        ServedResource(Resource(uri="guide://broken", name="broken"), read_broken),
    ],
    templates=[
        ServedTemplate(
            ResourceTemplate(uri_template="stone://{stone_id}", name="stone", mime_type="image/png"), read_stone
        )
    ],
    prompts=[
        ServedPrompt(
            Prompt(name="plan", description="Plan", arguments=[PromptArgument(name="theme", required=True)]), write_plan
        )
    ],
    complete=complete,
)


@asynccontextmanager
async def served(era: Era, desk: ToolDesk | None = None, **listening: Any):
    paths = find_paths()
    desk = desk or ToolDesk(paths, load_settings(paths), Roots(()))
    async with Client(build_server(desk, PARTS), mode=era, **listening) as client:
        yield client


@pytest.mark.parametrize("era", ERAS)
@run_async
async def test_resources_are_read_by_address_and_by_name_in_it(era: Era) -> None:
    async with served(era) as client:
        (guide,) = (await client.read_resource("guide://short")).contents
        (stone,) = (await client.read_resource("stone://ruby")).contents
        listed = await client.list_resource_templates()

    assert guide.model_dump()["text"] == "draw what the model knows by words"
    assert (stone.mime_type, stone.model_dump()["blob"]) == ("image/png", "iXJlZA==")
    assert [one.uri_template for one in listed.resource_templates] == ["stone://{stone_id}"]


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("stone://quartz", TOOL_PHRASES["list_sprites"]),
        ("stone://..%2F..%2Fetc%2Fpasswd", "there is no ../../etc/passwd"),
        ("stone://a/b", "resources/list"),
        ("file:///etc/passwd", "resources/list"),
        ("guide://broken", "a defect of pixels-mcp"),
    ],
)
@run_async
async def test_an_address_that_gives_nothing_is_refused_with_the_next_step(era: Era, uri: str, says: str) -> None:
    async with served(era) as client:
        with pytest.raises(MCPError) as refused:
            await client.read_resource(uri)

    assert says in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("era", ERAS)
@run_async
async def test_a_prompt_is_written_from_its_arguments(era: Era) -> None:
    async with served(era) as client:
        written = await client.get_prompt("plan", {"theme": "a cave"})
        refusals: list[str] = []
        for name, words in (("nosuch", {}), ("plan", {}), ("plan", {"theme": "x", "mood": "dark"})):
            with pytest.raises(MCPError) as refused:
                await client.get_prompt(name, words)
            refusals.append(str(refused.value))

    assert isinstance(written.messages[0].content, TextContent)
    assert written.messages[0].content.text == "plan a set for a cave"
    for refusal, says in zip(refusals, ("pick one of: plan", "needs theme", "takes no mood"), strict=True):
        assert says in refusal


@pytest.mark.parametrize("era", ERAS)
@run_async
async def test_names_are_completed_a_hundred_at_a_time(era: Era) -> None:
    async with served(era) as client:
        themes = await client.complete(PromptReference(name="plan"), {"name": "theme", "value": "c"})
        stones = await client.complete(
            ResourceTemplateReference(uri="stone://{stone_id}"), {"name": "stone_id", "value": ""}
        )

    assert themes.completion.values == ["cave", "castle", "crypt"]
    assert (len(stones.completion.values), stones.completion.total, stones.completion.has_more) == (100, 250, True)


@run_async
async def test_a_client_without_a_handshake_hears_of_what_it_listens_to() -> None:
    paths = find_paths()
    desk = ToolDesk(paths, load_settings(paths), Roots(()))
    async with (
        served("auto", desk) as client,
        client.listen(resource_subscriptions=["stone://ruby"]) as subscription,
    ):
        await desk.updates.publish("stone://other")
        await desk.updates.publish("stone://ruby")
        with anyio.fail_after(PATIENCE_S):
            event = await anext(aiter(subscription))

    assert event == ResourceUpdated(uri="stone://ruby")


@pytest.mark.filterwarnings("ignore::mcp.MCPDeprecationWarning")  # that era has no other way
@run_async
async def test_a_client_with_a_handshake_hears_of_what_it_subscribed_to_until_it_wants_no_more() -> None:
    paths = find_paths()
    desk = ToolDesk(paths, load_settings(paths), Roots(()))
    heard: list[str] = []

    async def listen(message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            heard.append(str(message.params.uri))

    async with served("legacy", desk, message_handler=listen) as client:
        await client.session.subscribe_resource("stone://ruby")
        await desk.updates.publish("stone://other")
        await desk.updates.publish("stone://ruby")
        await client.session.unsubscribe_resource("stone://ruby")
        await desk.updates.publish("stone://ruby")
        await client.send_ping()
        assert desk.updates.subscribed_uris() == set()

    assert heard == ["stone://ruby"]


@pytest.mark.parametrize("era", ERAS)
@run_async
async def test_a_tool_that_is_not_there_is_answered_with_those_that_are(era: Era) -> None:
    paths = find_paths()
    desk = ToolDesk(paths, load_settings(paths), Roots(()))
    async with Client(build_server(desk), mode=era) as client:
        answer = await client.call_tool("make_coffee", {})

    assert answer.is_error
    assert "generate_sprite" in text_of(answer)
