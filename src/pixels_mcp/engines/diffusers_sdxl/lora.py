"""Mix LoRAs into a loaded pipeline, after checking that they were made for a model of this shape."""

# What diffusers and peft export is filled in when it is asked for, which the type check takes for private.
# pyright: reportPrivateImportUsage=false
from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import StableDiffusionXLPipeline
from safetensors.torch import load_file  # pyright: ignore[reportUnknownVariableType]  # partly without types there

from pixels_mcp.engines.base import LoraFile
from pixels_mcp.engines.diffusers_sdxl.load import translated
from pixels_mcp.errors import ModelFileError
from pixels_mcp.models.header import read_header
from pixels_mcp.models.lora_names import PARTS, Part, Piece, flat_layer, read_name
from pixels_mcp.models.recognize import lora_problem
from pixels_mcp.models.stability_names import stability_name
from pixels_mcp.next_steps import NextStep

log = logging.getLogger(__name__)

KNOWN_SHARE_MIN = 0.5
"""A LoRA of whose layers fewer are in a model was made for another one."""


@dataclass(frozen=True)
class _Layers:
    """A part's layers that an adapter can stand on, by their names as `flat_layer` gives them, in all spellings."""

    names: Mapping[str, str]
    modules: Mapping[str, torch.nn.Module]


@dataclass(frozen=True)
class FittedLora:
    """A LoRA's tensors under the model's own names.

    Attributes:
        tensors: `PART.LAYER.lora_A.weight` and `.lora_B.weight`.
        alphas: `PART.LAYER.alpha`, for every layer where any has one.
        unknown: Layers that the model does not have.
        known: How many it has.
    """

    tensors: dict[str, torch.Tensor]
    alphas: dict[str, float]
    unknown: tuple[str, ...]
    known: int


def apply_stack(
    pipeline: StableDiffusionXLPipeline, stack: Sequence[LoraFile], old: Sequence[LoraFile]
) -> tuple[str, ...] | None:
    """Make the pipeline draw with exactly this stack of LoRAs; the same file twice counts with both weights.

    Args:
        pipeline: Holds the LoRAs of `old` now.
        stack: Wanted; weight 0 is as if it were left out.
        old: What `apply_stack` was last given for this pipeline.

    Returns:
        What of the stack this model has no place for, as notes; None where the same files are mixed in as before.

    Raises:
        ModelFileError: A LoRA is damaged or for another base; the pipeline is then without any.
    """
    weights = weights_of(stack)
    notes: list[str] | None = None
    if {lora.sha256 for lora in old if lora.weight} != set(weights):
        if any(lora.weight for lora in old):
            pipeline.unload_lora_weights()
        files = {lora.sha256: lora for lora in stack}
        try:
            notes = [note for sha256 in weights for note in _load(pipeline, files[sha256])]
        except BaseException:
            pipeline.unload_lora_weights()
            raise
    if weights:
        pipeline.set_adapters([_adapter(sha256) for sha256 in weights], list(weights.values()))
    return None if notes is None else tuple(notes)


def weights_of(stack: Sequence[LoraFile]) -> dict[str, float]:
    """The weight of each file by its sha256, those of 0 left out."""
    weights: dict[str, float] = {}
    for lora in stack:
        weights[lora.sha256] = weights.get(lora.sha256, 0.0) + lora.weight
    return {sha256: weight for sha256, weight in weights.items() if weight}


def _adapter(sha256: str) -> str:
    # An adapter's name becomes a part of module names, in which a dot would be a step down.
    return f"lora_{sha256[:16]}"


def fit_file(pipeline: StableDiffusionXLPipeline, lora: LoraFile) -> FittedLora:
    """Read a LoRA's file and bring it under the model's own names.

    Raises:
        ModelFileError: It is damaged or for another base.
    """
    problem = lora_problem(read_header(lora.path))
    if problem is not None:
        raise ModelFileError(f"the LoRA {lora.path.name} {problem}", steps=[NextStep("list_models")])
    with translated(lora.path), torch.inference_mode(False):
        return fit_to_model(pipeline, lora, load_file(lora.path))


def notes_of(lora: LoraFile, fitted: FittedLora) -> tuple[str, ...]:
    """What of a LoRA the model has no place for."""
    if not fitted.unknown:
        return ()
    log.warning("%s: not in this model: %s", lora.path.name, ", ".join(fitted.unknown))
    total = len(fitted.unknown) + fitted.known
    return (f"the LoRA {lora.path.stem}: {len(fitted.unknown)} of its {total} layers are not in this model",)


def _load(pipeline: StableDiffusionXLPipeline, lora: LoraFile) -> tuple[str, ...]:
    adapter, named = _adapter(lora.sha256), fit_file(pipeline, lora)
    with translated(lora.path), torch.inference_mode(False), warnings.catch_warnings():
        # peft wonders about a second LoRA beside the first, which is what a stack is.
        warnings.filterwarnings("ignore", message="Already found a `peft_config`")
        if any(name.startswith("unet.") for name in named.tensors):
            pipeline.load_lora_into_unet(
                named.tensors, network_alphas=named.alphas, unet=pipeline.unet, adapter_name=adapter
            )
        for part in PARTS[1:]:
            if any(name.startswith(f"{part}.") for name in named.tensors):
                pipeline.load_lora_into_text_encoder(
                    named.tensors,
                    network_alphas=named.alphas,
                    text_encoder=getattr(pipeline, part),
                    prefix=part,
                    adapter_name=adapter,
                )
    return notes_of(lora, named)


