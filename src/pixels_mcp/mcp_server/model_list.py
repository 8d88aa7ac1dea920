"""What can be drawn with, as list_models tells it."""

from __future__ import annotations

import anyio.to_thread
from pydantic import BaseModel, ConfigDict, Field

from pixels_mcp.events import ModelInfo
from pixels_mcp.mcp_server.tool_desk import ToolDesk
from pixels_mcp.mcp_server.waiting import Meter, ask_telling
from pixels_mcp.requests import COUNT_MAX


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelReply(_Reply):
    """One model."""

    name: str
    base: str
    sizes_px: list[tuple[int, int]] = Field(description="Native sizes; an item may be larger (padded), never smaller")
    default: bool = False
    loaded: bool = False
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


async def find_drawable(query: str) -> ModelList:
    """Search what the embedded model can draw; the words lie in this package, no worker is asked."""
    return await anyio.to_thread.run_sync(_search, query)


def _search(query: str) -> ModelList:
    from pixels_mcp.exemplars.drawable import drawable_kinds, drawable_styles, search_drawable
    from pixels_mcp.exemplars.understanding import words_near

    things = [
        DrawableReply(
            word=thing.word,
            kind=thing.kinds[0],
            pictures=thing.pictures,
            styles=list(thing.styles) or None,
            sizes_px=list(thing.sides_px),
        )
        for thing in search_drawable(query)
    ]
    near = ", ".join(words_near(query)) or "a kind"
    step = "use such a word in a prompt" if things else f"nothing is near; try {near}"
    return ModelList(styles=list(drawable_styles()) or None, kinds=list(drawable_kinds()), drawable=things, next=step)


async def list_everything(desk: ToolDesk, meter: Meter) -> ModelList:
    """Ask the worker for models, and add the palettes.

    Raises:
        PixelsError: As the worker, or the way to it, gave it.
    """
    found = await ask_telling(desk, meter, lambda client: client.models())
    return await anyio.to_thread.run_sync(_tell, found)


def _tell(found: list[ModelInfo]) -> ModelList:
    from pixels_mcp.exemplars.drawable import drawable_kinds, drawable_styles
    from pixels_mcp.pixelart.colors.palettes import palette_names

    return ModelList(
        styles=list(drawable_styles()) or None,
        kinds=list(drawable_kinds()),
        next="a `query` (a thing, a kind, a style) searches what mini can draw",
        models=[_model(model) for model in found if model.kind == "checkpoint"],
        loras=[_lora(model) for model in found if model.kind == "lora"],
        palettes=palette_names(),
    )


def _model(model: ModelInfo) -> ModelReply:
    return ModelReply(
        name=model.name,
        base=model.base,
        sizes_px=list(model.native_sizes_px),
        default=model.default,
        loaded=model.loaded,
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
