"""The gallery in the chat: a page (MCP App) that hosts show beside the answers of tools that make or show sprites.

Hosts without apps lose nothing: the same answers are whole as text and picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Any

import anyio.to_thread
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID
from mcp.server.mcpserver import Context
from mcp.types import Resource, ResourceTemplate, Tool

from pixels_mcp.errors import UnknownSpriteError
from pixels_mcp.mcp_server.parts import ServedResource, ServedTemplate, ServerParts
from pixels_mcp.mcp_server.tool import PixelsTool
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.next_steps import NextStep

GALLERY_URI = "ui://pixels/gallery.html"
PIXELS_URI = "sprite://{sprite_id}/pixels.png"
SHOWN_IN_GALLERY = frozenset(
    {
        "generate_sprite",
        "batch_generate",
        "view_sprite",
        "animate_sprite",
        "get_status",
        "edit_sprite",
        "find_sprites",
        "import_sprite",
    }
)
"""Tools whose answers list sprites."""

_META: dict[str, Any] = {
    "ui": {"resourceUri": GALLERY_URI, "visibility": ["model", "app"]},
    "ui/resourceUri": GALLERY_URI,  # as some hosts read it
}


def with_gallery(parts: ServerParts, desk: ToolDesk) -> ServerParts:
    """The same parts with the page, the pictures that it shows, and the tools that it is shown beside."""

    async def read_page(_: Context[Any, Any]) -> str:
        return files("pixels_mcp.mcp_server.gallery").joinpath("gallery.html").read_text("utf-8")

    async def read_pixels(names: Mapping[str, str], _: Context[Any, Any]) -> bytes:
        return await anyio.to_thread.run_sync(_pixels_of, desk, names["sprite_id"])

    page = Resource(
        uri=GALLERY_URI,
        name="gallery",
        title="Sprites",
        description="Shows sprites at whole zoom, plays animations, deploys after a click",
        mime_type=APP_MIME_TYPE,
        _meta={"ui": {"prefersBorder": False}},
    )
    pixels = ResourceTemplate(
        uri_template=PIXELS_URI,
        name="pixels",
        description="A sprite's own pixels, not enlarged",
        mime_type="image/png",
    )
    return replace(
        parts,
        tools=[_shown(tool) for tool in parts.tools],
        resources=[*parts.resources, ServedResource(page, read_page)],
        templates=[*parts.templates, ServedTemplate(pixels, read_pixels)],
        extensions={**parts.extensions, EXTENSION_ID: {}},
    )


def without_app(tool: Tool) -> Tool:
    """A tool as a host is told of it that shows no apps."""
    meta = {key: value for key, value in (tool.meta or {}).items() if key not in _META}
    return tool.model_copy(update={"meta": meta or None})


def _shown(tool: PixelsTool[Any]) -> PixelsTool[Any]:
    return replace(tool, meta={**(tool.meta or {}), **_META}) if tool.name in SHOWN_IN_GALLERY else tool


def _pixels_of(desk: ToolDesk, sprite_id: str) -> bytes:
    from pathlib import Path

    sprite = desk.library.get(sprite_id)
    try:
        return Path(sprite.path).read_bytes()
    except OSError as error:
        raise UnknownSpriteError(
            f"the file of {sprite_id} cannot be read: {error.strerror}", steps=[NextStep("list_sprites")]
        ) from error