def fit_to_model(
    pipeline: StableDiffusionXLPipeline, lora: LoraFile, weights: Mapping[str, torch.Tensor]
) -> FittedLora:
    """Bring a LoRA's tensors under the model's own names and check that they fit.

    Raises:
        ModelFileError: A layer reads or writes another width than the model's, lacks a matrix, or too few layers are
            the model's.
    """
    layers: dict[Part, _Layers] = {part: _layers(pipeline, part) for part in PARTS}
    pieces: dict[tuple[Part, str], dict[Piece, torch.Tensor]] = {}
    unknown: dict[str, None] = {}
    for name, tensor in weights.items():
        said = read_name(name)
        if said is None:
            continue
        places: list[tuple[Part, str]] = [
            (part, layers[part].names[said.layer]) for part in said.parts if said.layer in layers[part].names
        ]
        fitting = [place for place in places if _fits(layers[place[0]].modules[place[1]], said.piece, tensor)]
        if not places:
            unknown.setdefault(said.layer)
        else:
            pieces.setdefault((fitting or places)[0], {})[said.piece] = tensor
    if len(pieces) < KNOWN_SHARE_MIN * (len(pieces) + len(unknown)) or not pieces:
        total = len(pieces) + len(unknown)
        raise _other_base(
            lora, f"{len(unknown)} of its {total} layers are not in this model ({next(iter(unknown), '')})"
        )
    tensors: dict[str, torch.Tensor] = {}
    alphas: dict[str, float] = {}
    has_alphas = any("alpha" in one for one in pieces.values())
    for (part, layer), one in pieces.items():
        down, up = _checked(lora, part, layer, one, layers[part].modules[layer])
        tensors |= {f"{part}.{layer}.lora_A.weight": down, f"{part}.{layer}.lora_B.weight": up}
        if has_alphas:
            alphas[f"{part}.{layer}.alpha"] = float(one["alpha"]) if "alpha" in one else float(down.shape[0])
    return FittedLora(tensors, alphas, tuple(unknown), len(pieces))


def _checked(
    lora: LoraFile, part: Part, layer: str, pieces: Mapping[Piece, torch.Tensor], module: torch.nn.Module
) -> tuple[torch.Tensor, torch.Tensor]:
    """A layer's two matrices, of the number of axes that the layer itself has."""
    if "down" not in pieces or "up" not in pieces:
        raise ModelFileError(
            f"the LoRA {lora.path.name} lacks one of the two matrices of {part}.{layer}", hint="get the file again"
        )
    down, up = pieces["down"], pieces["up"]
    if isinstance(module, torch.nn.Linear):
        # Some trainers write linear layers as 1 x 1 convolutions.
        down, up = down.flatten(1), up.flatten(1)
    for what, has, wants in (
        ("reads", down.shape[1], _width(module, "in")),
        ("writes", up.shape[0], _width(module, "out")),
    ):
        if has != wants:
            raise _other_base(lora, f"{part}.{layer} {what} {has} numbers, this model's {wants}")
    return down, up


def _fits(module: torch.nn.Module, piece: Piece, tensor: torch.Tensor) -> bool:
    if piece == "alpha":
        return True
    return tensor.shape[1] == _width(module, "in") if piece == "down" else tensor.shape[0] == _width(module, "out")


def _width(module: torch.nn.Module, side: str) -> int:
    return getattr(module, f"{side}_features", None) or getattr(module, f"{side}_channels")


def _other_base(lora: LoraFile, why: str) -> ModelFileError:
    return ModelFileError(
        f"the LoRA {lora.path.name} is for another base: {why}",
        hint="use a LoRA that was trained on this model's base",
        steps=[NextStep("list_models")],
    )


def _layers(pipeline: StableDiffusionXLPipeline, part: Part) -> _Layers:
    own: Any = getattr(pipeline, part)
    if own is None:
        return _Layers({}, {})
    # Layers that hold an adapter already keep the plain layer one step down.
    modules = {
        name.removesuffix(".base_layer"): module
        for name, module in own.named_modules()
        if isinstance(module, torch.nn.Linear | torch.nn.Conv2d) and ".lora_" not in name
    }
    names = {flat_layer(name): name for name in modules}
    if part == "unet":
        attended = attended_up_blocks(own)
        for name in modules:
            other = stability_name(name, own.config.layers_per_block, attended)
            if other is not None:
                names.setdefault(flat_layer(other), name)
    return _Layers(names, modules)


def attended_up_blocks(unet: Any) -> frozenset[int]:
    """Numbers of a UNet's up blocks that have attentions."""
    return frozenset(n for n, block in enumerate(unet.up_blocks) if getattr(block, "attentions", None))
