"""Short guides, and the lists of palettes, models and workflows, as resources."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.types import Resource

from pixels_mcp.events import ModelInfo
from pixels_mcp.mcp_server.parts import Content, ServedResource
from pixels_mcp.mcp_server.workflow_tools.known_workflows import told_workflows
from pixels_mcp.told_apart import JsonObject

if TYPE_CHECKING:
    from pixels_mcp.mcp_server.tool_desk import ToolDesk

SKETCHING = """\
# Sketching a sprite in letters

1. Take 16 x 16 (32 x 32 for a figure with a face) and 4 to 12 colors: a dark outline that is no black (#1a1423), \
for each material a shade, the color itself and a light, one bright spot.
2. Light comes from above left: light on top and left edges, shade below and right.
3. Fill the canvas to a margin of one pixel; the silhouette alone must say what it is.
4. import_sprite with `rows`, `legend`, `name`; look at the picture that comes back; change rows and import again.
5. generate_sprite with its sprite_id as `reference`, the thing as `prompt` and strength 0.15 to 0.25 gives it the \
model's finish; below 0.2 the drawing stays yours. Keep the better one with choose_sprites.
6. Frames of an animation are `frames`: the same drawing, moved by whole pixels. For a walk, let animate_sprite do it.
"""

SETS = """\
# A set that belongs together

1. list_models with a `query` for each thing that you are not sure of; what is unknown is sketched (see the guide on \
sketching).
2. batch_generate with all items, one `palette` (sweetie-16 and pico-8 are good for items), one `style`, one size.
3. Look at the sheet. Items with confidence low first: near words, a sketch, a reference.
4. One item anew: generate_sprite with `like` its sprite_id and another `seed` or prompt.
5. choose_sprites keeps and rates; deploy_to_bevy with `sprite_ids` puts all of them into the game at once.
Ground: make_tileset (upper and lower as words, sprite_ids or your own tiles); sets chain by sharing a terrain.
"""

BEVY = """\
# Into a Bevy game

deploy_to_bevy writes assets/sprites/NAME.png and NAME.sprite.ron; with the crate bevy_pixels_mcp and Bevy's \
feature file_watcher the running game shows it at once:

    commands.spawn(PixelSprite::new("sprites/hero.sprite.ron"));

`state: confirmed` means that the game shows exactly these pixels; `unconfirmed` names the `cause`. `on_conflict` \
"replace" swaps a sprite live; `undo`, `redo` and `remove` take a name. view_game shows the window.
"""


PALETTES = """\
# Palettes

`palette` takes a name of pixels://palettes, or 2 to 256 colors in a row: "#1a1c2c,#5d275d,#b13e53". One palette in \
a whole game is what makes its sprites belong together: sweetie-16 and pico-8 suit items and people, game-boy a \
handheld look. Each color is replaced by the nearest; `palette_by` "hue" keeps a ground's hue instead. A finished \
sprite gets another palette with edit_sprite, operation recolor. palette://NAME is one palette.
"""

MODELS = """\
# Models

list_models says what is installed, each with sizes, steps and trigger words; the one marked default draws where \
`model` is left out. mini comes along and takes seconds on a processor: 16 and 32 px, things that it knows by \
name (list_models with a query). SDXL models draw anything, larger and slower; the person can get more. `loras` \
go with models of their base, and want their trigger word in the prompt. model://NAME is one of them.
"""

WORKFLOWS = """\
# Workflows

A workflow is a file of steps: draws, tilesets, animations, edits, each with the results of those before. run_workflow \
without `workflow` lists them with their inputs; with dry_run true it tells what a run would take. It goes on where it \
broke, and draws nothing twice. The person's own lie in the game's folder `workflows`; workflow://NAME is a file to \
begin from.
"""


def guides(desk: ToolDesk) -> list[ServedResource]:
    """Resources with an address of their own."""

    async def palettes(_: Context[Any, Any]) -> Content:
        return await anyio.to_thread.run_sync(_palettes)

    async def models(_: Context[Any, Any]) -> Content:
        known = await desk.ask(lambda client: client.models())
        return _json([told_model(one) for one in known])

    async def workflows(_: Context[Any, Any]) -> Content:
        return _json(await anyio.to_thread.run_sync(told_workflows, desk))

    return [
        _guide("sketching", "How to draw a sprite in letters", SKETCHING),
        _guide("sets", "How to make a set that belongs together", SETS),
        _guide("bevy", "How a sprite comes into a game", BEVY),
        _guide("palettes", "How colors are asked for", PALETTES),
        _guide("models", "Which model draws what", MODELS),
        _guide("workflows", "How steps are chained in a file", WORKFLOWS),
        _resource("pixels://palettes", "palettes", "Every palette with its colors", "application/json", palettes),
        _resource("pixels://models", "models", "Installed models and LoRAs", "application/json", models),
        _resource("pixels://workflows", "workflows", "Workflows with their inputs", "application/json", workflows),
    ]


def told_model(model: ModelInfo) -> JsonObject:
    """A model as resources tell it: without where it lies."""
    return model.model_dump(mode="json", exclude_none=True, exclude={"path", "sha256"})


def _guide(name: str, description: str, text: str) -> ServedResource:
    async def read(_: Context[Any, Any]) -> Content:
        return text

    return _resource(f"pixels://guide/{name}", f"guide-{name}", description, "text/markdown", read)


def _resource(
    uri: str, name: str, description: str, mime_type: str, read: Callable[[Context[Any, Any]], Awaitable[Content]]
) -> ServedResource:
    return ServedResource(Resource(uri=uri, name=name, description=description, mime_type=mime_type), read)


def _palettes() -> str:
    from pixels_mcp.pixelart.colors.palettes import load_palette, palette_names

    return _json({name: list(load_palette(name, allow_files=False).hex_codes) for name in palette_names()})


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=True, separators=(",", ":"))
