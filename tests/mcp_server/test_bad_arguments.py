"""Wrong arguments are refused before anything is queued, in words that name the argument and the next step."""

from __future__ import annotations

import tempfile
from typing import Any

import pytest
from mcp.types import CallToolResult

from helpers.mcp_faces import ERAS, Era, run_async, server_here, text_of

pytestmark = pytest.mark.usefixtures("home")

POTION = {"prompt": "a ruby potion"}

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("generate_sprite", {}, "prompt"),
    ("generate_sprite", {"prompt": ""}, "prompt"),
    ("generate_sprite", {"prompt": "  \u200b "}, "prompt"),
    ("generate_sprite", {"prompt": "x" * 10_000}, "1000 characters"),
    ("generate_sprite", {"prompt": 7}, "prompt"),
    ("generate_sprite", {**POTION, "width_px": 0}, "width_px"),
    ("generate_sprite", {**POTION, "width_px": 17, "height_px": 4000}, "height_px"),
    ("generate_sprite", {**POTION, "width_px": "wide"}, "width_px"),
    ("generate_sprite", {**POTION, "count": 0}, "count"),
    ("generate_sprite", {**POTION, "count": 17}, "count"),
    ("generate_sprite", {**POTION, "seed": -1}, "seed"),
    ("generate_sprite", {**POTION, "seed": 2**32}, "seed"),
    ("generate_sprite", {**POTION, "seed": 2**32 - 1, "count": 2}, "seed + count - 1"),
    ("generate_sprite", {**POTION, "max_colors": 1}, "max_colors"),
    ("generate_sprite", {**POTION, "max_colors": 257}, "max_colors"),
    ("generate_sprite", {**POTION, "strength": 0.0}, "strength"),
    ("generate_sprite", {**POTION, "wait_s": 46}, "wait_s"),
    ("generate_sprite", {**POTION, "loras": [{"name": "x", "weight": 9}]}, "loras.0.weight"),
    ("generate_sprite", {**POTION, "loras": "shiny:much"}, "NAME:0.8"),
    ("generate_sprite", {**POTION, "name": "../x"}, "name"),
    ("generate_sprite", {**POTION, "name": "con"}, "Windows"),
    ("generate_sprite", {**POTION, "width": 64}, "known arguments: "),
    ("generate_sprite", {**POTION, "reference": "/etc/hostname"}, "outside the allowed folders"),
    ("generate_sprite", {**POTION, "reference": "../../x.png"}, "outside the allowed folders"),
    ("generate_sprite", {**POTION, "like": "ruby-potion-0007.1"}, "no sprite 'ruby-potion-0007.1'"),
    ("generate_sprite", {**POTION, "like": "nonsense"}, "like"),
    ("batch_generate", {}, "items"),
    ("batch_generate", {"items": []}, "items"),
    ("batch_generate", {"items": [POTION] * 1001}, "items"),
    ("batch_generate", {"items": [{"seed": 1}]}, "items.0.prompt"),
    ("batch_generate", {"items": [{**POTION, "size": 3}]}, "items.0.size: unknown argument"),
    ("batch_generate", {"items": [{**POTION, "reference": "/etc/hostname"}]}, "outside the allowed folders"),
    ("view_sprite", {"sprite_ids": []}, "sprite_ids"),
    ("view_sprite", {"sprite_ids": ["../../secret"]}, "sprite_ids.0"),
    ("view_sprite", {"sprite_ids": ["ruby-potion-0007.1"]}, "ruby-potion-0007.1"),
    ("get_status", {"job_id": "../x"}, "job_id"),
    ("get_status", {"wait_s": -1}, "wait_s"),
    ("batch_generate", {"items": [{"prompt": "a key", "colour": "red"}]}, "known words of items: "),
    ("get_status", {"id": "ruby-potion-0007"}, "known arguments: job_id, wait_s, offset"),
    ("cancel_job", {}, "job_id"),
    ("list_models", {"kind": "lora"}, "known arguments: query"),
    ("deploy_to_bevy", {"sprite_id": "ruby-potion-0007.1", "name": "../../x"}, "name"),
    ("deploy_to_bevy", {"sprite_id": "nonsense"}, "sprite_id"),
    ("deploy_to_bevy", {"sprite_id": "ruby-potion-0007.1", "on_conflict": "overwrite"}, "on_conflict"),
    ("deploy_to_bevy", {"sprite_id": "ruby-potion-0007.1", "project": "/etc"}, "/etc"),
    ("pixelize_image", {"path": "/etc/hostname"}, "outside the allowed folders"),
    ("view_game", {"project": "/etc"}, "/etc"),
]


@pytest.fixture(scope="module")
def answers() -> list[CallToolResult]:
    """What one server says to all of them."""

    @run_async
    async def ask() -> list[CallToolResult]:
        async with server_here() as client:
            return [await client.call_tool(tool, arguments) for tool, arguments, _ in REFUSED]

    with tempfile.TemporaryDirectory(prefix="px-", dir="/tmp") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXELS_HOME", folder)
        return ask()


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=lambda number: f"{number} {REFUSED[number][0]}")
def test_is_refused_by_name(answers: list[CallToolResult], number: int) -> None:
    result, named = answers[number], REFUSED[number][2]

    assert result.is_error
    assert named in text_of(result)
    assert "Next: " in text_of(result)
    assert "Traceback" not in text_of(result)


@pytest.mark.parametrize("era", ERAS)
@run_async
async def test_an_unknown_argument_is_refused_in_both_eras(era: Era) -> None:
    async with server_here(era) as client:
        result = await client.call_tool("generate_sprite", {**POTION, "color": "red"})

    assert result.is_error
    assert "color: unknown argument" in text_of(result)


@run_async
async def test_nothing_of_a_refused_call_reaches_a_worker(home: Any) -> None:
    async with server_here() as client:
        await client.call_tool("generate_sprite", {**POTION, "count": 99})

    assert not list(home.rglob("*.sqlite"))
