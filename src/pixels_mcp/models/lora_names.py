"""Read the names that trainers give to a LoRA's tensors: sd-scripts, diffusers old and new, peft, OneTrainer, ...

A name is a part of the model, a layer of it and a piece of the layer's adapter. Layers are compared with dots read as
underscores, because sd-scripts writes them so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Part = Literal["unet", "text_encoder", "text_encoder_2"]
Piece = Literal["down", "up", "alpha"]
PARTS: tuple[Part, ...] = ("unet", "text_encoder", "text_encoder_2")

_PARTS_BY_PREFIX: tuple[tuple[str, tuple[Part, ...]], ...] = (
    ("base_model.model.", PARTS),
    ("model.diffusion_model.", ("unet",)),
    ("diffusion_model.", ("unet",)),
    ("lora_unet_", ("unet",)),
    ("lycoris_", ("unet",)),
    ("unet.", ("unet",)),
    ("lora_te1_", ("text_encoder",)),
    ("lora_te2_", ("text_encoder_2",)),
    ("lora_te_", ("text_encoder",)),
    ("text_encoder_2.", ("text_encoder_2",)),
    ("text_encoder.", ("text_encoder",)),
    ("clip_l.", ("text_encoder",)),
    ("clip_g.", ("text_encoder_2",)),
    ("", PARTS),
)
_PIECE = re.compile(
    r"""[._](?:
        (?:lora\.|lora_|lora_linear_layer\.)(?P<half>down|up)(?:\.[\w-]+)?\.weight
        | lora_(?P<letter>A|B)(?:\.[\w-]+)?\.weight
        | (?P<alpha>alpha)
    )$""",
    re.VERBOSE,
)
_PIECES: dict[str, Piece] = {"down": "down", "up": "up", "A": "down", "B": "up", "alpha": "alpha"}
_LYCORIS = re.compile(r"[._](?:hada_\w+|lokr_\w+|oft_blocks|oft_diag|a1|b1|on_input)(?:\.weight)?$")
_MAGNITUDES = re.compile(r"[._](?:dora_scale|lora_magnitude_vector(?:\.[\w-]+)*)(?:\.weight)?$")
_MIDDLE = re.compile(r"\.lora_mid\.weight$")


@dataclass(frozen=True)
class LoraName:
    """What a tensor's name says.

    Attributes:
        parts: Those that the layer may belong to; one, except where the writer named none.
        layer: With underscores for dots: `down_blocks_1_attentions_0_proj_in`.
    """

    parts: tuple[Part, ...]
    layer: str
    piece: Piece


def read_name(name: str) -> LoraName | None:
    """Take a tensor's name apart; None where it is no piece of a plain LoRA."""
    piece = _PIECE.search(name)
    if piece is None:
        return None
    layer = name[: piece.start()]
    prefix, parts = next((prefix, parts) for prefix, parts in _PARTS_BY_PREFIX if layer.startswith(prefix))
    flat = flat_layer(layer.removeprefix(prefix).replace(".processor.", "."))
    # diffusers' first form named the layers of all attentions alike.
    if "self_attn_to_" in flat:
        flat = re.sub(r"_to_(q|k|v|out)$", r"_\1_proj", flat)
    flat = f"{flat}_0" if flat.endswith("_to_out") else flat
    return LoraName(parts, flat, _PIECES[piece["half"] or piece["letter"] or "alpha"])


def flat_layer(layer: str) -> str:
    """A layer's name as it is compared: without `text_model`, which some writers leave out."""
    return re.sub(r"^text_model[._]", "", layer).replace(".", "_")


def why_not_plain(names: Iterable[str]) -> str | None:
    """Say why an adapter's tensors are more than a plain LoRA, None where they are not: `is a DoRA (...)`."""
    for name in names:
        if _LYCORIS.search(name):
            return "is a LyCORIS (LoHa, LoKr, OFT), only plain LoRAs can be mixed in"
        if _MAGNITUDES.search(name):
            return "is a DoRA (it scales whole layers by magnitudes), only plain LoRAs can be mixed in"
        if _MIDDLE.search(name):
            return "is a LoCon with three matrices a layer, only plain LoRAs (two a layer) can be mixed in"
    return None


def left_out(names: Iterable[str]) -> tuple[str, ...]:
    """The tensors that a plain LoRA does not have: biases, norms, bundled embeddings."""
    return tuple(name for name in names if read_name(name) is None)
