"""What a model is taught to say of a noisy picture, and how much each time counts."""

# What diffusers and peft export is filled in when it is asked for, which the type check takes for private.
# pyright: reportPrivateImportUsage=false
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch
from diffusers import DDPMScheduler

from pixels_mcp.errors import TrainingError
from pixels_mcp.training.lora.lora_options import LoraOptions

_KEPT = (
    "num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "rescale_betas_zero_snr", "trained_betas",
)  # fmt: skip
FLOW_TIMES = 1000


@dataclass(frozen=True, eq=False)
class Noisy:
    """A batch with noise on it.

    Attributes:
        latents: (B, C, H, W).
        times: (B,) as the UNet takes them.
        targets: (B, C, H, W) what it is to say.
        weights: (B,) how much each counts.
    """

    latents: torch.Tensor
    times: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor


class NoisePlan:
    """Puts noise on latents as a model's own scheduler says: noise, velocity, or flow is predicted.

    Args:
        scheduler_config: Of the model as it was loaded.
        prediction: Another than the scheduler names, as in `RenderSpec`.

    Raises:
        TrainingError: The model predicts something else.
    """

    def __init__(self, scheduler_config: Any, options: LoraOptions, prediction: str | None = None) -> None:
        said = prediction or scheduler_config.get("prediction_type", "epsilon")
        self.kind = "flow" if scheduler_config.get("use_flow_sigmas") or said.startswith("flow") else said
        if self.kind not in ("epsilon", "v_prediction", "flow"):
            raise TrainingError(f"a model that predicts {said} cannot be trained", hint="use one that predicts noise")
        self._options = options
        # Never the drawing scheduler's own levels: they may be spaced or in Karras form.
        kept = {} if self.kind == "flow" else {k: scheduler_config[k] for k in _KEPT if k in scheduler_config}
        self._kept_share = torch.ones(1) if self.kind == "flow" else DDPMScheduler(**kept).alphas_cumprod

    def draw(self, latents: torch.Tensor, chance: torch.Generator) -> Noisy:
        """Put chance noise on a batch, at times that are spread evenly over it."""
        count = len(latents)
        noise = torch.randn(latents.shape, generator=chance)
        if self.kind == "epsilon" and self._options.noise_offset:
            offset = torch.randn(*latents.shape[:2], 1, 1, generator=chance)
            noise = noise + self._options.noise_offset * offset
        part = (torch.randperm(count, generator=chance) + torch.rand(count, generator=chance)) / count
        if self.kind == "flow":
            part = torch.sigmoid(cast("torch.Tensor", torch.special.ndtri(part.clamp(1e-4, 1 - 1e-4))))
        return self.at(latents, noise, part)

    def at(self, latents: torch.Tensor, noise: torch.Tensor, part: torch.Tensor) -> Noisy:
        """Put given noise on a batch, each picture at its part (0 to 1) of the way to pure noise."""
        if self.kind == "flow":
            way = part[:, None, None, None]
            return Noisy((1 - way) * latents + way * noise, part * FLOW_TIMES, noise - latents, torch.ones(len(part)))
        steps = len(self._kept_share)
        times = (part * steps).long().clamp(max=steps - 1)
        share = self._kept_share[times]
        keep, add = share.sqrt()[:, None, None, None], (1 - share).sqrt()[:, None, None, None]
        target = noise if self.kind == "epsilon" else keep * noise - add * latents
        return Noisy(keep * latents + add * noise, times.float(), target, self._weights(share))

    def _weights(self, share: torch.Tensor) -> torch.Tensor:
        if not self._options.min_snr:
            return torch.ones(len(share))
        snr = share / (1 - share)
        weight = snr.clamp(max=self._options.min_snr) / (snr if self.kind == "epsilon" else snr + 1)
        # At the last time of a schedule that ends in pure noise nothing of the picture is left.
        return torch.where(snr > 0, weight, torch.ones(()))
