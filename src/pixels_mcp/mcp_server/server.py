"""The MCP server: `build_server` puts the tools together, `serve_stdio` runs it for one client."""

from __future__ import annotations

from mcp.server import CacheHint, MCPServer

from pixels_mcp import __version__
from pixels_mcp.mcp_server.asking import asking_tools
from pixels_mcp.mcp_server.desk import Desk
from pixels_mcp.mcp_server.drawing import drawing_tools
from pixels_mcp.mcp_server.families import family_tools
from pixels_mcp.mcp_server.games import game_tools
from pixels_mcp.mcp_server.pictures import picture_tools
from pixels_mcp.mcp_server.viewing import viewing_tools

INSTRUCTIONS = """\
pixels-mcp draws game sprites on this machine (no cloud, no key) as true pixel art, keeps each with its recipe, and \
puts it into a running Bevy game.

The usual way: generate_sprite -> look at the picture in the answer -> deploy_to_bevy -> the game shows it at once. \
For a set that belongs together use batch_generate with one `style` and one `palette`; for ground that meets without \
a seam make_tileset, for a sprite that moves animate_sprite.

- Ids are handles: job_id (ruby-potion-0007), sprite_id (ruby-potion-0007.1). They stay valid across restarts.
- A wait that ends before the job does is no error: the job goes on. Follow the answer's `next` (get_status with \
wait_s); asking for the same sprite again would draw it twice.
- Answers carry measured facts (size, colors, on_grid, alpha_levels, bounding_box): check them before you say that a \
sprite is right.
- Short prompts of plain nouns work best: "a ruby potion", "a stone floor", "an iron helmet". State size, palette \
and transparency with the arguments, not in the prompt.
- Every argument has its effect or is refused; errors say what to do next."""


def build_server(desk: Desk) -> MCPServer:
    """Put the tools together.

    Args:
        desk: What the tools share.
    """
    return MCPServer(
        "pixels-mcp",
        title="Pixels",
        version=__version__,
        instructions=INSTRUCTIONS,
        tools=[
            *drawing_tools(desk),
            *family_tools(desk),
            *viewing_tools(desk),
            *game_tools(desk),
            *picture_tools(desk),
            *asking_tools(desk),
        ],
        cache_hints={"tools/list": CacheHint(ttl_ms=3_600_000, scope="public")},
        log_level="WARNING",
    )
