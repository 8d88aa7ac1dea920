"""What a person says of a model: `NAME.json` beside `NAME.safetensors`, and `mini.json` of the built-in model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pixels_mcp.asked_words.checked_words import explain
from pixels_mcp.errors import ModelFileError

CARD_BYTES_MAX = 64 * 2**10
SizePx = Annotated[int, Field(ge=8, le=4096)]

Prediction = Literal["epsilon", "v_prediction"]
"""What a diffusion model says of a noisy picture: its noise, or the way from the noise to the picture."""

SamplerName = Literal["euler", "euler_trailing", "euler_ancestral_trailing", "dpmpp_2m_karras", "lcm", "tcd"]


class TrainedCard(BaseModel):
    """How pixels-mcp trained a LoRA: hashes of the set and the base, and what it is worth.

    Attributes:
        held_out_loss: With fixed noise, on pictures that were never trained on.
        style_distance_before, style_distance: From the set, without the LoRA and with it.
        near_copies: Share of what it drew that was nearly a picture of the set.
        kinds_judged, kinds_right_before, kinds_right: Of things that the set does not have: how many are of kinds that
            are told apart, and how many of those look like it, without the LoRA and with it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    set_sha256: str = Field(max_length=64)
    pictures: int
    base: str = Field(max_length=256)
    base_sha256: str | None = Field(default=None, max_length=64)
    steps: int
    seed: int
    command: str = Field(default="", max_length=2_000)
    held_out_loss: float | None = None
    style_distance_before: float
    style_distance: float
    near_copies: float
    kinds_judged: int | None = None
    kinds_right_before: int | None = None
    kinds_right: int | None = None


class ModelCard(BaseModel):
    """Everything is optional; what is left out is told by the file itself, or is the usual value of its kind.

    Attributes:
        native_sizes_px: Sizes (width, height) that the model draws pixel by pixel; none where it draws large.
        default_size_px: Size of a sprite when none is asked.
        render_side_px: Side of the square that a large render has the area of.
        steps, guidance_scale, strength, sampler: Taken when a request does not say them.
        background_strength: Strength for what fills its square; `strength` if left out. Of a plain texture a weak
            redraw looks the same.
        scratch_steps, scratch_guidance_scale: Taken for what a model with exemplars draws without one; `steps` and
            `guidance_scale` if left out.
        vae: Name of a file in `vae/` to use instead of the model's own.
        guidance_distilled: The default guidance is learned into the weights, so that one pass draws it.
        prediction_type: What a checkpoint predicts, where its file does not say so.
        source: Where it was fetched from.
        trained: How pixels-mcp trained it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str | None = Field(default=None, max_length=2_000)
    base: str | None = Field(default=None, max_length=64)
    license: str | None = Field(default=None, max_length=256)
    trigger_words: tuple[str, ...] = Field(default=(), max_length=32)
    native_sizes_px: tuple[tuple[SizePx, SizePx], ...] = Field(default=(), max_length=64)
    default_size_px: tuple[SizePx, SizePx] | None = None
    render_side_px: Annotated[int, Field(ge=256, le=2048)] | None = None
    steps: Annotated[int, Field(ge=1, le=150)] | None = None
    guidance_scale: Annotated[float, Field(ge=0.0, le=30.0)] | None = None
    strength: Annotated[float, Field(ge=0.1, le=1.0)] | None = None
    background_strength: Annotated[float, Field(ge=0.1, le=1.0)] | None = None
    scratch_steps: Annotated[int, Field(ge=1, le=150)] | None = None
    scratch_guidance_scale: Annotated[float, Field(ge=0.0, le=30.0)] | None = None
    sampler: SamplerName | None = None
    vae: str | None = Field(default=None, max_length=128)
    guidance_distilled: bool | None = None
    prediction_type: Prediction | None = None
    source: str | None = Field(default=None, max_length=1_000)
    trained: TrainedCard | None = None


class _OwnCard(ModelCard):
    """The built-in model's card may also tell how it was trained."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def read_card(file: Path, *, own: bool = False) -> ModelCard:
    """Read a card; a missing file is an empty one.

    Args:
        file: `NAME.json`.
        own: It is the package's own, which may hold more.

    Raises:
        ModelFileError: Names the key that is unknown or wrong.
    """
    try:
        if file.stat().st_size > CARD_BYTES_MAX:
            raise ModelFileError(
                f"{file.name} has {file.stat().st_size} bytes, {CARD_BYTES_MAX} are allowed",
                hint="keep to the keys that the README names",
            )
        return (_OwnCard if own else ModelCard).model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return ModelCard()
    except ValidationError as error:
        is_newer = any(one["type"] == "extra_forbidden" for one in error.errors())
        raise ModelFileError(
            f"{file.name}: {explain(error)}" + " (a newer pixels-mcp may have written it)" * is_newer,
            hint=f"known keys: {', '.join(ModelCard.model_fields)}",
        ) from error
    except OSError as error:
        raise ModelFileError(f"cannot read {file}: {error.strerror}", hint="make it readable, or remove it") from error
