"""An assistant that names one tool, and takes every further call from answers and from the tools' own texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp import Client
from mcp.types import CallToolResult

from helpers.mcp_faces import images_of, text_of, told

FIRST_TOOL = "batch_generate"
IMAGE_BYTES_MAX = 100_000
ANSWER_CHARS_MAX = 700_000
TEXT_CHARS_MAX = 100_000
"""25,000 tokens, at about four characters each."""

THINGS = ["potion", "sword", "shield", "helmet", "ring", "key", "scroll", "axe", "bow", "gem", "boots", "bread"]


class Assistant:
    """Calls tools only as it read them somewhere; counts calls that failed, and weighs every answer."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._texts: dict[str, str] = {}
        self._words: dict[str, set[str]] = {}
        self._last: dict[str, dict[str, Any]] = {}
        self.failed: list[str] = []
        self.calls: list[str] = []

    async def meet(self) -> None:
        """Read the tools' texts, as every client does first."""
        tools = (await self._client.list_tools()).tools
        self._texts = {tool.name: tool.description or "" for tool in tools}
        self._words = {tool.name: set(tool.input_schema["properties"]) for tool in tools}

    async def by_example(self, tool: str, **changed: Any) -> dict[str, Any]:
        """Call a tool as its own text shows it, with some words changed; None leaves one out."""
        example = json.loads(re.search(r"Example: (\{.*\})", self._texts[tool])[1])  # type: ignore[index]  # it is there
        words = {**example, **changed}
        return await self._call(tool, {word: value for word, value in words.items() if value is not None})

    async def by_text(self, wanted: str, **changed: Any) -> dict[str, Any]:
        """Call the one tool whose text says what is wanted, as its text shows it."""
        (tool,) = (name for name, text in self._texts.items() if wanted in text)
        return await self.by_example(tool, **changed)

    async def next_of(self, answer: dict[str, Any], wanted: str, **own: Any) -> dict[str, Any]:
        """Make the call that an answer's `next` names, the clause that tells what is wanted; `own` words are added."""
        clauses = re.split(r", or |; ", answer["next"])
        clause = next(one for one in clauses if wanted in one)
        tool = next(name for name in self._texts if re.search(rf"\b{name}\b", clause))
        named = dict(re.findall(r'\b(\w+) ("[^"]*"|\[[^\]]*\]|\d+(?:\.\d+)?|true|false)', clause))
        words = {word: json.loads(named[word]) for word in named.keys() & self._words[tool]}
        before = self._last.get(tool, {}) if "the same words" in clause else {}
        return await self._call(tool, {**before, **words, **own})

    async def finish(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Follow `next` until a job has ended."""
        first = answer
        for _ in range(12):
            if answer.get("state") not in ("queued", "running"):
                break
            status = await self.next_of(answer, "waits for it")
            answer = status.get("job", status)
        assert answer.get("state") not in ("queued", "running"), "it did not end"
        if "the same words" in first.get("next", ""):  # what was drawn was only the beginning
            return await self.next_of(first, "the same words")
        return answer

    async def _call(self, tool: str, words: dict[str, Any]) -> dict[str, Any]:
        result = await self._client.call_tool(tool, words)
        weigh(result)
        self.calls.append(tool)
        self._last[tool] = words
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


@dataclass
class Story:
    """What came of it.

    Attributes:
        drawn: The set as it ended.
        ids: Its sprites.
        made: Ids of hero, tileset, sketch and the redrawn sketch, as they were deployed.
        ids_by_query: The ids that a later day found, by what was looked for.
        swapped, undone: The file of the swapped name after each.
        before: That file before.
        failed: Calls that failed.
        calls: Tools in the order in which they were called.
    """

    drawn: dict[str, Any]
    ids: list[str]
    made: dict[str, str]
    ids_by_query: dict[str, list[str]]
    before: bytes
    swapped: bytes
    undone: bytes
    failed: list[str]
    calls: list[str]


async def live_through(
    open_face: Callable[[], AbstractAsyncContextManager[Client]],
    game: Path,
    *,
    between: Callable[[], object],
    **draw: Any,
) -> Story:
    """Make a set, a hero, a tileset and a sketch, deploy all; on another day find them, swap one, take it back.

    Args:
        open_face: Opens a client of a server that was not there before.
        game: A Bevy project that the server may write into.
        between: Ends what else runs, between the days.
        draw: Words for whatever is drawn, for instance fewer steps.
    """
    async with open_face() as client:
        one = Assistant(client)
        await one.meet()
        drawn = await one.finish(
            await one.by_example(FIRST_TOOL, items=[f"an iron {thing}" for thing in THINGS], **draw)
        )
        ids = [sprite["sprite_id"] for part in drawn["parts"] for sprite in part["sprites"]]
        await one.by_text("Put finished sprites", sprite_ids=ids)
        picture = await one.finish(
            await one.by_text("Draw a game sprite", prompt="a knight walk cycle", count=1, **draw)
        )
        hero = await one.next_of(picture, "makes it move")
        await one.next_of(hero, "puts it into the game")
        shore = await one.finish(await one.by_text("Make tiles between two terrains"))
        await one.next_of(shore, "puts it into the game")
        sketch = await one.by_text("Draw a sprite yourself")
        finer = await one.finish(await one.next_of(sketch, "redraws it gently", prompt="a red berry", **draw))
        await one.next_of(finer, "puts it into the game")
    between()
    async with open_face() as client:
        later = Assistant(client)
        await later.meet()
        ids_by_query: dict[str, list[str]] = {}
        for query in ("iron sword", "knight", "grass", "berry"):
            page = await later.by_text("Find what the library holds", query=query, rating_min=None)
            ids_by_query[query] = [sprite["sprite_id"] for sprite in page["sprites"]]
            await later.next_of(page, "shows it")
        (sword,) = (await later.by_text("Find what the library holds", query="iron sword", rating_min=None))["sprites"]
        file = game / "assets" / "sprites" / f"{sword['deployed_as']}.png"
        before = file.read_bytes()
        await later.by_text(
            "Put finished sprites", sprite_ids=[ids_by_query["berry"][0]], name=file.stem, on_conflict="replace"
        )
        swapped = file.read_bytes()
        await later.by_text("Put finished sprites", sprite_ids=None, undo=file.stem)
    made = {
        "hero": hero["sprite_id"],
        "shore": shore["sprite_id"],
        "sketch": sketch["sprite_id"],
        "finer": finer["sprites"][0]["sprite_id"],
    }
    calls, failed = one.calls + later.calls, one.failed + later.failed
    return Story(drawn, ids, made, ids_by_query, before, swapped, file.read_bytes(), failed, calls)
