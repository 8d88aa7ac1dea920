"""One model, LoRA or VAE as the plan needs it: where it lies, what it fits, what it draws by default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from pixels_mcp.errors import ModelFileError, SizeNotSupportedError
from pixels_mcp.events import ModelInfo
from pixels_mcp.models.card import Prediction, SamplerName
from pixels_mcp.next_steps import NextStep

SDXL_SPRITE_PX = (128, 128)
"""A pixel of it is 8 x 8 of a 1024 px render, one of SDXL's latents, which is how pixel-art LoRAs are trained."""
EngineName: TypeAlias = Literal["diffusers", "comfyui"]
"""What draws: the embedded engine, or a ComfyUI server."""
ASPECT_MAX = 4.0
"""SDXL was trained on pictures at most four times as wide as high."""


@dataclass(frozen=True)
class DrawDefaults:
    """What is taken where a request says nothing."""

    steps: int
    guidance_scale: float
    strength: float
    background_strength: float
    sampler: SamplerName | None


@dataclass(frozen=True)
class ModelEntry:
    """A file or folder that can be drawn with, or mixed in.

    Attributes:
        name: What requests call it.
        base: `mini`, `sdxl`, `sd1`, ... ; a LoRA fits models of its base.
        text_width: Numbers a word has in this model (2048 in SDXL); decides whether a LoRA fits. None when unknown.
        native_sizes_px: (width, height) that the model draws pixel by pixel. Empty for SDXL: it draws any sprite
            size, large, and the render is brought down once.
        render_side_px: Side of the square whose area a large render has; 0 where sizes are native.
        default_size_px: Size of a sprite when none is asked.
        steps, guidance_scale, strength, sampler: Defaults; None in a LoRA that changes nothing of them.
        background_strength: Strength for floors, walls and water; None where it is `strength`.
        scratch_steps, scratch_guidance_scale: For what is drawn without an exemplar by a model that has some; None
            where they are the others.
        guidance_distilled: The default guidance is learned into the weights: one pass draws it, a negative prompt or
            another guidance takes two.
        sha256: Content hash; None until `Registry.find` computed it.
        vae_path, vae_sha256: A VAE to use instead of the model's own.
        prediction: What a checkpoint predicts where that is not what its file or folder says; None elsewhere.
        notes: What was guessed about it, or is left out of it.
        problem: Why it cannot be used, None when it can.
        engine: What draws with it; of `comfyui`, `path` is the server's own name of a file, or a workflow's file here,
            and `sha256` stands for name, size and time of change, which is all that a server tells.
        places: The named places of a workflow file, None for everything else: other words than these it cannot follow.
        samplers: Those that it can be drawn with, where that is known.
        checkpoint_path: What a workflow file gets that asks for a checkpoint.
        workflow_sha256: Of the workflow's file alone, where `sha256` is of its checkpoint as well.
    """

    name: str
    kind: Literal["checkpoint", "lora", "vae"]
    path: Path
    base: str
    size_bytes: int
    text_width: int | None = None
    native_sizes_px: tuple[tuple[int, int], ...] = ()
    render_side_px: int = 0
    default_size_px: tuple[int, int] = SDXL_SPRITE_PX
    steps: int | None = None
    guidance_scale: float | None = None
    strength: float | None = None
    background_strength: float | None = None
    scratch_steps: int | None = None
    scratch_guidance_scale: float | None = None
    sampler: SamplerName | None = None
    guidance_distilled: bool = False
    trigger_words: tuple[str, ...] = ()
    license: str | None = None
    description: str | None = None
    sha256: str | None = None
    vae_path: Path | None = None
    vae_sha256: str | None = None
    prediction: Prediction | None = None
    notes: tuple[str, ...] = ()
    problem: str | None = None
    engine: EngineName = "diffusers"
    places: frozenset[str] | None = None
    samplers: tuple[SamplerName, ...] = ()
    checkpoint_path: Path | None = None
    workflow_sha256: str | None = None

    @property
    def draws_native_pixels(self) -> bool:
        """True where a render is the sprite itself, pixel for pixel."""
        return bool(self.native_sizes_px)

    def size_holding(self, art_px: tuple[int, int]) -> tuple[int, int]:
        """The least (width, height) that the model draws pixel by pixel and that holds a picture; its default size
        where none does."""
        holding = [size for size in self.native_sizes_px if size[0] >= art_px[0] and size[1] >= art_px[1]]
        return min(holding, key=lambda size: size[0] * size[1], default=self.default_size_px)

    def render_size_px(self, width_px: int, height_px: int, *, exact: bool = False) -> tuple[int, int]:
        """Choose the size to render for a sprite of an asked size.

        A native model gives that very size, or its largest where that fits into the sprite (the rest becomes
        transparent border); sizes between those that it draws are refused.
        SDXL gives multiples of 64 of about its trained area, of the sprite's shape, whole cells where possible.

        Args:
            width_px, height_px: Size of the finished sprite.
            exact: No border is allowed (tiles and floors).

        Raises:
            SizeNotSupportedError: Names the sizes that the model draws.
        """
        if self.native_sizes_px:
            if (width_px, height_px) in self.native_sizes_px:
                return width_px, height_px
            largest = max(self.native_sizes_px, key=lambda size: size[0] * size[1])
            if exact or largest[0] > width_px or largest[1] > height_px:
                sizes = ", ".join(f"{width}x{height}" for width, height in sorted(self.native_sizes_px))
                larger = "" if exact else " or larger"
                raise SizeNotSupportedError(
                    f"{self.name} cannot draw {width_px}x{height_px} px",
                    hint=f"ask for {sizes}{larger}, or another model",
                )
            return largest
        if max(width_px, height_px) > ASPECT_MAX * min(width_px, height_px):
            raise SizeNotSupportedError(
                f"{self.name} cannot draw {width_px}x{height_px} px: a side is over {ASPECT_MAX:g} times the other",
                hint="ask for a shape between 4:1 and 1:4",
            )
        return _large_size(width_px, height_px, self.render_side_px)

    def info(self, *, default_model: str | None = None) -> ModelInfo:
        """What the model list says of it."""
        return ModelInfo(
            name=self.name,
            kind=self.kind,
            base=self.base,
            native_sizes_px=self.native_sizes_px,
            default=self.kind == "checkpoint" and self.name == default_model,
            size_mib=round(self.size_bytes / 2**20, 1),
            steps=self.steps,
            guidance_scale=self.guidance_scale,
            trigger_words=self.trigger_words,
            license=self.license,
            sha256=self.sha256,
            path=str(self.path),
            problem=self.problem,
            samplers=self.samplers,
        )


