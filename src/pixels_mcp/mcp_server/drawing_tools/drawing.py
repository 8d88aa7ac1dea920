"""Tools that draw: generate_sprite and batch_generate."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ContentBlock, ToolAnnotations
from pydantic import Field, StringConstraints

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.events import JobInfo
from pixels_mcp.game_style.apply_style import StyledWords, apply_style
from pixels_mcp.library.like import words_like
from pixels_mcp.mcp_server.drawing_tools.told_ahead import tell_ahead
from pixels_mcp.mcp_server.drawing_tools.waiting_words import WaitingWords
from pixels_mcp.mcp_server.previews import SHOWN_MAX, preview_of
from pixels_mcp.mcp_server.replies import JobReply, sprites_of
from pixels_mcp.mcp_server.tool import PixelsTool, make_tool, tell, text
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.mcp_server.waiting import Meter, ask_telling, wait_for
from pixels_mcp.requests import SPRITE_ID_PATTERN, BatchRequest, DrawWords, SpriteRequest

if TYPE_CHECKING:
    from pixels_mcp.client import Client

DRAWS = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)

GENERATE = """\
Draw a game sprite from words: true pixel art, exact size, transparent background, limited colors.
Answers with sprite_id, path, sha256, seed, measured facts and a picture: look at it before you use it. `count` draws \
variants to choose from; `like` SPRITE_ID with changed words varies one you have. Takes seconds with the embedded \
model, longer the first time or with SDXL. After wait_s the answer is the running job and what to do next: it goes on \
by itself, so ask get_status, never generate again. Sizes, models, LoRAs and palettes: list_models. Several: \
batch_generate. Example: {"prompt": "a ruby potion", "count": 2}."""

BATCH = """\
Draw a whole set in one go, from 2 to 1000 prompts that share style, palette and model: an item set, a monster \
family, tiles. An item is a prompt, or an object of generate_sprite's words; those beside `items` hold for all that do \
not say otherwise.
Answers with what was drawn and one contact sheet with ids. After wait_s you get what is ready by then; the rest goes \
on by itself: see `next`. An item that fails does not stop the others. One thing in variants: generate_sprite with \
`count`. A long one: dry_run first. Example: {"items": ["a ruby potion", "an iron sword"], "palette": \
"sweetie-16"}."""


class GenerateWords(WaitingWords, SpriteRequest):
    """Arguments of generate_sprite."""

    like: Annotated[str, StringConstraints(pattern=SPRITE_ID_PATTERN)] | None = Field(
        default=None, description="A sprite_id: take its words, model and seed; words given here win"
    )


class BatchWords(WaitingWords, BatchRequest):
    """Arguments of batch_generate."""


def drawing_tools(desk: ToolDesk) -> list[PixelsTool[Any]]:
    """The tools of this file."""

    async def generate(words: GenerateWords, context: Context) -> CallToolResult:
        styled = await anyio.to_thread.run_sync(_styled, words, desk)
        request = parse_request(SpriteRequest, styled.words)
        if words.dry_run:
            return await tell_ahead(desk, Meter(context), "generate_sprite", (request,), **styled.told())
        return await _draw(desk, context, lambda client: client.submit(request), words.wait_s, styled)

    async def batch(words: BatchWords, context: Context) -> CallToolResult:
        styled = await anyio.to_thread.run_sync(_styled, words, desk)
        request = BatchRequest.model_validate(styled.words)
        if words.dry_run:
            return await tell_ahead(desk, Meter(context), "batch_generate", request.expand(), **styled.told())
        return await _draw(desk, context, lambda client: client.submit_batch(request), words.wait_s, styled)

    return [
        make_tool(
            "generate_sprite",
            title="Draw a sprite",
            description=GENERATE,
            words=GenerateWords,
            body=generate,
            annotations=DRAWS,
        ),
        make_tool(
            "batch_generate",
            title="Draw many sprites",
            description=BATCH,
            words=BatchWords,
            body=batch,
            annotations=DRAWS,
            brief={"BatchItem": ("prompt",)},
            told_as=("For all", DrawWords),
        ),
    ]


def _styled(words: GenerateWords | BatchWords, desk: ToolDesk) -> StyledWords:
    """The request in the game's style, its reference pictures checked against the allowed folders."""
    asked = words.model_dump(exclude_unset=True, exclude={"like", *WaitingWords.model_fields})
    for one in (asked, *asked.get("items", ())):
        reference = one.get("reference", "auto")
        if reference not in ("auto", "none") and not re.fullmatch(SPRITE_ID_PATTERN, reference):
            one["reference"] = str(desk.roots.find_readable(reference))
    if isinstance(words, GenerateWords) and words.like is not None:
        asked = {**words_like(desk.library, words.like), **asked}
    return apply_style(asked, desk.game_style())


async def _draw(
    desk: ToolDesk, context: Context, submit: Callable[[Client], JobInfo], wait_s: float, styled: StyledWords
) -> CallToolResult:
    deadline_s = time.monotonic() + wait_s
    meter = Meter(context)
    job = await ask_telling(desk, meter, submit)
    desk.jobs.add(job)
    return await drawn_result(await wait_for(desk, meter, job, deadline_s), styled)


async def drawn_result(job: JobInfo, styled: StyledWords | None = None) -> CallToolResult:
    """Answer with a job and a picture of what is finished; a job that failed is an error."""
    finished = sprites_of(job)
    told = tell(JobReply.of(job, seen=bool(finished)))
    told |= styled.told() if styled is not None else {}
    if len(finished) > SHOWN_MAX:
        told["shown"] = f"the first {SHOWN_MAX} of {len(finished)} sprites; view_sprite shows the others"
    content: list[ContentBlock] = [text(told)]
    if finished:
        content.append(await anyio.to_thread.run_sync(preview_of, finished[:SHOWN_MAX]))
    return CallToolResult(content=content, is_error=job.state == "failed")
