"""Mix LoRAs into a loaded pipeline, after checking that they were made for a model of this shape."""

# pyright: reportPrivateImportUsage=false
from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from diffusers import StableDiffusionXLPipeline
from safetensors.torch import load_file

from pixels_mcp.engines.base import LoraFile
from pixels_mcp.engines.diffusers_sdxl.load import translated
from pixels_mcp.errors import ModelFileError
from pixels_mcp.models.header import read_header
from pixels_mcp.next_steps import NextStep

log = logging.getLogger(__name__)

_DOWN = re.compile(
    r"^(?P<part>unet|text_encoder|text_encoder_2)\.(?P<layer>.+?)\."
    r"(?:lora_A|lora_B|lora\.down|lora_linear_layer\.down|lora_down)\.weight$"
)
_OLD_DOWN = re.compile(r"^(?P<part>unet)\.(?P<layer>.+)\.processor\.(?P<leaf>to_[qkv]|to_out)_lora\.down\.weight$")


def apply_stack(pipeline: StableDiffusionXLPipeline, stack: Sequence[LoraFile], old: Sequence[LoraFile]) -> None:
    """Make the pipeline draw with exactly this stack of LoRAs; the same file twice counts with both weights.

    Args:
        pipeline: Holds the LoRAs of `old` now.
        stack: Wanted; weight 0 is as if it were left out.
        old: What `apply_stack` was last given for this pipeline.

    Raises:
        ModelFileError: A LoRA is damaged or for another base; the pipeline is then without any.
    """
    weights = _weights(stack)
    if {lora.sha256 for lora in old if lora.weight} != set(weights):
        if any(lora.weight for lora in old):
            pipeline.unload_lora_weights()
        files = {lora.sha256: lora for lora in stack}
        try:
            for sha256 in weights:
                _load(pipeline, files[sha256])
        except BaseException:
            pipeline.unload_lora_weights()
            raise
    if weights:
        pipeline.set_adapters([_adapter(sha256) for sha256 in weights], list(weights.values()))


def _weights(stack: Sequence[LoraFile]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for lora in stack:
        weights[lora.sha256] = weights.get(lora.sha256, 0.0) + lora.weight
    return {sha256: weight for sha256, weight in weights.items() if weight}


def _adapter(sha256: str) -> str:
    # An adapter's name becomes a part of module names, in which a dot would be a step down.
    return f"lora_{sha256[:16]}"


def _load(pipeline: StableDiffusionXLPipeline, lora: LoraFile) -> None:
    read_header(lora.path)
    with translated(lora.path), torch.inference_mode(False):
        weights = load_file(lora.path)
        # The conversion empties the dictionary that it is given.
        named = pipeline.lora_state_dict(dict(weights), unet_config=pipeline.unet.config)[0]
        _check_shapes(pipeline, lora, named)
        with warnings.catch_warnings():
            # peft wonders about a second LoRA beside the first, which is what a stack is.
            warnings.filterwarnings("ignore", message="Already found a `peft_config`")
            pipeline.load_lora_weights(weights, adapter_name=_adapter(lora.sha256))


def _check_shapes(pipeline: StableDiffusionXLPipeline, lora: LoraFile, named: Mapping[str, torch.Tensor]) -> None:
    """Compare each layer's inputs with the model's.

    Raises:
        ModelFileError: A layer reads another width than the model's layer of that name, or no layer is the model's.
    """
    modules = {part: _modules(getattr(pipeline, part)) for part in ("unet", "text_encoder", "text_encoder_2")}
    known = unknown = 0
    for name, weight in named.items():
        match = _DOWN.match(name) or _OLD_DOWN.match(name)
        if not match or "lora_B" in name:
            continue
        layer = match["layer"] + (f".{match['leaf']}" if "leaf" in match.groupdict() else "")
        module = modules[match["part"]].get(layer.removeprefix("text_model."))
        if module is None:
            unknown += 1
            continue
        known += 1
        inputs = getattr(module, "in_features", None) or getattr(module, "in_channels", None)
        if inputs is not None and inputs != weight.shape[1]:
            raise ModelFileError(
                f"the LoRA {lora.path.name} is for another base: {match['part']}.{layer} reads {weight.shape[1]} "
                f"numbers, this model's {inputs}",
                hint="use a LoRA that was trained on this model's base",
                steps=[NextStep("list_models")],
            )
    if known == 0:
        raise ModelFileError(
            f"the LoRA {lora.path.name} is for another base: none of its {unknown} layers is in this model",
            hint="use a LoRA that was trained on this model's base",
            steps=[NextStep("list_models")],
        )
    if unknown:
        log.warning("%s: %d of %d layers are not in this model", lora.path.name, unknown, unknown + known)


def _modules(part: Any) -> dict[str, torch.nn.Module]:
    if part is None:
        return {}
    # Layers that hold an adapter already keep the plain layer one step down.
    return {
        name.removeprefix("text_model.").removesuffix(".base_layer"): module
        for name, module in part.named_modules()
        if isinstance(module, torch.nn.Linear | torch.nn.Conv2d)
    }
