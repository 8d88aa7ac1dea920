"""The tool that changes a finished sprite: edit_sprite."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.game_style.apply_style import StyledWords, apply_style
from pixels_mcp.mcp_server.drawing_tools.drawing import drawn_result
from pixels_mcp.mcp_server.drawing_tools.families import MAKES, told_entry
from pixels_mcp.mcp_server.drawing_tools.told_ahead import one_step, tell_ahead
from pixels_mcp.mcp_server.drawing_tools.waiting_words import WaitingWords
from pixels_mcp.mcp_server.previews import preview_of
from pixels_mcp.mcp_server.tool import PixelsTool, make_tool, text
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.mcp_server.waiting import Meter, ask_telling, telling, wait_for
from pixels_mcp.operations.edit_request import EditRequest, EditWords
from pixels_mcp.requests import WAIT_S_MAX

if TYPE_CHECKING:
    from pixels_mcp.client import Client
    from pixels_mcp.events import JobInfo

EDIT = """\
Change a finished sprite; the result is a new sprite_id, the old one stays. One operation a call: a model draws vary, \
inpaint (prompt and mask or region; all other pixels stay to the bit), extend (left_px, ...), seams (make a ground \
join itself); code does recolor, material, outline, match (style), rotate, flip, crop, pad, resize (factor). Words \
that an operation does not take are refused. Example: {"sprite_id": "ruby-potion-0007.1", "operation": "recolor", \
"palette": "pico-8"}."""


class EditToolWords(WaitingWords, EditWords):
    """Arguments of edit_sprite; what they leave open a game's style may say."""

    wait_s: float = Field(default=25.0, ge=0.0, le=WAIT_S_MAX, description="Seconds to wait for what is drawn")


def editing_tools(desk: ToolDesk) -> list[PixelsTool[Any]]:
    """The tools of this file."""

    async def edit(words: EditToolWords, context: Context) -> CallToolResult:
        deadline_s = time.monotonic() + words.wait_s
        styled, meter = await anyio.to_thread.run_sync(_placed, words, desk), Meter(context)
        request = parse_request(EditRequest, styled.words)
        if words.dry_run:
            await anyio.to_thread.run_sync(desk.library.get, request.sprite_id)
            step = one_step("edit", request, request.count)
            return await tell_ahead(desk, meter, "edit_sprite", steps=(step,), **styled.told())
        if not request.is_drawn:
            return await telling(meter, "editing", lambda: anyio.to_thread.run_sync(_edit, desk, request, styled))
        job = await ask_telling(desk, meter, lambda client: submit_redraw(client, request, desk))
        return await drawn_result(await wait_for(desk, meter, job, deadline_s), styled)

    return [
        make_tool(
            "edit_sprite", title="Edit a sprite", description=EDIT, words=EditToolWords, body=edit, annotations=MAKES
        )
    ]


def submit_redraw(client: Client, request: EditRequest, desk: ToolDesk) -> JobInfo:
    """Queue an edit that a model draws."""
    from pixels_mcp.operations.edits.redraws import redraw_of

    return client.redraw(redraw_of(request, desk.library))


def _placed(words: EditToolWords, desk: ToolDesk) -> StyledWords:
    """The request that was asked for, in the game's style, its mask checked against the allowed folders."""
    asked = words.model_dump(exclude_unset=True, exclude=set(WaitingWords.model_fields))
    if "mask" in asked and not re.fullmatch(r"[0-9a-f]{64}", asked["mask"]):
        asked["mask"] = str(desk.roots.find_readable(asked["mask"]))
    return apply_style(asked, desk.game_style(), "edit")


def _edit(desk: ToolDesk, request: EditRequest, styled: StyledWords) -> CallToolResult:
    from pixels_mcp.operations.edits.pixel_edit import edit_pixels

    entry = edit_pixels(request, desk.library)
    told = {**told_entry(entry), "parent": entry.parent, **styled.told()}
    return CallToolResult(content=[text(told), preview_of([entry])])
