"""The MCP server: `build_server` puts its parts together; `serve_stdio` runs it for one client.

It stands on the SDK's low-level `Server`: `MCPServer` ignores unknown arguments, words its own errors, takes no streams
and has no place for `resources/subscribe`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import anyio.to_thread
from mcp.server import CacheHint, Server
from mcp.server.subscriptions import ListenHandler

from pixels_mcp import __version__
from pixels_mcp.mcp_server.asking import asking_tools
from pixels_mcp.mcp_server.dataset_tools import dataset_tools
from pixels_mcp.mcp_server.drawing_tools.drawing import drawing_tools
from pixels_mcp.mcp_server.drawing_tools.editing import editing_tools
from pixels_mcp.mcp_server.drawing_tools.families import family_tools
from pixels_mcp.mcp_server.gallery.gallery_app import with_gallery
from pixels_mcp.mcp_server.games import game_tools
from pixels_mcp.mcp_server.handlers import Handlers
from pixels_mcp.mcp_server.library_tools.finding import finding_tools
from pixels_mcp.mcp_server.library_tools.importing_tool import importing_tools
from pixels_mcp.mcp_server.parts import ServerParts
from pixels_mcp.mcp_server.picture_tools import picture_tools
from pixels_mcp.mcp_server.resources.completing import completion
from pixels_mcp.mcp_server.resources.guides import guides
from pixels_mcp.mcp_server.resources.job_watch import tell_of_jobs
from pixels_mcp.mcp_server.resources.library_resources import templates
from pixels_mcp.mcp_server.resources.ready_prompts import ready_prompts
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.mcp_server.transports.audit import AuditLog
from pixels_mcp.mcp_server.viewing import viewing_tools
from pixels_mcp.mcp_server.workflow_tools.workflow_tool import workflow_tools

INSTRUCTIONS = """\
pixels-mcp draws game sprites on this machine (no cloud, no key) as true pixel art, keeps each with its recipe, and \
puts it into a running Bevy game.

The usual way: generate_sprite -> look at the picture in the answer -> deploy_to_bevy -> the game shows it at once. \
For a set that belongs together use batch_generate with one `style` and one `palette`; for ground that meets without \
a seam make_tileset, for a sprite that moves animate_sprite, to change a finished one edit_sprite.

- Ids are handles: job_id (ruby-potion-0007), sprite_id (ruby-potion-0007.1). They stay valid across restarts.
- A wait that ends before the job does is no error: the job goes on. Follow the answer's `next` (get_status with \
wait_s); asking for the same sprite again would draw it twice.
- Answers carry measured facts (size, colors, on_grid, alpha_levels, bounding_box): check them before you say that a \
sprite is right.
- Draw what the model knows by words, sketch the rest: short prompts of plain nouns work best ("a ruby potion", "a \
stone floor"); list_models with a query says what is known. What is not, or comes with confidence low, sketch in \
letters with import_sprite and redraw that. State size, palette and transparency with the arguments.
- Every argument has its effect or is refused; errors say what to do next."""

THREADS_MAX = 128
"""Calls that wait for the worker or work on pictures at once; a wait holds a thread for a second at a time."""
_CLOSING_S = 1.0
"""A call that still waits for the worker must not hold up the end."""


def build_server(desk: ToolDesk, parts: ServerParts | None = None, *, read_only: bool = False) -> Server[ToolDesk]:
    """Put a server together; every transport runs what this makes.

    Args:
        desk: What the tools share; closed when the server ends.
        parts: What is offered; by default all of pixels-mcp.
        read_only: Leave out every tool that changes anything.
    """
    parts = parts or with_gallery(pixels_parts(desk), desk)
    if read_only:
        parts = parts.reading_only()
    handlers = Handlers(parts, AuditLog(desk.paths.audit_file))

    @asynccontextmanager
    async def live(_: Server[ToolDesk]) -> AsyncGenerator[ToolDesk]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS_MAX
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(tell_of_jobs, desk)
                yield desk
                tasks.cancel_scope.cancel()
        finally:
            with anyio.move_on_after(_CLOSING_S, shield=True):
                await anyio.to_thread.run_sync(desk.close, abandon_on_cancel=True)

    server = Server[ToolDesk](
        "pixels-mcp",
        title="Pixels",
        version=__version__,
        instructions=INSTRUCTIONS,
        cache_hints={"tools/list": CacheHint(ttl_ms=3_600_000, scope="private")},
        lifespan=live,
        get_tool_input_schema=handlers.input_schema,
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_resources=handlers.list_resources,
        on_list_resource_templates=handlers.list_templates,
        on_read_resource=handlers.read_resource,
        on_subscribe_resource=desk.updates.subscribe,
        on_unsubscribe_resource=desk.updates.unsubscribe,
        on_subscriptions_listen=ListenHandler(desk.updates.bus),
        on_list_prompts=handlers.list_prompts,
        on_get_prompt=handlers.get_prompt,
        on_completion=handlers.complete,
    )
    server.extensions.update(parts.extensions)
    return server


def pixels_parts(desk: ToolDesk) -> ServerParts:
    """All that pixels-mcp offers."""
    return ServerParts(
        tools=[
            *drawing_tools(desk),
            *family_tools(desk),
            *workflow_tools(desk),
            *editing_tools(desk),
            *importing_tools(desk),
            *finding_tools(desk),
            *viewing_tools(desk),
            *game_tools(desk),
            *picture_tools(desk),
            *asking_tools(desk),
            *dataset_tools(desk),
        ],
        resources=guides(desk),
        templates=templates(desk),
        prompts=ready_prompts(),
        complete=completion(desk),
    )
