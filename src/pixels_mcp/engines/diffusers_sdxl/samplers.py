"""Samplers by name; the noise levels and what is predicted stay those of the model."""

# What diffusers and peft export is filled in when it is asked for, which the type check takes for private.
# pyright: reportPrivateImportUsage=false
from __future__ import annotations

import copy
from typing import Any, cast

import torch
from diffusers import (
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    TCDScheduler,
)

from pixels_mcp.engines.base import Sampler
from pixels_mcp.errors import EngineError
from pixels_mcp.models.card import Prediction

_SAMPLERS: dict[Sampler, tuple[Any, dict[str, Any]]] = {
    "euler": (EulerDiscreteScheduler, {}),
    # Turbo and Lightning were trained for noise levels counted from the end.
    "euler_trailing": (EulerDiscreteScheduler, {"timestep_spacing": "trailing"}),
    "euler_ancestral_trailing": (EulerAncestralDiscreteScheduler, {"timestep_spacing": "trailing"}),
    "dpmpp_2m_karras": (DPMSolverMultistepScheduler, {"use_karras_sigmas": True, "algorithm_type": "dpmsolver++"}),
    "lcm": (LCMScheduler, {}),
    "tcd": (TCDScheduler, {}),
}


def make_sampler(name: Sampler | None, own: Any, prediction: Prediction | None = None) -> Any:
    """Make the scheduler of that name on the model's own noise levels; None gives the model's own scheduler anew.

    Args:
        name: See `Sampler`.
        own: The scheduler that came with the model.
        prediction: What the model predicts, where its files do not say so.

    Raises:
        EngineError: The model is a flow model (like `mini`), which only its own sampler can draw.
    """
    if name is None and prediction is None:
        return copy.deepcopy(own)
    if own.config.get("use_flow_sigmas") or own.config.get("prediction_type") == "flow_prediction":
        raise EngineError(
            f"this model cannot be drawn with the sampler {name or prediction!r}",
            hint="leave the sampler and what is predicted to the model",
        )
    said: dict[str, Any] = {}
    if prediction is not None:
        # Models that predict velocity see pure noise first, so their times are counted from the end.
        said = {
            "prediction_type": prediction,
            "timestep_spacing": "trailing" if prediction == "v_prediction" else "leading",
        }
    kind, options = _SAMPLERS[name] if name is not None else (cast("Any", type(own)), dict[str, Any]())
    return kind.from_config(own.config, **said | options)


def clean_estimate(sampler: Any, latents: torch.Tensor) -> torch.Tensor:
    """Guess the finished latents in the middle of a render: the sampler's own estimate, else the latents at unit size.

    Args:
        sampler: The scheduler, after a step.
        latents: (rows, channels, height, width), still noisy.
    """
    outputs = getattr(sampler, "model_outputs", None)
    if outputs and outputs[-1] is not None and sampler.config.get("algorithm_type") == "dpmsolver++":
        return outputs[-1]
    sigmas, position = getattr(sampler, "sigmas", None), getattr(sampler, "step_index", None)
    if sigmas is None or position is None:
        return latents
    sigma = float(sigmas[min(position, len(sigmas) - 1)])
    return latents / (sigma**2 + 1) ** 0.5
