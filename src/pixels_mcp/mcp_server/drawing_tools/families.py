"""Tools that make families of sprites: make_tileset and animate_sprite."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import Field

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.game_style.apply_style import StyledWords, apply_style
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.mcp_server.drawing_tools.told_ahead import one_step, tell_ahead
from pixels_mcp.mcp_server.drawing_tools.waiting_words import WaitingWords
from pixels_mcp.mcp_server.library_tools.entry_replies import KeptReply
from pixels_mcp.mcp_server.previews import image
from pixels_mcp.mcp_server.replies import JobReply
from pixels_mcp.mcp_server.tool import PixelsTool, make_tool, tell, text
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.mcp_server.tool_phrases import TOOL_PHRASES
from pixels_mcp.mcp_server.waiting import Meter, ask_telling, telling, wait_for
from pixels_mcp.next_steps import NextStep, in_words
from pixels_mcp.operations.set_requests import AnimateRequest, TilesetRequest
from pixels_mcp.requests import WAIT_S_MAX, make_sprite_id
from pixels_mcp.told_apart import JsonObject

if TYPE_CHECKING:
    from pixels_mcp.events import JobInfo
    from pixels_mcp.library.entries import LibraryEntry
    from pixels_mcp.operations.character_clips import CharacterClips
    from pixels_mcp.operations.terrains import Role
    from pixels_mcp.pixelart.pixels import Rgba
    from pixels_mcp.requests import RedrawRequest

MAKES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)

TILESET = """\
Make tiles between two terrains that meet without a seam: grass over water, a path over grass, walls over a floor. \
Terrains in words are drawn first (short nouns: "green grass floor", "deep water"); a sprite_id or a tile's path is \
taken as it is, so sets chain by sharing a terrain. Code draws the borders. Answers with a sprite_id whose sheet lies \
in code order, its facts, and a picture of a random map; after wait_s with the drawing job. Example: {"upper": "green \
grass floor", "lower": "deep water"}."""

ANIMATE = """\
Make a finished sprite move, in whole pixels of itself, feet in one place. Answers with a sprite_id whose sheet has \
a row a motion, with frames, times and pivot in its facts, and a picture of all frames. One front view gives no back \
view: give `views`, or without them a like character of the library lends its drawn walk, in the sprite's colors. \
Example: {"sprite_id": "knight-0012.1", "motions": ["walk"]}."""

MAP_COLUMNS, MAP_ROWS = 12, 8
SHOWN_PX_MAX = 1_024
"""Longer side of the picture in an answer."""


class TilesetWords(WaitingWords, TilesetRequest):
    """Arguments of make_tileset."""

    wait_s: float = Field(default=25.0, ge=0.0, le=WAIT_S_MAX, description="Seconds to wait for terrains to be drawn")


class AnimateWords(WaitingWords, AnimateRequest):
    """Arguments of animate_sprite."""

    wait_s: float = Field(default=25.0, ge=0.0, le=WAIT_S_MAX, description="Seconds to wait for frames to be redrawn")


def family_tools(desk: ToolDesk) -> list[PixelsTool[Any]]:
    """The tools of this file."""

    async def tileset(words: TilesetWords, context: Context) -> CallToolResult:
        styled = await anyio.to_thread.run_sync(_placed, words, desk)
        request = parse_request(TilesetRequest, styled.words)
        await anyio.to_thread.run_sync(_require_given, desk, request)
        meter, deadline_s = Meter(context), time.monotonic() + words.wait_s
        if words.dry_run:
            step = one_step("tileset", request)
            return await tell_ahead(desk, meter, "make_tileset", steps=(step,), **styled.told())
        job = await _draw(desk, meter, request, deadline_s)
        if job is not None and not _is_drawn(job):
            return _unfinished(job, _drawn(request, job))
        return await anyio.to_thread.run_sync(_make_tileset, desk, request, job, styled)

    async def animate(words: AnimateWords, context: Context) -> CallToolResult:
        meter, deadline_s = Meter(context), time.monotonic() + words.wait_s
        styled = await anyio.to_thread.run_sync(_with_views, words, desk)
        request = parse_request(AnimateRequest, styled.words)
        if words.dry_run:
            step = one_step("animate", request)
            return await tell_ahead(desk, meter, "animate_sprite", steps=(step,), **styled.told())
        work = lambda: anyio.to_thread.run_sync(_clips, desk, request)  # noqa: E731  # a name for what is waited for
        clips, redraws = await telling(meter, "moving pixels", work)
        redrawn: dict[str, list[str]] = {}
        for name, redraw in redraws.items():
            job = await _redraw(desk, meter, redraw, deadline_s)
            if not _is_drawn(job):
                return _frames_unfinished(job)
            redrawn[name] = [sprite.sprite_id for part in job.parts for sprite in part.sprites]
        return await anyio.to_thread.run_sync(_keep_animation, desk, clips, redrawn, styled)

    return [
        make_tool(
            "make_tileset",
            title="Make a tileset",
            description=TILESET,
            words=TilesetWords,
            body=tileset,
            annotations=MAKES,
        ),
        make_tool(
            "animate_sprite",
            title="Animate a sprite",
            description=ANIMATE,
            words=AnimateWords,
            body=animate,
            annotations=MAKES,
        ),
    ]


