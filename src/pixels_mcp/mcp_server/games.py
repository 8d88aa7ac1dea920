"""Tools about the game: deploy_to_bevy and view_game."""

from __future__ import annotations

from typing import Any

import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field

from pixels_mcp.bevy.results import DeployResult
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.mcp_server.previews import image
from pixels_mcp.mcp_server.tool import PixelsTool, make_tool, text
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.mcp_server.viewing import READS
from pixels_mcp.mcp_server.waiting import Meter, telling
from pixels_mcp.requests import DeployRequest, PathText

DEPLOYS = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)

DEPLOY = """\
Put a finished sprite into the Bevy game's assets folder as NAME.png and NAME.sprite.ron; a running game that watches \
its assets shows it at once. Answers with the files, their sha256, and `state`: confirmed (the game says that it shows \
exactly these pixels), unconfirmed (the files stand; `cause` and `next` say why no game answered), unchanged, dry_run. \
Takes at most a few seconds.
A name that another file has is an error, unless on_conflict says replace or rename. Replacing a sprite that the game \
shows swaps it live: deploy the new one under the same `name` with on_conflict "replace". Only folders that the person \
named are touched. In Rust: PixelSprite::new("sprites/NAME.sprite.ron") with the crate bevy_pixels_mcp, or load the \
PNG."""

VIEW_GAME = """\
See the running Bevy game: a picture of its window, and where each sprite stands on it (sheet, frame, rectangle in \
pixels). Look after deploy_to_bevy to judge a sprite in its place. The game must run in a window with the crate \
bevy_pixels_mcp and its feature "screenshot"; if it does not, the answer says what to do. Takes up to 12 seconds."""

SPRITES_TOLD_MAX = 60
_VIEW_PX_MAX, _VIEW_BYTES_MAX = 1_024, 300_000


class GameWords(BaseModel):
    """Arguments of view_game."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    project: PathText | None = Field(
        default=None, description="The Bevy project's folder; the folder that the server was started for"
    )


def game_tools(desk: ToolDesk) -> list[PixelsTool[Any]]:
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

    def picture(words: GameWords) -> CallToolResult:
        from pixels_mcp.bevy.screenshot import view_game as take
        from pixels_mcp.pixelart.pictures import open_picture
        from pixels_mcp.pixelart.sheets.preview import preview_png

        project = words.project or next(map(str, desk.roots.projects), None)
        if project is None:
            raise InvalidArgumentError("project: no game was named", hint="name the game's folder as `project`")
        view = take(project, desk.roots.projects)
        told = view.model_dump(mode="json", exclude={"sprites"})
        told["sprites"] = [
            one.model_dump(mode="json", exclude_defaults=True) for one in view.sprites[:SPRITES_TOLD_MAX]
        ]
        if len(view.sprites) > SPRITES_TOLD_MAX:
            told["sprites_not_told"] = len(view.sprites) - SPRITES_TOLD_MAX
        shown = preview_png(open_picture(view.path), min_px=1, max_px=_VIEW_PX_MAX, max_bytes=_VIEW_BYTES_MAX)
        return CallToolResult(content=[text(told), image(shown)])

    async def view_game(words: GameWords, context: Context) -> CallToolResult:
        return await telling(
            Meter(context),
            "asking the game for a picture",
            lambda: anyio.to_thread.run_sync(picture, words, abandon_on_cancel=True),
        )

    return [
        make_tool(
            "view_game",
            title="See the running game",
            description=VIEW_GAME,
            words=GameWords,
            body=view_game,
            annotations=READS,
        ),
        make_tool(
            "deploy_to_bevy",
            title="Put a sprite into the game",
            description=DEPLOY,
            words=DeployRequest,
            body=deploy_to_bevy,
            annotations=DEPLOYS,
        ),
    ]
