"""Tools about the game: deploy_to_bevy and view_game."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict

import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.bevy.results import DeployResult
from pixels_mcp.bevy.sheets import SheetRequest
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.mcp_server.previews import image
from pixels_mcp.mcp_server.tool import PixelsTool, make_tool, tell, text
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.mcp_server.viewing import READS
from pixels_mcp.mcp_server.waiting import Meter, telling
from pixels_mcp.requests import SPRITE_ID_PATTERN, DeployRequest, PathText
from pixels_mcp.standing import describe_doubts
from pixels_mcp.told_apart import JsonObject, Words

if TYPE_CHECKING:
    from pixels_mcp.bevy.screenshot import SpriteOnScreen

DEPLOYS = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)

DEPLOY = """\
Put finished sprites, animations or your own art into the Bevy game's assets folder as NAME.png and NAME.sprite.ron; a \
running game shows them at once. One by sprite_id, several by sprite_ids (all or none); with `animation` they become \
the frames of one sheet; an animation brings its clips along, a tileset becomes NAME.tileset.ron for the crate's \
PixelTilemap (feature "tilemap"). Answers with the files and `state`: confirmed (the game shows these pixels), \
unconfirmed (`cause` says why), unchanged, dry_run, removed. A name that another file has is an error, unless \
on_conflict says replace (swaps it live) or rename. `undo`, `redo` and `remove` take such a NAME. Example: \
{"sprite_ids": ["ruby-potion-0007.1", "knight-0012.1"]}."""

VIEW_GAME = """\
See the running Bevy game: a picture of its window, where each sprite stands on it (frame, rectangle in pixels), \
by sheet, the highest first, and where each map lies. Look after deploy_to_bevy to judge a sprite in its place. The \
game needs a window and the crate bevy_pixels_mcp with "screenshot"; else the answer says what to do. Takes up to 12 \
seconds."""

SPRITES_TOLD_MAX = 60
PLACES_TOLD_MAX = 4
"""Of one sheet, where many sprites use it (the tiles of a ground)."""
_VIEW_PX_MAX = 1_024
_BRIEF_FROM = 5
"""Of so many results at once only the essentials are told."""

_WAYS = ("undo", "redo", "remove")
_SHEET_WORDS = ("animation", "frame_ms", "play", "pivot", "tile")


class GameWords(BaseModel):
    """Arguments of view_game."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    project: PathText | None = Field(
        default=None, description="The game's folder; the one that the server was started for"
    )


SpriteId = Annotated[str, StringConstraints(pattern=SPRITE_ID_PATTERN)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Side = Annotated[int, Field(ge=1, le=8_192)]


class DeployWords(BaseModel):
    """Arguments of deploy_to_bevy."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    sprite_id: SpriteId | None = Field(default=None, description="The sprite")
    sprite_ids: tuple[SpriteId, ...] = Field(default=(), max_length=256, description="Or several, of one game")
    project: PathText | None = Field(
        default=None, description="The game's folder; the one that the server was started for"
    )
    name: str | None = Field(default=None, description="File name without ending, for one; the sprite's own name")
    on_conflict: Literal["error", "replace", "rename"] = Field(
        default="error", description="What to do when another file has that name"
    )
    dry_run: bool = Field(default=False, description="Say what would be written, write nothing")
    animation: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = Field(
        default=None, description="Make one sheet of sprite_ids, with an animation of this name"
    )
    frame_ms: int | None = Field(default=None, ge=1, le=60_000, description="Of a sheet: how long a frame is shown")
    play: Literal["Loop", "Once", "PingPong"] | None = Field(default=None, description="Of a sheet: after the last one")
    pivot: tuple[Share, Share] | None = Field(
        default=None, description="Of a sheet: the point at the entity's position, 0 to 1, y down; the centre"
    )
    tile: tuple[Side, Side] | None = Field(
        default=None, description="The one sprite is a sheet itself, of frames of this width and height"
    )
    undo: str | None = Field(default=None, description="A deployed name: bring back what stood there before")
    redo: str | None = Field(default=None, description="A deployed name: take the undo back")
    remove: str | None = Field(default=None, description="A deployed name: take it out of the game")

    @property
    def ids(self) -> tuple[str, ...]:
        """All that is named, each once."""
        return tuple(dict.fromkeys([*filter(None, (self.sprite_id,)), *self.sprite_ids]))

    def given(self, names: Sequence[str]) -> Words:
        """Those of these words that were given."""
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    @model_validator(mode="after")
    def _says_one_thing(self) -> DeployWords:
        ways = list(self.given(_WAYS))
        if len(ways) + bool(self.ids) != 1:
            raise ValueError("give sprite_id or sprite_ids, or a name in one of undo, redo and remove")
        sheet = list(self.given(_SHEET_WORDS))
        if ways and (sheet or self.name or self.dry_run or "on_conflict" in self.model_fields_set):
            raise ValueError(f"{ways[0]} takes a name and nothing else but project")
        if self.name and len(self.ids) > 1 and not sheet:
            raise ValueError(f"one name for {len(self.ids)} sprites: leave it out, or make a sheet with `animation`")
        return self


class DeployedReply(BaseModel):
    """Several results: each for itself, and how many are where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    states: dict[str, int]
    results: list[JsonObject]
    next: str | None = None


def game_tools(desk: ToolDesk) -> list[PixelsTool[Any]]:
    """The tools of this file."""

    def put(words: DeployWords) -> CallToolResult:
        results = _deploy(desk, words)
        told = tell(results[0] if len(results) == 1 else _several(results))
        doubt = describe_doubts([desk.library.get(sprite_id) for sprite_id in words.ids])
        return CallToolResult(content=[text({**({"confidence": "low", "warning": doubt} if doubt else {}), **told})])

    async def deploy_to_bevy(words: DeployWords, context: Context) -> CallToolResult:
        return await telling(
            Meter(context),
            "putting it into the game",
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
        told = view.model_dump(mode="json", exclude={"sprites": True, "tilemaps": {"__all__": {"terrain", "tiles"}}})
        told["sprites_count"] = len(view.sprites)
        told["sheets"] = by_sheet(view.sprites)
        shown = preview_png(open_picture(view.path), min_px=1, max_px=_VIEW_PX_MAX)
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
            words=DeployWords,
            body=deploy_to_bevy,
            annotations=DEPLOYS,
        ),
    ]