def _placed(words: TilesetWords, desk: ToolDesk) -> StyledWords:
    """The request that was asked for, in the game's style, its files checked against the allowed folders."""
    from pixels_mcp.operations.terrains import ROLES, is_picture

    asked = words.model_dump(exclude_unset=True, exclude=set(WaitingWords.model_fields))
    for role in ROLES:
        if asked.get(role) and is_picture(asked[role]):
            asked[role] = str(desk.roots.find_readable(asked[role]))
    return apply_style(asked, desk.game_style(), "tileset")


async def _redraw(desk: ToolDesk, meter: Meter, request: RedrawRequest, deadline_s: float) -> JobInfo:
    # The same words again are the same job: a second call goes on where the first one stopped waiting.
    key = hashlib.sha256(request.model_dump_json().encode()).hexdigest()[:32]
    asked = await ask_telling(desk, meter, lambda client: client.redraw(request, idempotency_key=key))
    return await wait_for(desk, meter, asked, deadline_s)


async def _draw(desk: ToolDesk, meter: Meter, request: TilesetRequest, deadline_s: float) -> JobInfo | None:
    """Draw the terrains that are words; None where there are none."""
    from pixels_mcp.operations.terrains import drawing_of

    batch = drawing_of(request)
    if batch is None:
        return None
    job = await ask_telling(desk, meter, lambda client: client.submit_batch(batch))
    return await wait_for(desk, meter, job, deadline_s)


def _drawn(request: TilesetRequest, job: JobInfo | None) -> dict[Role, str]:
    """The sprite that each terrain of words becomes."""
    from pixels_mcp.operations.terrains import words_to_draw

    parts = job.parts if job else ()
    return {role: make_sprite_id(part.part_id, 1) for role, part in zip(words_to_draw(request), parts, strict=True)}


def _is_drawn(job: JobInfo) -> bool:
    return job.state in ENDED and all(part.state == "done" for part in job.parts)


def _unfinished(job: JobInfo, drawn: Mapping[Role, str]) -> CallToolResult:
    told = tell(JobReply.of(job, seen=False))
    if job.state not in ENDED:
        words = " and ".join(f'{role} "{sprite_id}"' for role, sprite_id in drawn.items() if sprite_id)
        told["next"] = (
            f"{in_words('', [NextStep('follow_job', job.job_id)], TOOL_PHRASES)}; when the terrains are drawn, "
            f"make_tileset with the same words but {words} makes the set"
        )
    return CallToolResult(content=[text(told)], is_error=job.state in ENDED)


def _require_given(desk: ToolDesk, request: TilesetRequest) -> None:
    from pixels_mcp.operations.terrains import require_given

    require_given(request, desk.library)


def _make_tileset(desk: ToolDesk, request: TilesetRequest, job: JobInfo | None, styled: StyledWords) -> CallToolResult:
    from pixels_mcp.operations.terrains import open_terrains
    from pixels_mcp.operations.tileset_operation import build_tileset

    library = desk.library
    made = build_tileset(request, open_terrains(request, _drawn(request, job), library), library)
    return _answer(made.entry, made.preview(MAP_COLUMNS, MAP_ROWS, request.seed), styled)


def _frames_unfinished(job: JobInfo) -> CallToolResult:
    told = JobReply.of(job, seen=False).model_dump(mode="json", exclude_none=True)
    if job.state not in ENDED:
        told["next"] = (
            f"frames are being drawn: get_status(job_id={job.job_id!r}, wait_s=25) until it is done, then "
            "animate_sprite with the same words goes on"
        )
    return CallToolResult(content=[text(told)], is_error=job.state in ENDED)


def _with_views(words: AnimateWords, desk: ToolDesk) -> StyledWords:
    """The request that was asked for, in the game's style, its files checked against the allowed folders."""
    from pixels_mcp.operations.given_picture import names_sprite

    asked = words.model_dump(exclude_unset=True, exclude=set(WaitingWords.model_fields))
    for facing, given in (words.views.given() if words.views else {}).items():
        if not names_sprite(given):
            asked["views"][facing] = str(desk.roots.find_readable(given))
    return apply_style(asked, desk.game_style(), "animation")


def _clips(desk: ToolDesk, request: AnimateRequest) -> tuple[CharacterClips, dict[str, RedrawRequest]]:
    from pixels_mcp.operations.character_clips import make_clips
    from pixels_mcp.operations.frame_redraws import redraws_of

    clips = make_clips(request, desk.library)
    return clips, redraws_of(clips, desk.library)


def _keep_animation(
    desk: ToolDesk, clips: CharacterClips, redrawn: Mapping[str, Sequence[str]], styled: StyledWords
) -> CallToolResult:
    from pixels_mcp.operations.animation_operation import keep_animation, lay_clips

    made = keep_animation(clips, redrawn, desk.library)
    return _answer(made.entry, lay_clips(made.clips), styled)


def _answer(entry: LibraryEntry, picture: Rgba, styled: StyledWords) -> CallToolResult:
    from pixels_mcp.pixelart.sheets.preview import preview_png

    return CallToolResult(
        content=[text(told_entry(entry) | styled.told()), image(preview_png(picture, max_px=SHOWN_PX_MAX))]
    )


def told_entry(entry: LibraryEntry) -> JsonObject:
    """What an answer says of an entry that was made from others."""
    return tell(KeptReply.of(entry))
