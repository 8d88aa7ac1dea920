"""What can be drawn with, as list_models tells it."""

from __future__ import annotations

import anyio.to_thread
from pydantic import BaseModel, ConfigDict, Field

from pixels_mcp.events import ModelInfo
from pixels_mcp.mcp_server.desk import Desk
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


class ModelList(_Reply):
    """Everything that a request may name."""

    models: list[ModelReply]
    loras: list[LoraReply]
    palettes: list[str]
    count_max: int = COUNT_MAX
    next: str | None = None


async def list_everything(desk: Desk, meter: Meter) -> ModelList:
    """Ask the worker for models, and add the palettes.

    Raises:
        PixelsError: As the worker, or the way to it, gave it.
    """
    found = await ask_telling(desk, meter, lambda client: client.models())
    return await anyio.to_thread.run_sync(_tell, found)


def _tell(found: list[ModelInfo]) -> ModelList:
    from pixels_mcp.pixelart.colors.palettes import palette_names

    return ModelList(
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
