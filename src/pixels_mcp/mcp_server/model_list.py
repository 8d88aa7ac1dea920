"""What can be drawn with, as list_models tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import anyio.to_thread
from mcp.types import CallToolResult
from pydantic import BaseModel, ConfigDict, Field

from pixels_mcp.events import ModelInfo
from pixels_mcp.mcp_server.previews import image
from pixels_mcp.mcp_server.tool import tell, text
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.mcp_server.waiting import Meter, ask_telling
from pixels_mcp.requests import COUNT_MAX

if TYPE_CHECKING:
    from pixels_mcp.exemplars.ramps import Rgba


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelReply(_Reply):
    """One model."""

    name: str
    base: str
    sizes_px: list[tuple[int, int]] = Field(description="Native sizes; an item may be larger (padded), never smaller")
    default: bool = False
    loaded: bool = False
    samplers: list[str] | None = None
    steps: int | None = None
    guidance_scale: float | None = None
    trigger_words: list[str] | None = None
    license: str | None = None
    problem: str | None = None


class LoraReply(_Reply):
    """One LoRA; it works with models of the same base."""

    name: str
    base: str
    trigger_words: list[str] | None = None
    license: str | None = None
    problem: str | None = None


class DrawableReply(_Reply):
    """A thing that the embedded model draws well."""

    word: str
    kind: str
    pictures: int
    styles: list[str] | None = None
    sizes_px: list[int] | None = None


class ModelList(_Reply):
    """Everything that a request may name; of a query what can be drawn."""

    models: list[ModelReply] = []
    loras: list[LoraReply] = []
    palettes: list[str] = []
    count_max: int = COUNT_MAX
    styles: list[str] | None = Field(default=None, description="Looks that mini knows by name")
    kinds: list[str] | None = Field(default=None, description="Kinds of things that mini draws")
    drawable: list[DrawableReply] | None = Field(default=None, description="Of a query: what mini can draw")
    next: str | None = None


async def find_drawable(query: str) -> CallToolResult:
    """Search what the embedded model can draw, and show it; all of it lies in this package, no worker is asked."""
    return await anyio.to_thread.run_sync(_search, query)


def _search(query: str) -> CallToolResult:
    from pixels_mcp.exemplars.drawable import drawable_kinds, drawable_styles, picture_of, search_drawable
    from pixels_mcp.exemplars.understanding import words_near

    drawable = search_drawable(query)
    replies = [
        DrawableReply(
            word=thing.word,
            kind=thing.kinds[0],
            pictures=thing.pictures,
            styles=list(thing.styles) or None,
            sizes_px=list(thing.sides_px),
        )
        for thing in drawable
    ]
    near = ", ".join(words_near(query)) or "a kind"
    step = "use such a word in a prompt" if replies else f"nothing is near; try {near}"
    told = ModelList(styles=list(drawable_styles()) or None, kinds=list(drawable_kinds()), drawable=replies, next=step)
    return _shown(told, {thing.word: picture_of(thing) for thing in drawable})


def _shown(told: ModelList, pictures: Mapping[str, Rgba]) -> CallToolResult:
    """The answer, and one sheet of pictures with their words under them."""
    from pixels_mcp.pictures.small_preview import draw_preview

    sheet = [image(draw_preview(list(pictures.values()), list(pictures)))] if pictures else []
    return CallToolResult(content=[text(tell(told)), *sheet])


async def list_everything(desk: ToolDesk, meter: Meter) -> CallToolResult:
    """Ask the worker for models, add the palettes, and show the looks that can be asked for by name.

    Raises:
        PixelsError: As the worker, or the way to it, gave it.
    """
    models = await ask_telling(desk, meter, lambda client: client.models())
    return await anyio.to_thread.run_sync(_tell, models)


def _tell(models: list[ModelInfo]) -> CallToolResult:
    from pixels_mcp.exemplars.drawable import drawable_kinds, drawable_styles, style_pictures
    from pixels_mcp.pixelart.colors.palettes import palette_names

    told = ModelList(
        styles=list(drawable_styles()) or None,
        kinds=list(drawable_kinds()),
        next="a `query` (a thing, a kind, a style) searches what mini can draw",
        models=[_model(model) for model in models if model.kind == "checkpoint"],
        loras=[_lora(model) for model in models if model.kind == "lora"],
        palettes=palette_names(),
    )
    return _shown(told, style_pictures())


def _model(model: ModelInfo) -> ModelReply:
    return ModelReply(
        name=model.name,
        base=model.base,
        sizes_px=list(model.native_sizes_px),
        default=model.default,
        loaded=model.loaded,
        samplers=list(model.samplers) or None,
        steps=model.steps,
        guidance_scale=model.guidance_scale,
        trigger_words=list(model.trigger_words) or None,
        license=model.license,
        problem=model.problem,
    )


def _lora(model: ModelInfo) -> LoraReply:
    return LoraReply(
        name=model.name,
        base=model.base,
        trigger_words=list(model.trigger_words) or None,
        license=model.license,
        problem=model.problem,
    )
