"""The plan as a recipe holds it, and how to ask for the same again."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, ValidationError

from pixels_mcp.asked_words.checked_words import explain, parse_request
from pixels_mcp.engines.base import Sampler, Wrap
from pixels_mcp.engines.levers import Levers
from pixels_mcp.errors import RecipeError
from pixels_mcp.events import ReferenceInfo
from pixels_mcp.library.recipe import Recipe, Sha256
from pixels_mcp.models.card import Prediction
from pixels_mcp.requests import LoraChoice, RedrawRequest, SpriteRequest
from pixels_mcp.set_words import LookName, Outline
from pixels_mcp.told_apart import Words


class RecordedServer(BaseModel):
    """The ComfyUI that drew: where it was, its version and device, and the workflow's file where one was followed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    version: str
    device: str
    workflow_sha256: str | None = None


class RecordedStyle(BaseModel):
    """The measured style of the set that a LoRA was trained on: the LoRA's name and the sha256 of its style's file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lora: str
    sha256: Sha256


class RecordedPlan(BaseModel):
    """The plan as a recipe holds it. `batch_row` counts from 0, `variant` from 1; `reference_sha256` is the kept
    picture's, a tile of the exemplar library is named by `reference` alone; without `levers` it was
    drawn in the plain way; `worn_style` is the style that the tile wore, where it wore one;
    without `lone_pixels` those that stand out from all their neighbors were taken away."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str
    negative_prompt: str
    model: str
    loras: tuple[LoraChoice, ...]
    width_px: int
    height_px: int
    render_width_px: int
    render_height_px: int
    steps: int
    guidance_scale: float
    two_pass: bool
    sampler: Sampler | None
    seed: int
    variant: int
    batch_rows: int
    batch_row: int
    threads: int
    device: str
    dtype: str
    palette: tuple[str, ...] | None
    max_colors: int | None
    transparent: bool
    reference: ReferenceInfo | None
    reference_sha256: str | None
    wrap: Wrap = "none"
    prediction: Prediction | None = None
    server: RecordedServer | None = None
    outline: Outline | None = None
    outline_color: str | None = None
    look: LookName | None = None
    levers: Levers | None = None
    worn_style: RecordedStyle | None = None
    lone_pixels: bool = True


def read_recorded(recipe: Recipe) -> RecordedPlan:
    """Read a recipe's plan.

    Raises:
        RecipeError: It tells of no drawing, was changed, or written by another version.
    """
    if recipe.model_sha256 is None:
        raise RecipeError(
            f"this picture was not drawn but made by the operation '{recipe.operation}'",
            hint="only what a model drew can be drawn again",
        )
    try:
        return RecordedPlan.model_validate(recipe.plan)
    except ValidationError as error:
        raise RecipeError(f"the recipe's plan is not usable: {explain(error)}", hint="use an unchanged copy") from error


def ask_again(recipe: Recipe) -> SpriteRequest:
    """Make the request that leaves nothing of a recipe open.

    Raises:
        RecipeError: The plan was changed.
        InvalidArgumentError: Its values are out of range.
    """
    plan = read_recorded(recipe)
    kept = plan.reference_sha256 or ("none" if plan.reference is None else "auto")
    words: Words = {
        "prompt": plan.prompt,
        "negative_prompt": plan.negative_prompt or None,
        "width_px": plan.width_px,
        "height_px": plan.height_px,
        "model": plan.model,
        "loras": plan.loras,
        "palette": None if plan.palette is None else ",".join(plan.palette),
        "max_colors": plan.max_colors,
        "transparent": plan.transparent,
        "count": recipe.request.get("count", 1),
        "seed": plan.seed - plan.variant + 1,
        "steps": plan.steps,
        "guidance_scale": plan.guidance_scale,
        "reference": kept,
        "strength": None if plan.reference is None else plan.reference.strength,
        "name": recipe.request.get("name"),
        "tiling": plan.wrap,
        "outline": plan.outline,
        "outline_color": plan.outline_color,
    }
    kind: type[SpriteRequest] = SpriteRequest
    if recipe.operation != "draw":
        kind = RedrawRequest
        words |= {
            "operation": recipe.operation,
            "parent_sha256": recipe.sources.get("parent"),
            "mask_sha256": recipe.sources.get("mask"),
            # The picture that is edited has its size; the plan's is that of what the model was shown.
            "width_px": None,
            "height_px": None,
        }
    return parse_request(kind, {key: value for key, value in words.items() if value is not None})
