"""Tools about the game: deploy_to_bevy."""

from __future__ import annotations

from typing import Any

import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.types import ToolAnnotations

from pixels_mcp.bevy.results import DeployResult
from pixels_mcp.mcp_server.desk import Desk
from pixels_mcp.mcp_server.tool import PixelsTool, make_tool
from pixels_mcp.mcp_server.waiting import Meter, telling
from pixels_mcp.requests import DeployRequest

DEPLOYS = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)

DEPLOY = """\
Put a finished sprite into the Bevy game's assets folder as NAME.png and NAME.sprite.ron; a running game that watches \
its assets shows it at once. Answers with the files, their sha256, and `state`: confirmed (the game says that it shows \
exactly these pixels), unconfirmed (the files stand; `cause` and `next` say why no game answered), unchanged, dry_run. \
Takes at most a few seconds.
A name that another file has is an error, unless on_conflict says replace or rename. Replacing a sprite that the game \
shows swaps it live: deploy the new one under the same `name` with on_conflict "replace". Only folders that the person \
named are touched. In Rust: PixelSprite::new("sprites/NAME.sprite.ron") with the crate bevy_pixels, or load the PNG."""


def game_tools(desk: Desk) -> list[PixelsTool[Any]]:
    """The tools of this file."""

    def put(words: DeployRequest) -> DeployResult:
        from pixels_mcp.bevy.deploy import deploy

        return deploy(desk.library, words, desk.roots.projects, default_project=next(iter(desk.roots.projects), None))

    async def deploy_to_bevy(words: DeployRequest, context: Context) -> DeployResult:
        return await telling(
            Meter(context),
            "putting the sprite into the game",
            lambda: anyio.to_thread.run_sync(put, words, abandon_on_cancel=True),
        )

    return [
        make_tool(
            "deploy_to_bevy",
            title="Put a sprite into the game",
            description=DEPLOY,
            words=DeployRequest,
            body=deploy_to_bevy,
            annotations=DEPLOYS,
            answer=DeployResult,
        )
    ]
