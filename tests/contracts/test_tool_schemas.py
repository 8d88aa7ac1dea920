"""The tools as clients see them are a contract: this file fails when one changes, and the snapshot shows how.

`PIXELS_UPDATE_SNAPSHOTS=1 pytest tests/contracts/test_tool_schemas.py` writes the snapshot anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from helpers.mcp_faces import run_async, server_here

SNAPSHOT = Path(__file__).with_name("tool_schemas.json")


@pytest.mark.usefixtures("home")
@run_async
async def test_the_tools_are_those_of_the_snapshot() -> None:
    async with server_here() as client:
        tools = (await client.list_tools()).tools
    schemas = json.dumps(
        [
            tool.model_dump(mode="json", by_alias=True, include={"name", "input_schema", "output_schema"})
            for tool in tools
        ],
        indent=1,
        sort_keys=True,
    )
    if os.environ.get("PIXELS_UPDATE_SNAPSHOTS") == "1":
        SNAPSHOT.write_text(schemas + "\n", "utf-8")
    assert schemas + "\n" == SNAPSHOT.read_text("utf-8")
