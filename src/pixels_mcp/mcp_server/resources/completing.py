"""What completes a name that one must type: sprites, jobs, palettes, kinds of motion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, get_args

import anyio.to_thread
from mcp.types import PromptReference, ResourceTemplateReference

from pixels_mcp.errors import PixelsError
from pixels_mcp.mcp_server.parts import Complete
from pixels_mcp.set_words import MotionName

if TYPE_CHECKING:
    from pixels_mcp.mcp_server.tool_desk import ToolDesk

COMPLETED_MAX = 100


def completion(desk: ToolDesk) -> Complete:
    """Complete arguments of prompts and of resource addresses, by the argument's name."""

    async def complete(
        ref: PromptReference | ResourceTemplateReference, argument: str, text: str, known: Mapping[str, str]
    ) -> Sequence[str]:
        del known
        if argument == "name" and isinstance(ref, ResourceTemplateReference):
            argument = "palette"
        if argument == "sprite_id":
            return await anyio.to_thread.run_sync(_sprites, desk, text)
        if argument == "job_id":
            return _beginning(await _jobs(desk), text)
        if argument == "palette":
            return _beginning(await anyio.to_thread.run_sync(_palettes), text)
        if argument == "motion":
            return _beginning(get_args(MotionName), text)
        return []

    return complete


def _sprites(desk: ToolDesk, text: str) -> list[str]:
    entries = desk.library.search(text, limit=COMPLETED_MAX)
    return [entry.sprite_id for entry in sorted(entries, key=lambda one: not one.sprite_id.startswith(text))]


async def _jobs(desk: ToolDesk) -> list[str]:
    try:
        return [job.job_id for job in await desk.ask(lambda client: client.jobs(limit=COMPLETED_MAX))]
    except PixelsError:  # without a worker there is nothing to complete from
        return []


def _palettes() -> list[str]:
    from pixels_mcp.pixelart.colors.palettes import palette_names

    return palette_names()


def _beginning(values: Sequence[str], text: str) -> list[str]:
    """Those that begin so, and then those that hold it."""
    low = text.lower()
    return sorted((one for one in values if low in one.lower()), key=lambda one: not one.lower().startswith(low))
