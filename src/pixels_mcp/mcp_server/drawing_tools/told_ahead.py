"""What a call would take, told instead of doing it: the same answer in every tool that draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mcp.types import CallToolResult

from pixels_mcp.mcp_server.tool import text
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.mcp_server.tool_phrases import TOOL_PHRASES
from pixels_mcp.mcp_server.waiting import Meter, ask_telling
from pixels_mcp.next_steps import NextStep, in_words
from pixels_mcp.requests import SpriteRequest

if TYPE_CHECKING:
    from pydantic import BaseModel

    from pixels_mcp.operations.workflow_ahead import StepAhead


async def tell_ahead(
    desk: ToolDesk,
    meter: Meter,
    tool: str,
    requests: Sequence[SpriteRequest] = (),
    steps: Sequence[StepAhead] = (),
    **told: Any,
) -> CallToolResult:
    """Answer with what drawing would take; nothing is queued.

    Args:
        desk: The way to the worker.
        meter: Where progress goes.
        tool: That was asked, and does it.
        requests: Sprites.
        steps: What else is made, step by step.
        told: Further words of the answer.

    Raises:
        PixelsError: As the worker, or the way to it, gave it.
    """
    from pixels_mcp.client.foreseeing import foresee

    forecast = await ask_telling(
        desk, meter, lambda client: foresee(client, desk.paths, desk.settings, desk.library, requests, steps)
    )
    step = f"{tool} with the same words and dry_run false does it"
    if forecast.doubtful or forecast.refused:
        sketch = in_words("", [NextStep("import_sketch")], TOOL_PHRASES)
        step = f"mend the items that are named (nearest words, or {sketch} and give it as reference), then {step}"
    return CallToolResult(content=[text({**forecast.to_dict(), **told, "next": step})])


def one_step(operation: str, request: BaseModel, entries: int = 1) -> StepAhead:
    """A call that makes entries, as the one step of a workflow."""
    from pixels_mcp.operations.workflow_ahead import StepAhead

    return StepAhead(operation, operation, (request,), entries, kept=0)
