"""Guidance for some of the steps: the second pass is saved where it does no good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from pixels_mcp.engines.levers import Levers

UNGUIDED = 1.0
"""The scale at which the pipelines draw in one pass."""


@dataclass
class GuidanceInterval:
    """Turns guidance off and on between steps, for all rows of a batch alike.

    Attributes:
        words: The pipeline's arguments, both passes' among them.
        scale: The guidance scale inside the interval.
    """

    words: dict[str, torch.Tensor]
    scale: float
    begin: float
    end: float

    @classmethod
    def of(cls, words: dict[str, torch.Tensor], scale: float, levers: Levers) -> GuidanceInterval | None:
        """The interval of a render; None where every step is guided, or none is."""
        is_whole = levers.guidance_from <= 0.0 and levers.guidance_until >= 1.0
        if is_whole or "negative_prompt_embeds" not in words:
            return None
        return cls(words, scale, levers.guidance_from, levers.guidance_until)

    def scale_at(self, step: int, steps: int) -> float:
        """The scale of a step, from 0; a step belongs to the interval when it begins in it."""
        return self.scale if self.begin * steps <= step < self.end * steps else UNGUIDED

    @property
    def first_scale(self) -> float:
        """The scale of the first step, whatever their number is."""
        return self.scale_at(0, 1)

    def after_step(self, pipe: Any, index: int, steps: int, time_ids: torch.Tensor) -> dict[str, torch.Tensor]:
        """What the next step gets instead, where guidance begins or ends with it; `time_ids` are this step's."""
        before, after = self.scale_at(index, steps), self.scale_at(index + 1, steps)
        if before == after or index + 1 >= steps:
            return {}
        pipe._guidance_scale = after
        words = self.words
        embeds, pooled = words["prompt_embeds"], words["pooled_prompt_embeds"]
        rows = len(embeds)
        if after == UNGUIDED:
            return {"prompt_embeds": embeds, "add_text_embeds": pooled, "add_time_ids": time_ids[-rows:]}
        return {
            "prompt_embeds": torch.cat([words["negative_prompt_embeds"], embeds]),
            "add_text_embeds": torch.cat([words["negative_pooled_prompt_embeds"], pooled]),
            "add_time_ids": torch.cat([time_ids[-rows:]] * 2),
        }