def _deploy(desk: ToolDesk, words: DeployWords) -> list[DeployResult]:
    from pixels_mcp.bevy import undo as history
    from pixels_mcp.bevy.deploy import deploy_each, deploy_sheet

    roots = desk.roots.projects
    game = words.project or next(map(str, roots), None)
    if ways := words.given(_WAYS):
        if game is None:
            raise InvalidArgumentError("project: no game was named", hint="name the game's folder as `project`")
        ((way, name),) = ways.items()
        return [{"undo": history.undo, "redo": history.redo, "remove": history.remove}[way](game, name, roots)]
    shared = {"project": game, **words.given(("name",)), "on_conflict": words.on_conflict, "dry_run": words.dry_run}
    if sheet := words.given(_SHEET_WORDS):
        request = parse_request(SheetRequest, {**shared, **sheet, "sprite_ids": words.ids})
        return [deploy_sheet(desk.library, request, roots)]
    from pixels_mcp.operations.exports.export_deployed import export_deployed

    requests = [parse_request(DeployRequest, {**shared, "sprite_id": sprite_id}) for sprite_id in words.ids]
    return export_deployed(deploy_each(desk.library, requests, roots), desk.library)


def _several(results: Sequence[DeployResult]) -> DeployedReply:
    told = [tell(result) for result in results]
    advice = list(dict.fromkeys(one["next"] for one in told if one.get("next")))
    if len(told) >= _BRIEF_FROM:
        brief = ("name", "state", "asset", "sprite_ids", "notes")
        told = [{key: one[key] for key in brief if one.get(key)} for one in told]
    else:
        told = [{key: value for key, value in one.items() if key not in ("next", "project")} for one in told]
    states = Counter(result.state for result in results)
    return DeployedReply(states=dict(states), results=told, next="; ".join(advice[:3]) or None)


class SheetOnScreen(TypedDict):
    """What stands on the screen of one sheet: how many, the highest z, and the places of the highest few."""

    sheet: str
    count: int
    highest_z: float
    places: list[JsonObject]


def by_sheet(sprites: Sequence[SpriteOnScreen]) -> list[SheetOnScreen]:
    """What stands on the screen, by the sheet that it is drawn from; what stands above the others first."""
    of_sheet: dict[str, list[SpriteOnScreen]] = {}
    for sprite in sorted(sprites, key=lambda one: -one.z):
        of_sheet.setdefault(sprite.sheet, []).append(sprite)
    told: list[SheetOnScreen] = []
    left = SPRITES_TOLD_MAX
    for sheet, members in of_sheet.items():
        shown = members[: min(PLACES_TOLD_MAX, left)]
        left -= len(shown)
        places = [one.model_dump(mode="json", exclude_defaults=True, exclude={"sheet"}) for one in shown]
        told.append({"sheet": sheet, "count": len(members), "highest_z": members[0].z, "places": places})
    return told
