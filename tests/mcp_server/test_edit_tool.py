"""edit_sprite over MCP: worked out at once or drawn as a job, and refused with the word that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.mcp_faces import images_of, run_async, server_here, text_of, told
from helpers.waiting import PATIENCE_S
from helpers.workers import worker_process
from pixels_mcp.library.library_folder import Library
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.png import encode_png
from pixels_mcp.requests import SpriteRequest


@run_async
async def test_a_sprite_is_recolored_then_a_part_of_it_redrawn(home: Path, tmp_path: Path) -> None:
    async def edit(**words: Any) -> Any:
        async with server_here(projects=(tmp_path,)) as client:
            return await client.call_tool("edit_sprite", words)

    mask = np.zeros((32, 32, 4), np.uint8)
    mask[8:20, 8:20] = 255
    (tmp_path / "mask.png").write_bytes(encode_png(mask))
    with worker_process() as connect:
        client = connect()
        (sprite,) = client.wait(client.submit(SpriteRequest(prompt="a knight")).job_id, PATIENCE_S).parts[0].sprites

        recolored = await edit(sprite_id=sprite.sprite_id, operation="recolor", palette="game-boy")
        first = told(recolored)
        drawn = await edit(
            sprite_id=first["sprite_id"], operation="inpaint", prompt="a shield", mask="mask.png", strength=1
        )
        second = told(drawn)["sprites"][0]
        early = await edit(sprite_id=first["sprite_id"], operation="vary", wait_s=0)
        outside = await edit(sprite_id=first["sprite_id"], operation="inpaint", prompt="x", mask="/etc/hostname")

    assert first["parent"] == sprite.sprite_id
    assert first["facts"]["colors"] <= 4
    assert len(images_of(recolored)) == len(images_of(drawn)) == 1
    changed = (open_picture(first["path"]) != open_picture(second["path"])).any(-1)
    assert changed.any()
    assert not changed[mask[..., 3] == 0].any()
    assert Library(home / "data" / "library").get(second["sprite_id"]).parent == first["sprite_id"]
    assert "get_status" in told(early)["next"]
    assert "PathNotAllowedError" in text_of(outside)


@pytest.mark.usefixtures("home")
@run_async
async def test_words_of_another_operation_are_named() -> None:
    async with server_here() as client:
        wrong = await client.call_tool(
            "edit_sprite", {"sprite_id": "knight-0001.1", "operation": "rotate", "palette": "pico-8"}
        )
        unknown = await client.call_tool("edit_sprite", {"sprite_id": "knight-0001.1", "operation": "rotate"})
    assert "rotate takes no palette; it takes turns" in text_of(wrong)
    assert "UnknownSpriteError" in text_of(unknown)
