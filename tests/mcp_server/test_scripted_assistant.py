"""An assistant that knows one tool by name and takes every further call from answers and from the tools' own texts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mcp import Client
from mcp.types import CallToolResult

from helpers.bevy_games import make_game
from helpers.mcp_faces import ERAS, Era, images_of, run_async, server_here, text_of, told
from helpers.plain_home import plain_home
from pixels_mcp.pixelart.pictures import open_picture

IMAGE_BYTES_MAX = 100_000
ANSWER_CHARS_MAX = 700_000
TEXT_CHARS_MAX = 100_000
"""25,000 tokens, at about four characters each."""


class Assistant:
    """Calls tools only as it read them somewhere; counts calls that failed, and weighs every answer."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._texts: dict[str, str] = {}
        self._words: dict[str, set[str]] = {}
        self.failed: list[str] = []

    async def meet(self) -> None:
        """Read the tools' texts, as every client does first."""
        tools = (await self._client.list_tools()).tools
        self._texts = {tool.name: tool.description or "" for tool in tools}
        self._words = {tool.name: set(tool.input_schema["properties"]) for tool in tools}

    async def by_example(self, tool: str, **changed: Any) -> dict[str, Any]:
        """Call a tool as its own text shows it, with some words changed."""
        example = json.loads(re.search(r"Example: (\{.*\})", self._texts[tool])[1])  # type: ignore[index]
        return await self._call(tool, {**example, **changed})

    async def next_of(self, answer: dict[str, Any], wanted: str) -> dict[str, Any]:
        """Make the call that an answer's `next` names, the one that tells most of what is wanted."""
        clauses = re.split(r", or |; ", answer["next"])
        clause = next(one for one in clauses if wanted in one)
        tool = next(name for name in self._texts if re.search(rf"\b{name}\b", clause))
        words = dict(re.findall(r'\b(\w+) ("[^"]*"|\[[^\]]*\]|\d+(?:\.\d+)?)', clause))
        return await self._call(tool, {word: json.loads(words[word]) for word in words.keys() & self._words[tool]})

    async def finish(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Follow `next` until a job has ended."""
        for _ in range(10):
            if answer.get("state") not in ("queued", "running"):
                return answer
            status = await self.next_of(answer, "waits for it")
            answer = status.get("job", status)
        raise AssertionError("it did not end")

    async def _call(self, tool: str, words: dict[str, Any]) -> dict[str, Any]:
        result = await self._client.call_tool(tool, words)
        weigh(result)
        if result.is_error:
            self.failed.append(f"{tool}({words}): {text_of(result)}")
        return told(result)


def weigh(result: CallToolResult) -> None:
    """See that an answer is one that every client takes."""
    images = images_of(result)
    assert all(len(image.data) * 3 // 4 <= IMAGE_BYTES_MAX for image in images)
    assert len(text_of(result)) <= TEXT_CHARS_MAX
    assert len(text_of(result)) + sum(len(image.data) for image in images) <= ANSWER_CHARS_MAX
    assert result.structured_content is None


def pixels_of(job: dict[str, Any]) -> np.ndarray:
    """The one picture of a job."""
    return open_picture(Path(job["sprites"][0]["path"]))


THINGS = ["potion", "sword", "shield", "helmet", "ring", "key", "scroll", "axe", "bow", "gem", "boots", "bread"]


@pytest.mark.parametrize("era", ERAS)
@run_async
async def test_from_one_name_to_a_game_full_of_sprites_without_a_failed_call(era: Era, tmp_path: Path) -> None:
    game = make_game(tmp_path / "game")
    with plain_home():
        async with server_here(era, projects=(game,)) as client:
            assistant = Assistant(client)
            await assistant.meet()
            drawn = await assistant.finish(
                await assistant.by_example("batch_generate", items=[f"an iron {thing}" for thing in THINGS])
            )
            first = await assistant.next_of(drawn, "deploy_to_bevy")
            ids = [sprite["sprite_id"] for part in drawn["parts"] for sprite in part["sprites"]]
            sketch = await assistant.by_example("import_sprite")
            moving = await assistant.next_of(sketch, "animate_sprite")
            own = await assistant.next_of(moving, "deploy_to_bevy")
            everything = await assistant.by_example("deploy_to_bevy", sprite_ids=ids[1:])

        async with server_here(era, projects=(game,)) as client:  # another day
            assistant.failed, later = assistant.failed, Assistant(client)
            await later.meet()
            page = await later.by_example("find_sprites", query="iron sword", rating_min=0)
            found = page["sprites"][0]["sprite_id"]
            looked = await later.next_of(page, "view_sprite")
            chosen = await later.by_example("choose_sprites", keep=[found], trash_others=False)
            swapped = await later.by_example(
                "deploy_to_bevy", sprite_ids=[ids[5]], name="axe-of-old", on_conflict="replace"
            )
            undone = await later.by_example("deploy_to_bevy", sprite_ids=[], undo="axe-of-old")

    assert assistant.failed == later.failed == []
    assert (drawn["state"], drawn["parts_shown"], len(ids)) == ("done", "1 to 12 of 12", 12)
    assert first["sprite_ids"] == [ids[0]]
    assert (moving["entry_kind"], own["sprite_ids"]) == ("animation", [moving["sprite_id"]])
    assert sum(everything["states"].values()) == 11
    assert looked["sprites"][0]["sprite_id"] == found
    assert chosen["kept"][0]["rating"] == 4
    assert swapped["name"] == undone["name"] == "axe-of-old"
    assert len(list((game / "assets" / "sprites").glob("*.png"))) == 13


@run_async
async def test_a_batch_of_two_hundred_stays_within_what_clients_take() -> None:
    with plain_home():
        async with server_here() as client:
            assistant = Assistant(client)
            await assistant.meet()
            items = [f"a thing of many words, the {number}th of all of them" for number in range(200)]
            done = await assistant.finish(await assistant.by_example("batch_generate", items=items, steps=1))
            page = await assistant.next_of(done, "offset 40")

    assert done["parts_shown"] == "1 to 40 of 200"
    assert page["job"]["parts_shown"] == "41 to 80 of 200"
    assert assistant.failed == []


@run_async
async def test_a_sprite_like_an_earlier_one_has_its_words_and_seed_unless_others_are_given() -> None:
    with plain_home():
        async with server_here() as client:
            assistant = Assistant(client)
            await assistant.meet()
            first = await assistant.finish(
                await assistant.by_example("generate_sprite", count=1, palette="pico-8", seed=7, steps=3)
            )
            one = first["sprites"][0]
            same = await assistant.finish(await assistant.by_example("generate_sprite", count=1, like=one["sprite_id"]))
            other = await assistant.finish(
                await assistant.by_example("generate_sprite", count=1, like=one["sprite_id"], seed=8)
            )
            drawn = [pixels_of(job) for job in (first, same, other)]
            sketch = await assistant.by_example("import_sprite")
            refused = await client.call_tool("generate_sprite", {"prompt": "a berry", "like": sketch["sprite_id"]})

    assert same["sprites"][0]["seed"] == 7
    assert np.array_equal(drawn[1], drawn[0])
    assert other["sprites"][0]["seed"] == 8
    assert not np.array_equal(drawn[2], drawn[0])
    assert refused.is_error
    assert f'reference "{sketch["sprite_id"]}"' in text_of(refused)
