"""What an assistant reads before it calls anything."""

from __future__ import annotations

import json

import pytest
from mcp.types import Tool

from helpers.mcp_faces import ERAS, Era, run_async, server_here
from pixels_mcp.mcp_server.server import INSTRUCTIONS

pytestmark = pytest.mark.usefixtures("home")

PICTURE_TOOLS = {
    "generate_sprite",
    "batch_generate",
    "view_sprite",
    "pixelize_image",
    "view_game",
    "make_tileset",
    "animate_sprite",
}


async def list_tools(era: Era = "auto") -> dict[str, Tool]:
    async with server_here(era) as client:
        return {tool.name: tool for tool in (await client.list_tools()).tools}


@pytest.mark.parametrize("era", ERAS)
@run_async
async def test_every_promised_tool_is_there(era: Era) -> None:
    assert set(await list_tools(era)) >= {
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


@run_async
async def test_unknown_arguments_are_refused_in_every_schema() -> None:
    for name, tool in (await list_tools()).items():
        assert tool.input_schema["additionalProperties"] is False, name
        for nested in tool.input_schema.get("$defs", {}).values():
            assert nested["additionalProperties"] is False, name


@run_async
async def test_tools_with_pictures_have_no_output_schema_and_the_others_have_one() -> None:
    tools = await list_tools()
    assert {name for name, tool in tools.items() if tool.output_schema is None} == PICTURE_TOOLS & set(tools)


@run_async
async def test_every_argument_is_described() -> None:
    for name, tool in (await list_tools()).items():
        for word, shape in tool.input_schema["properties"].items():
            assert shape.get("description"), f"{name}: {word}"


@run_async
async def test_every_tool_says_what_it_does_to_the_world() -> None:
    for name, tool in (await list_tools()).items():
        assert tool.annotations is not None, name
        assert tool.annotations.read_only_hint is not None, name
        assert tool.annotations.open_world_hint is False, name
        assert tool.title, name


@run_async
async def test_what_clients_cut_off_is_short_enough() -> None:
    tools = await list_tools()
    for name, tool in tools.items():
        assert len((tool.description or "").encode()) <= 2_000, name
    assert len(INSTRUCTIONS.encode()) <= 2_000
    listed = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools.values()]
    assert len(json.dumps(listed, separators=(",", ":"))) <= 32_000, (
        "every conversation pays for this: about 4 characters a token"
    )
