"""Looks at a run while it goes: the held-out loss, a strip of samples, and whether it learns by heart."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file  # pyright: ignore[reportUnknownVariableType]  # partly without types there

from pixels_mcp.documents import parse_json
from pixels_mcp.engines.diffusers_sdxl.pixel_tensors import decode, scale_of
from pixels_mcp.errors import TrainingError
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.training.judging.samples import save_sheet
from pixels_mcp.training.lora.lora_examples import Words

LOOKS = 6
"""Looks of a run, evenly spread."""
RISE = 0.01
"""The held-out loss rose where it is by so much of itself above the best."""
LOOKS_FILE = "looks.json"


@dataclass(frozen=True)
class Look:
    """A run as it was at a step; losses are with fixed noise, `nan` where nothing is held out."""

    step: int
    loss: float
    held_out_loss: float
    trained_loss: float


class LookBook:
    """The looks of a run, kept in its folder, and the weights of the best one.

    Attributes:
        looks: In order.
    """

    def __init__(self, run_dir: Path, up_to_step: int) -> None:
        self._run_dir = run_dir
        self.looks: list[Look] = []
        try:
            told = parse_json((run_dir / LOOKS_FILE).read_text("utf-8"))
            self.looks = [look for one in told if (look := Look(**one)).step <= up_to_step]
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError) as error:
            raise TrainingError(f"{run_dir / LOOKS_FILE} cannot be read: {error}", hint="start the run anew") from error

    @property
    def best(self) -> Look | None:
        """The look with the smallest held-out loss, of those after a step: before the first nothing is learned, though
        a style far from the base's own may look like that to two pictures that are held out."""
        known = [look for look in self.looks if look.step and look.held_out_loss == look.held_out_loss]
        return min(known, key=lambda look: look.held_out_loss, default=None)

    @property
    def overfits_since(self) -> int | None:
        """The step after which the held-out loss rose twice while the other went on falling; None before that."""
        best = self.best
        if best is None:
            return None
        later = [look for look in self.looks if look.step > best.step]
        risen = [look for look in later if look.held_out_loss > best.held_out_loss * (1 + RISE)]
        return best.step if len(risen) >= 2 else None

    def add(self, look: Look, weights: dict[str, torch.Tensor]) -> None:
        """Keep a look, and its weights where it is the best.

        Raises:
            TrainingError: The disk is full.
        """
        self.looks.append(look)
        try:
            self._run_dir.mkdir(parents=True, exist_ok=True)
            if self.best is look:
                part = self._run_dir / "best.part"
                save_file(weights, part)
                part.replace(self._best_file(look))
            (self._run_dir / LOOKS_FILE).write_text(json.dumps([asdict(one) for one in self.looks]), "utf-8")
        except (OSError, SafetensorError) as error:
            raise TrainingError(
                f"the look at step {look.step} cannot be kept: {error}", hint="free some room"
            ) from error

    def best_weights(self) -> dict[str, torch.Tensor] | None:
        """The weights of the best look, None where nothing is held out."""
        best = self.best
        return load_file(self._best_file(best)) if best and self._best_file(best).is_file() else None

    def _best_file(self, look: Look) -> Path:
        return self._run_dir / f"best-{look.step:06d}.safetensors"


@dataclass(frozen=True, eq=False)
class StripPlan:
    """What every strip of a run draws: the same words and seeds each time."""

    words: tuple[Words, ...]
    empty: Words
    side_px: tuple[int, int]
    steps: int
    guidance_scale: float
    seed: int = 7


@torch.no_grad()
def draw_strip(pipeline: Any, plan: StripPlan) -> list[Rgba]:
    """Draw the strip's pictures with the UNet as it stands."""
    channels, factor = pipeline.unet.config.in_channels, scale_of(pipeline.vae)
    shape = (1, channels, plan.side_px[1] // factor, plan.side_px[0] // factor)
    chances = [torch.Generator().manual_seed(plan.seed + at % 2) for at in range(2 * len(plan.words))]
    noise = torch.cat([torch.randn(shape, generator=chance) for chance in chances])
    device, dtype = pipeline.unet.device, pipeline.unet.dtype
    words = [one for one in plan.words for _ in range(2)]
    said: dict[str, Any] = {
        "prompt_embeds": torch.cat([one.pieces for one in words]),
        "pooled_prompt_embeds": torch.cat([one.pooled for one in words]),
        "negative_prompt_embeds": plan.empty.pieces.expand(len(words), -1, -1),
        "negative_pooled_prompt_embeds": plan.empty.pooled.expand(len(words), -1),
    }
    scheduler = pipeline.scheduler
    pipeline.scheduler = type(scheduler).from_config(scheduler.config)
    try:
        latents = pipeline(
            **{name: tensor.to(device, dtype) for name, tensor in said.items()},
            latents=noise.to(device, dtype),
            width=plan.side_px[0],
            height=plan.side_px[1],
            num_inference_steps=plan.steps,
            guidance_scale=plan.guidance_scale,
            output_type="latent",
        ).images
    finally:
        pipeline.scheduler = scheduler
    return [decode(pipeline.vae, row.float()) for row in latents]


def save_strip(pictures: Sequence[Rgba], path: Path) -> None:
    """Write a strip beside the others of its run, each picture 96 px."""
    shown = [_shrunk(picture) for picture in pictures]
    save_sheet(shown, path, columns=len(shown), scale=3)


def _shrunk(picture: Rgba) -> Rgba:
    factor = max(1, picture.shape[0] // 256)
    return np.ascontiguousarray(picture[::factor, ::factor])
