"""What completes a name that one must type: sprites, jobs, palettes, models, workflows, motions, sets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, get_args

import anyio.to_thread
from mcp.types import PromptReference, ResourceTemplateReference

from pixels_mcp.errors import PixelsError
from pixels_mcp.mcp_server.parts import Complete
from pixels_mcp.mcp_server.workflow_tools.known_workflows import workflow_names
from pixels_mcp.set_words import MotionName

if TYPE_CHECKING:
    from pixels_mcp.mcp_server.tool_desk import ToolDesk

COMPLETED_MAX = 100
_SETS_LOOKED_THROUGH_MAX = 2_000


def completion(desk: ToolDesk) -> Complete:
    """Complete arguments of prompts and of resource addresses: by the argument's name, of an address by its kind."""
    names: Mapping[str, Callable[[str], Awaitable[Sequence[str]]]] = {
        "sprite_id": lambda text: anyio.to_thread.run_sync(_sprites, desk, text),
        "job_id": lambda text: _jobs(desk, text),
        "palette": lambda text: anyio.to_thread.run_sync(_palettes, text),
        "model": lambda text: _models(desk, text),
        "workflow": lambda text: anyio.to_thread.run_sync(_workflows, desk, text),
        "motions": _motions,
        "folder": lambda text: anyio.to_thread.run_sync(_sets, desk, text),
    }

    async def complete(
        ref: PromptReference | ResourceTemplateReference, argument: str, text: str, known: Mapping[str, str]
    ) -> Sequence[str]:
        del known
        kind = argument
        if argument == "name" and isinstance(ref, ResourceTemplateReference):
            kind = str(ref.uri).partition(":")[0]
        return await names[kind](text) if kind in names else []

    return complete


def _sprites(desk: ToolDesk, text: str) -> list[str]:
    entries = desk.library.search(text, limit=COMPLETED_MAX)
    return [entry.sprite_id for entry in sorted(entries, key=lambda one: not one.sprite_id.startswith(text))]


async def _jobs(desk: ToolDesk, text: str) -> list[str]:
    try:
        jobs = await desk.ask(lambda client: client.jobs(limit=COMPLETED_MAX))
    except PixelsError:  # without a worker there is nothing to complete from
        return []
    return _beginning([job.job_id for job in jobs], text)


async def _models(desk: ToolDesk, text: str) -> list[str]:
    try:
        models = await desk.ask(lambda client: client.models())
    except PixelsError:
        return []
    return _beginning([model.name for model in models if model.problem is None], text)


async def _motions(text: str) -> list[str]:
    """The last of several, with commas between."""
    before, comma, last = text.rpartition(",")
    given = {one.strip() for one in before.split(",")}
    motions = [motion for motion in _beginning(get_args(MotionName), last.strip()) if motion not in given]
    return [f"{before}, {motion}" if comma else motion for motion in motions]


def _palettes(text: str) -> list[str]:
    from pixels_mcp.pixelart.colors.palettes import palette_names

    return _beginning(palette_names(), text)


def _workflows(desk: ToolDesk, text: str) -> list[str]:
    return _beginning(workflow_names(desk), text)


def _sets(desk: ToolDesk, text: str) -> list[str]:
    """Folders of prepared sets, beside the game or one folder below, as the tools take them."""
    from pixels_mcp.datasets.dataset import SET_FILE

    names: list[str] = []
    for project in desk.roots.projects[:1]:
        looked = 0
        for pattern in (f"*/{SET_FILE}", f"*/*/{SET_FILE}"):
            for file in project.glob(pattern):
                looked += 1
                if looked <= _SETS_LOOKED_THROUGH_MAX and file.resolve().is_relative_to(project):
                    names.append(file.parent.relative_to(project).as_posix())
    return _beginning(sorted(names), text)


def _beginning(values: Sequence[str], text: str) -> list[str]:
    """Those that begin so, and then those that hold it."""
    low = text.lower()
    return sorted((one for one in values if low in one.lower()), key=lambda one: not one.lower().startswith(low))
