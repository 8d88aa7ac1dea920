"""Stability's names of an SDXL UNet's layers, which published checkpoints and LoRAs use, from those of diffusers."""

from __future__ import annotations

import re

_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_OUTSIDE = {
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
}
_BLOCK = re.compile(r"(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.+)")
_MIDDLE = re.compile(r"mid_block\.(resnets|attentions)\.(\d+)\.(.+)")


def stability_name(layer: str, layers_per_block: int, attended_up_blocks: frozenset[int]) -> str | None:
    """Rename a layer: `down_blocks.1.attentions.0.proj_in` is `input_blocks.4.1.proj_in`; None where it has no name.

    Args:
        layer: Its name in diffusers' `UNet2DConditionModel`.
        layers_per_block: Residual layers of a down block, 2 in SDXL.
        attended_up_blocks: Numbers of the up blocks that have attentions.
    """
    if layer in _OUTSIDE:
        return _OUTSIDE[layer]
    if middle := _MIDDLE.fullmatch(layer):
        kind, number, rest = middle[1], int(middle[2]), middle[3]
        return f"middle_block.1.{rest}" if kind == "attentions" else f"middle_block.{2 * number}.{_resnet(rest)}"
    block = _BLOCK.fullmatch(layer)
    if block is None:
        return None
    side, level, kind, number, rest = block[1], int(block[2]), block[3], int(block[4]), block[5]
    per_level = layers_per_block + 1
    if kind == "downsamplers":
        return f"input_blocks.{(level + 1) * per_level}.0.op"
    if kind == "upsamplers":
        return f"output_blocks.{level * per_level + layers_per_block}.{2 if level in attended_up_blocks else 1}.conv"
    place = level * per_level + number + (side == "down")
    inner = f"1.{rest}" if kind == "attentions" else f"0.{_resnet(rest)}"
    return f"{'input' if side == 'down' else 'output'}_blocks.{place}.{inner}"


def _resnet(rest: str) -> str:
    return _RESNET.get(rest, rest)
