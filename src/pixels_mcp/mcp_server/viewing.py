"""Tools that show: view_sprite, at any time, without the worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from pixels_mcp.events import SpriteInfo
from pixels_mcp.mcp_server.previews import SHOWN_MAX, preview_of
from pixels_mcp.mcp_server.replies import FULL_PARTS_MAX, SpriteReply
from pixels_mcp.mcp_server.tool import PixelsTool, make_tool, tell, text
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.requests import SPRITE_ID_PATTERN
from pixels_mcp.standing import describe_doubt

READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)

VIEW = """\
Look at finished sprites again: one alone and large, or up to 64 side by side on one sheet with their ids, to \
compare variants or judge a set, also those of earlier days. Answers with their paths and measured facts too."""


def _doubt(sprites: Sequence[SpriteInfo]) -> dict[str, str]:
    """What is said first where a sprite is unlikely to be what was asked."""
    doubtful = {sprite.sprite_id: doubt for sprite in sprites if (doubt := describe_doubt(sprite))}
    if not doubtful:
        return {}
    return {"confidence": "low", "warning": "; ".join(f"{one}: {doubt}" for one, doubt in doubtful.items())[:2_000]}


class ViewWords(BaseModel):
    """Arguments of view_sprite."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sprite_ids: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=SPRITE_ID_PATTERN)], ...],
        BeforeValidator(lambda ids: [ids] if isinstance(ids, str) else ids),
    ] = Field(min_length=1, max_length=SHOWN_MAX, description='For example ["ruby-potion-0007.1"]')


def viewing_tools(desk: ToolDesk) -> list[PixelsTool[Any]]:
    """The tools of this file."""

    def look(words: ViewWords) -> CallToolResult:
        library = desk.library
        sprites = [library.get(sprite_id) for sprite_id in words.sprite_ids]
        told = [SpriteReply.of(sprite, brief=len(sprites) > FULL_PARTS_MAX) for sprite in sprites]
        content = {**_doubt(sprites), "sprites": [tell(one) for one in told]}
        return CallToolResult(content=[text(content), preview_of(sprites)])

    async def view(words: ViewWords, context: Context) -> CallToolResult:  # noqa: ARG001  # bodies are called alike
        return await anyio.to_thread.run_sync(look, words)

    return [
        make_tool(
            "view_sprite", title="Look at sprites", description=VIEW, words=ViewWords, body=view, annotations=READS
        )
    ]
