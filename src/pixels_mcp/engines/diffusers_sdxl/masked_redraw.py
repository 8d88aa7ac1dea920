"""Keep a part of a reference while the rest is redrawn, with any pipeline: what stands is set again after each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)

from pixels_mcp.engines.base import Row


@dataclass(frozen=True)
class KeptPixels:
    """Latents that stay while others are drawn.

    Attributes:
        clean: (rows, channels, height, width) latents of the references.
        noise: As much of it as was added to them at the start, of the same shape.
        stays: (rows, 1, height, width) 1 where a latent stays, else 0.
        sampler: Which knows how noisy a picture is after each step.
    """

    clean: torch.Tensor
    noise: torch.Tensor
    stays: torch.Tensor
    sampler: Any

    @classmethod
    def of(
        cls, rows: Sequence[Row], clean: torch.Tensor, noise: torch.Tensor, sampler: Any, scale: int
    ) -> KeptPixels | None:
        """What the rows keep; None where all of them are redrawn whole.

        Args:
            rows: The batch.
            clean: Latents of their references.
            noise: What is added to them.
            sampler: The scheduler of this render.
            scale: Pixels a latent stands for in each direction; it stays where all of them do.
        """
        if all(row.keep is None for row in rows):
            return None
        height, width = clean.shape[-2] * scale, clean.shape[-1] * scale
        masks = [torch.zeros(height, width) if row.keep is None else torch.from_numpy(row.keep).float() for row in rows]
        stays = -F.max_pool2d(-torch.stack(masks)[:, None], scale)
        return cls(clean, noise.to(clean), stays.to(clean), sampler)

    def put_back(self, latents: torch.Tensor, index: int, steps: int) -> torch.Tensor:
        """Set what stays to the reference at the next step's noise, after step `index` (from 0) of `steps`."""
        there = self.clean
        if index + 1 < steps:
            next_time = self.sampler.timesteps[index + 1 - steps].reshape(1)
            there = self.sampler.add_noise(self.clean, self.noise, next_time)
        return self.stays * there + (1 - self.stays) * latents
