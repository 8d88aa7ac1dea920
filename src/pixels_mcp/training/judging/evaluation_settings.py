"""How sprites are drawn while a packaged `mini` is measured."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pixels_mcp.exemplars.finder import Exemplar, is_background_kind
from pixels_mcp.exemplars.redraw_strength import RedrawTry, tries_in_turn


@dataclass(frozen=True)
class EvaluationSettings:
    """How sprites are drawn while they are measured: the defaults of `mini.json`, or others to compare."""

    steps: int
    guidance_scale: float
    strength: float
    background_strength: float
    scratch_steps: int
    scratch_guidance_scale: float
    seed: int = 1
    threads: int = 0
    is_strength_asked: bool = False
    are_steps_asked: bool = False

    def tries_for(self, exemplar: Exemplar, side_px: int) -> tuple[RedrawTry, ...]:
        """How an exemplar is redrawn, in turn until it is a picture of its own."""
        fills = is_background_kind(exemplar.kind)
        usual = RedrawTry(self.background_strength if fills else self.strength, self.steps)
        if self.is_strength_asked:
            return (usual,)
        return tries_in_turn(usual, side_px, fills=fills, are_steps_asked=self.are_steps_asked)


def settings_of_card(card: Path) -> EvaluationSettings:
    """The defaults of a model's card, `mini.json`."""
    said = json.loads(card.read_text(encoding="utf-8"))
    strength = said["strength"]
    background_strength = said.get("background_strength", strength)
    steps, guidance_scale = said["steps"], said["guidance_scale"]
    return EvaluationSettings(
        steps,
        guidance_scale,
        strength,
        background_strength,
        scratch_steps=said.get("scratch_steps", steps),
        scratch_guidance_scale=said.get("scratch_guidance_scale", guidance_scale),
    )
