"""What an assistant reads before it calls anything."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator

import pytest
from mcp.types import Tool

from helpers.mcp_faces import ERAS, Era, run_async, server_here, unread_in
from pixels_mcp.mcp_server.server import INSTRUCTIONS

Tools = dict[str, Tool]


@run_async
async def list_tools(era: Era | None = None) -> Tools:
    async with server_here(era) as client:
        return {tool.name: tool for tool in (await client.list_tools()).tools}


@pytest.fixture(scope="module")
def tools() -> Iterator[Tools]:
    """As a client that asks for no era gets them."""
    with tempfile.TemporaryDirectory(prefix="px-", dir="/tmp") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXELS_HOME", folder)
        yield list_tools()


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.usefixtures("home")
def test_every_promised_tool_is_there(era: Era) -> None:
    assert set(list_tools(era)) >= {
        "generate_sprite",
        "batch_generate",
        "list_models",
        "get_status",
        "deploy_to_bevy",
        "cancel_job",
        "view_sprite",
        "pixelize_image",
        "view_game",
    }


def test_every_schema_is_one_that_every_client_reads(tools: Tools) -> None:
    for name, tool in tools.items():
        assert tool.input_schema["additionalProperties"] is False, name
        assert unread_in(tool.input_schema) == [], name


def test_answers_are_text_and_pictures_alone(tools: Tools) -> None:
    """Clients that are given structured content too show the model one of the two, each another."""
    assert [name for name, tool in tools.items() if tool.output_schema is not None] == []


def test_words_of_one_meaning_have_one_name_in_every_tool(tools: Tools) -> None:
    words = {word for tool in tools.values() for word in tool.input_schema["properties"]}
    assert not words & {"id", "ids", "job", "sprite", "sprites", "folder", "game", "file", "wait", "timeout_s"}
    for name, tool in tools.items():
        for word, shape in tool.input_schema["properties"].items():
            assert not word.endswith("_ids") or shape["type"] == "array", name


def test_every_argument_is_described(tools: Tools) -> None:
    for name, tool in tools.items():
        for word, shape in tool.input_schema["properties"].items():
            assert shape.get("description"), f"{name}: {word}"


def test_every_tool_says_what_it_does_to_the_world(tools: Tools) -> None:
    for name, tool in tools.items():
        assert tool.annotations is not None, name
        assert tool.annotations.read_only_hint is not None, name
        assert tool.annotations.open_world_hint is False, name
        assert tool.title, name


def test_what_clients_cut_off_is_short_enough(tools: Tools) -> None:
    assert len(tools) <= 18
    for name, tool in tools.items():
        assert len((tool.description or "").encode()) <= 2_000, name
    assert len(INSTRUCTIONS.encode()) <= 2_000
    listed = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools.values()]
    assert len(json.dumps(listed, separators=(",", ":"))) <= 32_000, (
        "every conversation pays for this: about 4 characters a token"
    )
