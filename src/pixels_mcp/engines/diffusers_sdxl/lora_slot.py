"""One place in a UNet whose LoRA is exchanged in place, so that compiled kernels stay as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from pixels_mcp.engines.base import LoraFile
from pixels_mcp.engines.diffusers_sdxl.lora import FittedLora, apply_stack, fit_file, notes_of, weights_of

if TYPE_CHECKING:
    from pixels_mcp.engines.diffusers_sdxl.model import Model

SLOT = "lora_slot"
RANK_MIN = 64
"""So large is the place at least: LoRAs up to this rank fit without a new one."""
_ENDS = (".lora_A.weight", ".lora_B.weight")


@dataclass(frozen=True)
class LoraSlot:
    """What lies in the place.

    Attributes:
        layers: That have one; a LoRA with other layers needs a new place.
        rank: Room for each.
    """

    layers: frozenset[str]
    rank: int

    def takes(self, lora: FittedLora) -> bool:
        """Whether a LoRA goes in without making the place anew."""
        return _layers(lora) <= self.layers and _rank(lora) <= self.rank


def put_on(model: Model, stack: tuple[LoraFile, ...], *, hotswap: bool) -> None:
    """Make a model draw with exactly this stack of LoRAs.

    Args:
        hotswap: A single LoRA is exchanged in place where it can be.

    Raises:
        ModelFileError: A LoRA is damaged or for another base; the model is then without any.
    """
    pipeline, old = model.pipeline, model.stack
    model.stack, model.draws_with = (), None
    weights = weights_of(stack)
    lora = next((one for one in stack if one.sha256 in weights), None)
    fitted = fit_file(pipeline, lora) if hotswap and lora is not None and len(weights) == 1 else None
    if lora is not None and fitted is not None and can_swap(fitted):
        if model.slot is None and any(one.weight for one in old):
            pipeline.unload_lora_weights()
        model.slot = put_in(pipeline, fitted, weights[lora.sha256], model.slot)
        notes: tuple[str, ...] | None = notes_of(lora, fitted)
    else:
        if model.slot is not None:
            pipeline.unload_lora_weights()
            model.slot, old = None, ()
        notes = apply_stack(pipeline, stack, old)
    model.stack, model.stack_notes = stack, model.stack_notes if notes is None else notes
    model.draws_with = (stack, hotswap)


def can_swap(lora: FittedLora) -> bool:
    """LoRAs of the UNet alone can be exchanged; text encoders are not compiled."""
    return bool(lora.tensors) and all(name.startswith("unet.") for name in lora.tensors)


def put_in(pipeline: Any, lora: FittedLora, weight: float, slot: LoraSlot | None) -> LoraSlot:
    """Draw with this LoRA from now on.

    Args:
        pipeline: Has no other LoRA than that of the slot.
        weight: Multiplied into the LoRA's numbers.
        slot: The place, None where there is none yet.

    Returns:
        The place.
    """
    takes = slot is not None and slot.takes(lora)
    if not takes:
        if slot is not None:
            pipeline.unload_lora_weights()
        slot = LoraSlot(_layers(lora), max(RANK_MIN, _rank(lora)))
        # The blocks may be compiled already: a new place compiles them once more.
        pipeline.unet.enable_lora_hotswap(target_rank=slot.rank, check_compiled="ignore")
    assert slot is not None
    with torch.inference_mode(False):
        pipeline.load_lora_into_unet(
            _weighed(lora, weight), network_alphas=None, unet=pipeline.unet, adapter_name=SLOT, hotswap=takes
        )
    return slot


def _weighed(lora: FittedLora, weight: float) -> dict[str, torch.Tensor]:
    """A LoRA's tensors with its weight and its alphas multiplied in."""
    tensors = dict(lora.tensors)
    for name, tensor in lora.tensors.items():
        if name.endswith(_ENDS[1]):
            layer = name.removesuffix(_ENDS[1])
            alpha = lora.alphas.get(f"{layer}.alpha")
            tensors[name] = tensor * (weight * (1.0 if alpha is None else alpha / tensor.shape[1]))
    return tensors


def _layers(lora: FittedLora) -> frozenset[str]:
    return frozenset(name.removesuffix(_ENDS[0]) for name in lora.tensors if name.endswith(_ENDS[0]))


def _rank(lora: FittedLora) -> int:
    return max((tensor.shape[0] for name, tensor in lora.tensors.items() if name.endswith(_ENDS[0])), default=0)
