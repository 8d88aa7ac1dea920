"""Work out the configs that an SDXL checkpoint in a single file needs, from the shapes of its tensors.

For the real SDXL the shapes give Stability's own figures (UNet 320/640/1280 with 0, 2 and 10 transformer layers, text
encoders 768 x 12 and 1280 x 32, VAE 128/256/512/512); smaller and larger models in the same layout work likewise.
What shapes cannot tell is fixed in SDXL: 64 numbers an attention head, 32 groups a norm, noise from 0.00085 to 0.012.

Sources: D. Podell et al., 2023, "SDXL: Improving Latent Diffusion Models for High-Resolution Image Synthesis"; key
names as in Stability's generative-models.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pixels_mcp.errors import ModelFileError
from pixels_mcp.models.header import Header
from pixels_mcp.models.quantized import quantized_problem

UNET = "model.diffusion_model."
VAE = "first_stage_model."
TEXT_1 = "conditioner.embedders.0.transformer.text_model."
TEXT_2 = "conditioner.embedders.1.model."
HEAD_WIDTH = 64
LATENT_SCALE = 0.13025
CLIP_START, CLIP_END = 49406, 49407

Config = dict[str, Any]
_READS_TEXT = re.compile(
    r"attn2[._](?:processor\.)?to_k(?:[._]lora[._]?(?:down|A)|[._]lora\.down)?(?:\.default(?:_\d+)?)?\.weight$"
)


def layout_of_checkpoint(header: Header, *, has_other_vae: bool = False) -> dict[str, Config]:
    """Make the configs of all parts of a single-file SDXL checkpoint, by the part's folder name.

    Args:
        header: Of the file.
        has_other_vae: Its own VAE is neither needed nor described.

    Raises:
        ModelFileError: It is not an SDXL checkpoint, or lacks a part, or is a variant that cannot be drawn with.
    """
    problem = why_not_sdxl(header, has_other_vae=has_other_vae)
    if problem:
        raise ModelFileError(f"{header.path.name} {problem}", hint="use a checkpoint of SDXL with everything in it")
    text_2 = _text_2_config(header)
    own_vae = {} if has_other_vae else {"vae": layout_of_vae(header, prefix=VAE)}
    return own_vae | {
        "unet": _unet_config(header, text_2["projection_dim"]),
        "text_encoder": _text_1_config(header),
        "text_encoder_2": text_2,
        "scheduler": _scheduler_config(header),
    }


def why_not_sdxl(header: Header, *, has_other_vae: bool = False) -> str | None:
    """Say in a few words why a checkpoint cannot be drawn with, None when it can: `is the SDXL refiner`."""
    names = header.tensors
    first = header.shape(f"{UNET}input_blocks.0.0.weight", rank=4)
    if first is None:
        return "holds no UNet under SDXL's names"
    if f"{UNET}label_emb.0.0.weight" not in names:
        return f"is of another family than SDXL (text width {cross_width(header)})"
    if "conditioner.embedders.0.model.positional_embedding" in names:
        return "is the SDXL refiner, which cannot draw by itself"
    if first[1] != 4:
        return f"takes {first[1]} channels (an inpainting or editing model), 4 are needed"
    if any(name.startswith("edm_") for name in names):
        return "is a model of the EDM kind (Playground v2.5, CosXL), whose noise is of another kind than SDXL's"
    if quantized := quantized_problem(header):
        return quantized
    for part, key in (
        ("first text encoder", f"{TEXT_1}embeddings.token_embedding.weight"),
        ("second text encoder", f"{TEXT_2}token_embedding.weight"),
        ("VAE", f"{VAE}decoder.conv_in.weight"),
    ):
        if key not in names and not (part == "VAE" and has_other_vae):
            return f"holds no {part}"
    return None


def cross_width(header: Header) -> int | None:
    """Width of the text that a UNet reads: 2048 in SDXL, 768 in SD 1, 1024 in SD 2; of a checkpoint, UNet or LoRA."""
    for name, tensor in header.tensors.items():
        if _READS_TEXT.search(name) and len(tensor.shape) in (2, 4):
            return tensor.shape[1]
    return None


def layout_of_vae(header: Header, *, prefix: str = "") -> Config:
    """Make the config of an AutoencoderKL, in SDXL's key names or in those of diffusers.

    Raises:
        ModelFileError: It is no VAE.
    """
    own_names = f"{prefix}encoder.down.0.block.0.conv1.weight" in header.tensors
    block, layer = ("encoder.down.{}.block.", "conv1") if own_names else ("encoder.down_blocks.{}.resnets.", "conv1")
    widths: list[int] = []
    while True:
        shape = header.shape(f"{prefix}{block.format(len(widths))}0.{layer}.weight", rank=4)
        if shape is None:
            break
        widths.append(shape[0])
    latent = header.shape(f"{prefix}decoder.conv_in.weight", rank=4)
    picture = header.shape(f"{prefix}encoder.conv_in.weight", rank=4)
    if not widths or latent is None or picture is None:
        raise ModelFileError(f"{header.path.name} holds no VAE", hint="put VAEs into models/vae/")
    fixed = re.search(r"fp16[-_]?fix", header.path.name.lower()) is not None
    return {
        "_class_name": "AutoencoderKL",
        "in_channels": picture[1],
        "out_channels": picture[1],
        "down_block_types": ["DownEncoderBlock2D"] * len(widths),
        "up_block_types": ["UpDecoderBlock2D"] * len(widths),
        "block_out_channels": widths,
        "layers_per_block": _count(header, re.escape(prefix) + re.escape(block.format(0)) + r"(\d+)\."),
        "act_fn": "silu",
        "latent_channels": latent[1],
        "norm_num_groups": 32,
        "sample_size": 1024,
        "scaling_factor": LATENT_SCALE,
        # SDXL's own VAE overflows in fp16.
        "force_upcast": not fixed,
    }


def write_layout(layout: dict[str, Config], folder: Path) -> None:
    """Write the configs as the folder that diffusers reads beside a single file."""
    index: dict[str, Any] = {
        "_class_name": "StableDiffusionXLPipeline",
        "force_zeros_for_empty_prompt": True,
        "text_encoder": ["transformers", "CLIPTextModel"],
        "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "tokenizer_2": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "scheduler": ["diffusers", "EulerDiscreteScheduler"],
    }
    (folder / "model_index.json").write_text(json.dumps(index), "utf-8")
    for part, config in layout.items():
        (folder / part).mkdir()
        name = "scheduler_config.json" if part == "scheduler" else "config.json"
        (folder / part / name).write_text(json.dumps(config), "utf-8")


def _unet_config(header: Header, projection_width: int) -> Config:
    levels = _unet_levels(header)
    widths = [width for width, _, _ in levels]
    depths = [depth for _, depth, _ in levels]
    layers = {count for _, _, count in levels}
    middle = _count(header, re.escape(UNET) + r"middle_block\.1\.transformer_blocks\.(\d+)\.")
    if len(layers) != 1 or middle != depths[-1]:
        raise ModelFileError(
            f"{header.path.name} is a pruned variant of SDXL ({depths} transformer layers, {middle} in the middle)",
            hint="use it as a diffusers folder",
        )
    label_width = _shape(header, f"{UNET}label_emb.0.0.weight")[1]
    projected = next((n for n in header.tensors if n.startswith(UNET) and n.endswith(".1.proj_in.weight")), None)
    return {
        "_class_name": "UNet2DConditionModel",
        "in_channels": 4,
        "out_channels": 4,
        "sample_size": 128,
        "block_out_channels": widths,
        "down_block_types": ["CrossAttnDownBlock2D" if depth else "DownBlock2D" for depth in depths],
        "up_block_types": ["CrossAttnUpBlock2D" if depth else "UpBlock2D" for depth in reversed(depths)],
        "layers_per_block": layers.pop(),
        "transformer_layers_per_block": [max(1, depth) for depth in depths],
        "attention_head_dim": [max(1, width // HEAD_WIDTH) for width in widths],
        "cross_attention_dim": cross_width(header),
        "use_linear_projection": projected is not None and len(header.tensors[projected].shape) == 2,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": (label_width - projection_width) // 6,
        "projection_class_embeddings_input_dim": label_width,
        "norm_num_groups": 32,
    }


def _unet_levels(header: Header) -> list[tuple[int, int, int]]:
    """(width, transformer layers, residual layers) of each resolution, the finest first."""
    levels: list[tuple[int, int, int]] = []
    width = depth = count = 0
    for number in range(1, 64):
        block = f"{UNET}input_blocks.{number}."
        residual = header.shape(f"{block}0.in_layers.2.weight", rank=4)
        if residual is not None:
            width, count = residual[0], count + 1
            depth = max(depth, _count(header, re.escape(block) + r"1\.transformer_blocks\.(\d+)\."))
            continue
        levels.append((width, depth, count))
        if f"{block}0.op.weight" not in header.tensors:
            return levels
        depth = count = 0
    raise ModelFileError(f"{header.path.name} has more than 64 UNet blocks", hint="use a checkpoint of SDXL")


def _text_1_config(header: Header) -> Config:
    words, width = _shape(header, f"{TEXT_1}embeddings.token_embedding.weight")
    return _clip_config(
        words,
        width,
        inner=_shape(header, f"{TEXT_1}encoder.layers.0.mlp.fc1.weight")[0],
        layers=_count(header, re.escape(TEXT_1) + r"encoder\.layers\.(\d+)\."),
        pieces=_shape(header, f"{TEXT_1}embeddings.position_embedding.weight")[0],
    ) | {"architectures": ["CLIPTextModel"], "hidden_act": "quick_gelu", "projection_dim": width}


def _text_2_config(header: Header) -> Config:
    words, width = _shape(header, f"{TEXT_2}token_embedding.weight")
    return _clip_config(
        words,
        width,
        inner=_shape(header, f"{TEXT_2}transformer.resblocks.0.mlp.c_fc.weight")[0],
        layers=_count(header, re.escape(TEXT_2) + r"transformer\.resblocks\.(\d+)\."),
        pieces=_shape(header, f"{TEXT_2}positional_embedding")[0],
    ) | {
        "architectures": ["CLIPTextModelWithProjection"],
        "hidden_act": "gelu",
        "projection_dim": _shape(header, f"{TEXT_2}text_projection")[1],
    }


def _clip_config(words: int, width: int, *, inner: int, layers: int, pieces: int) -> Config:
    return {
        "model_type": "clip_text_model",
        "vocab_size": words,
        "hidden_size": width,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": max(1, width // HEAD_WIDTH),
        "max_position_embeddings": pieces,
        "bos_token_id": CLIP_START,
        "eos_token_id": CLIP_END,
        "pad_token_id": CLIP_END,
        "layer_norm_eps": 1e-5,
    }


def _scheduler_config(header: Header) -> Config:
    wants_v = "v_pred" in header.tensors or header.metadata.get("modelspec.prediction_type", "").startswith("v")
    return {
        "_class_name": "EulerDiscreteScheduler",
        "num_train_timesteps": 1000,
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "prediction_type": "v_prediction" if wants_v else "epsilon",
        "rescale_betas_zero_snr": "ztsnr" in header.tensors,
        "timestep_spacing": "trailing" if wants_v else "leading",
        "steps_offset": 1,
        "interpolation_type": "linear",
    }


def _shape(header: Header, name: str) -> tuple[int, ...]:
    """The shape of a matrix that must be there."""
    shape = header.shape(name, rank=2)
    if shape is None:
        raise ModelFileError(f"{header.path.name} lacks {name}", hint="the file is incomplete; get it again")
    return shape


def _count(header: Header, pattern: str) -> int:
    """One more than the largest number that a pattern's group finds in the names, 0 where it finds none."""
    matches = (match for name in header.tensors if (match := re.match(pattern, name)))
    return max((int(match.group(1)) + 1 for match in matches), default=0)
