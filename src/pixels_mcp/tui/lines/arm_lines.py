"""The ways of drawing that a new comparison begins with, as lines that a person changes. Pure functions."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from pixels_mcp.comparisons.arms import ARMS_MAX, ARMS_MIN
from pixels_mcp.events import ModelInfo
from pixels_mcp.requests import SpriteRequest

_DECIDED = ("model", "loras", "steps", "guidance_scale", "palette")
_STEPS = (8, 20)


def line_of_request(words: Mapping[str, object], default_model: str) -> str:
    """How a sprite was asked for: `mini steps=20 lora=pixel-art:0.8`."""
    asked = SpriteRequest.model_validate({"prompt": "x", **{word: words[word] for word in _DECIDED if word in words}})
    told = [
        asked.model or default_model,
        *(f"lora={one.name}:{one.weight:g}" for one in asked.loras),
        *([] if asked.steps is None else [f"steps={asked.steps}"]),
        *([] if asked.guidance_scale is None else [f"guidance={asked.guidance_scale:g}"]),
        *([] if asked.palette is None else [f"palette={asked.palette}"]),
    ]
    return shlex.join(told)


def lines_of_model(model: ModelInfo, default_model: str) -> list[str]:
    """A model beside the default one, a LoRA beside none, the default model with more steps and with fewer."""
    if model.kind == "lora":
        return [shlex.quote(default_model), shlex.join([default_model, f"lora={model.name}"])]
    if model.name != default_model:
        return [shlex.quote(default_model), shlex.quote(model.name)]
    return []


def enough_lines(lines: Sequence[str], default_model: str) -> list[str]:
    """Each way once, at most as many as can be compared; where there is one or none, others to begin with."""
    begun = list(dict.fromkeys(lines))[:ARMS_MAX]
    for steps in _STEPS:
        more = shlex.join([default_model, f"steps={steps}"])
        if len(begun) < ARMS_MIN and more not in begun:
            begun.append(more)
    return begun