def draw_defaults(model: ModelEntry, loras: Sequence[ModelEntry] = (), *, from_scratch: bool = False) -> DrawDefaults:
    """Settle what a model draws with; a LoRA made for few steps (LCM, Lightning, ...) brings its own numbers, and one
    whose card names a strength needs it to show.

    Args:
        model: A checkpoint.
        loras: Those that are mixed in with a weight that is not 0.
        from_scratch: Nothing is redrawn.
    """
    chosen = next((lora for lora in loras if lora.steps is not None), model)
    if from_scratch and chosen is model:
        chosen = replace(
            model,
            steps=model.scratch_steps or model.steps,
            guidance_scale=model.guidance_scale
            if model.scratch_guidance_scale is None
            else model.scratch_guidance_scale,
        )
    strength = next((lora.strength for lora in loras if lora.strength is not None), model.strength) or 0.6
    return DrawDefaults(
        steps=chosen.steps or model.steps or 25,
        guidance_scale=chosen.guidance_scale
        if chosen.guidance_scale is not None
        else (model.guidance_scale if model.guidance_scale is not None else 7.0),
        strength=strength,
        background_strength=model.background_strength or strength,
        sampler=chosen.sampler or model.sampler,
    )


def check_fits(lora: ModelEntry, model: ModelEntry) -> None:
    """Refuse a LoRA that was trained for another base.

    Raises:
        ModelFileError: Both bases and their widths.
    """
    if lora.engine != model.engine:
        where = {"diffusers": "on this machine", "comfyui": "on the ComfyUI server"}
        raise ModelFileError(
            f"the LoRA {lora.name} lies {where[lora.engine]}, {model.name} is drawn {where[model.engine]}",
            hint="use a LoRA that lies beside the model",
            steps=[NextStep("list_models")],
        )
    known = lora.text_width is not None and model.text_width is not None
    if known and lora.text_width != model.text_width:
        raise ModelFileError(
            f"the LoRA {lora.name} is for {lora.base} (text width {lora.text_width}), "
            f"{model.name} is {model.base} (text width {model.text_width})",
            hint="use a LoRA of the model's base",
            steps=[NextStep("list_models")],
        )


def _large_size(width_px: int, height_px: int, side_px: int) -> tuple[int, int]:
    area = side_px**2
    candidates = (
        (width, height)
        for width in range(64, 4 * side_px + 1, 64)
        for height in range(64, 4 * side_px + 1, 64)
        if 0.75 * area <= width * height <= 1.15 * area
    )

    def cost(size: tuple[int, int]) -> tuple[float, int, int]:
        width, height = size
        shape_off = abs(width * height_px - height * width_px) / max(width * height_px, height * width_px)
        area_off = abs(width * height - area) / area
        broken_cells = 0.0 if width % width_px == 0 and height % height_px == 0 else 0.3
        return round(4 * shape_off + area_off + broken_cells, 6), -width, -height

    return min(candidates, key=cost)
