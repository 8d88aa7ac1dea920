"""Write random models that have SDXL's own parts, names and file forms, only narrower, and LoRAs for them.

They draw noise. What they show is that the loader reads real files: every name below is one that published SDXL
checkpoints and LoRAs use. The folder and the file of one seed hold the same weights.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Literal

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import StableDiffusionXLPipeline
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from safetensors.torch import save_file  # pyright: ignore[reportUnknownVariableType]  # partly without types there
from transformers import BertTokenizer, CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from pixels_mcp.engines.clip_tokenizers import make_clip_tokenizers

LAYERS = 2
"""Residual layers per UNet block, as in SDXL; LoRA names count with it."""
Tensors = dict[str, torch.Tensor]
LoraStyle = Literal["kohya", "diffusers"]

SDXL_UNET: dict[str, Any] = {
    "sample_size": 128,
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "layers_per_block": LAYERS,
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
TINY_UNET: dict[str, Any] = SDXL_UNET | {
    "block_out_channels": (32, 64, 64),
    "transformer_layers_per_block": (1, 1, 2),
    "attention_head_dim": (1, 1, 1),
    "cross_attention_dim": 96,
    "addition_time_embed_dim": 16,
    "projection_class_embeddings_input_dim": 64 + 6 * 16,
}
SDXL_VAE: dict[str, Any] = {
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "block_out_channels": (128, 256, 512, 512),
    "layers_per_block": 2,
    "latent_channels": 4,
    "sample_size": 1024,
    "scaling_factor": 0.13025,
}
TINY_VAE: dict[str, Any] = SDXL_VAE | {"block_out_channels": (32, 32, 32, 32), "layers_per_block": 1}


def text_configs(*, full: bool = False) -> tuple[CLIPTextConfig, CLIPTextConfig]:
    """The two text encoders' configs, SDXL's own or narrow; the words are always all 49,408."""
    wide = ((768, 3072, 12, 12, "quick_gelu"), (1280, 5120, 32, 20, "gelu"))
    narrow = ((32, 64, 2, 1, "quick_gelu"), (64, 128, 3, 1, "gelu"))
    first, second = (
        CLIPTextConfig(
            vocab_size=49408,
            hidden_size=width,
            intermediate_size=inner,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            max_position_embeddings=77,
            hidden_act=act,
            projection_dim=width,
            bos_token_id=49406,
            eos_token_id=49407,
            pad_token_id=49407,
        )
        for width, inner, layers, heads, act in (wide if full else narrow)
    )
    return first, second


def make_tiny_sdxl(seed: int = 0, *, full: bool = False) -> StableDiffusionXLPipeline:
    """A random pipeline with SDXL's two text encoders, tokenizers, UNet layout and VAE layout."""
    torch.manual_seed(seed)
    first, second = text_configs(full=full)
    tokenizer, tokenizer_2 = make_clip_tokenizers()
    # The pipeline's hints name one scheduler, one VAE and one tokenizer of those that it takes.
    scheduler: Any = EulerDiscreteScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        timestep_spacing="leading",
        steps_offset=1,
    )
    return StableDiffusionXLPipeline(
        vae=AutoencoderKL(**(SDXL_VAE if full else TINY_VAE)),
        text_encoder=CLIPTextModel(first),
        text_encoder_2=CLIPTextModelWithProjection(second),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer_2,
        unet=UNet2DConditionModel(**(SDXL_UNET if full else TINY_UNET)),
        scheduler=scheduler,
        add_watermarker=False,
    )


def write_folder(folder: Path, seed: int = 0) -> Path:
    """Write the diffusers form."""
    make_tiny_sdxl(seed).save_pretrained(folder)
    return folder


def write_single_file(file: Path, seed: int = 0, *, metadata: dict[str, str] | None = None) -> Path:
    """Write the form of published checkpoints, with Stability's names."""
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(single_file_tensors(make_tiny_sdxl(seed)), file, metadata=metadata)
    return file


def write_vae(file: Path, seed: int = 9) -> Path:
    """Write a VAE of its own, in SDXL's names without a prefix."""
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    save_file({k: v.contiguous() for k, v in vae_tensors(AutoencoderKL(**TINY_VAE)).items()}, file)
    return file


def write_lora(
    file: Path,
    style: LoraStyle,
    *,
    seed: int = 5,
    text_width: int = 96,
    rank: int = 4,
    unet_only: bool = False,
    metadata: dict[str, str] | None = None,
) -> Path:
    """Write a LoRA for the tiny model; both styles of one seed hold the same numbers.

    Args:
        text_width: Width of the text that the LoRA's base reads: 96 fits, 768 is a LoRA of SD 1.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(seed)
    width = 64
    # (diffusers name, Stability's name, inputs, outputs)
    layers: list[tuple[str, str, int, int]] = []
    for attention, leaf, inputs in (
        ("attn1", "to_q", width),
        ("attn2", "to_k", text_width),
        ("attn2", "to_v", text_width),
    ):
        tail = f"transformer_blocks.0.{attention}.{leaf}"
        layers += [
            (f"unet.down_blocks.1.attentions.0.{tail}", f"unet.input_blocks.4.1.{tail}", inputs, width),
            (f"unet.mid_block.attentions.0.{tail}", f"unet.middle_block.1.{tail}", inputs, width),
            (f"unet.up_blocks.0.attentions.1.{tail}", f"unet.output_blocks.1.1.{tail}", inputs, width),
        ]
    texts = () if unet_only else (("text_encoder", "te1", 32), ("text_encoder_2", "te2", 64))
    for part, kohya_part, text in texts:
        for leaf in ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj"):
            tail = f"text_model.encoder.layers.0.{leaf}"
            layers.append((f"{part}.{tail}", f"{kohya_part}.{tail}", text, text))
    tensors: Tensors = {}
    for diffusers_name, kohya_name, inputs, outputs in layers:
        down = torch.randn(rank, inputs, generator=generator)
        up = torch.randn(outputs, rank, generator=generator)
        if style == "diffusers":
            tensors |= {f"{diffusers_name}.lora_A.weight": down, f"{diffusers_name}.lora_B.weight": up}
        else:
            name = "lora_" + kohya_name.replace(".", "_")
            tensors |= {
                f"{name}.lora_down.weight": down,
                f"{name}.lora_up.weight": up,
                f"{name}.alpha": torch.tensor(float(rank)),
            }
    save_file(tensors, file, metadata=metadata)
    return file


def write_pixel_model(folder: Path, seed: int = 0) -> Path:
    """Write a random model of the embedded model's kind: RGBA pixels as latents, one text encoder, word pieces."""
    torch.manual_seed(seed)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefghijklmnopqrstuvwxyz", "##a", "red", "blue", "potion"]
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = BertTokenizer(vocab={word: number for number, word in enumerate(words)}, model_max_length=12)
    text = CLIPTextModelWithProjection(
        CLIPTextConfig(
            vocab_size=len(words),
            hidden_size=32,
            intermediate_size=64,
            projection_dim=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=12,
            bos_token_id=2,
            eos_token_id=3,
            pad_token_id=0,
        )
    )
    small: dict[str, Any] = TINY_UNET | {
        "sample_size": 32,
        "block_out_channels": (32, 32, 64),
        "layers_per_block": 1,
        "transformer_layers_per_block": 1,
        "cross_attention_dim": 32,
        "addition_time_embed_dim": 8,
        "projection_class_embeddings_input_dim": 32 + 6 * 8,
    }
    parts: dict[str, Any] = {
        "vae": make_identity_vae(),
        "text_encoder": None,
        "text_encoder_2": text,
        "tokenizer": None,
        "tokenizer_2": tokenizer,
        "unet": UNet2DConditionModel(**small),
        "scheduler": DPMSolverMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=1.0, final_sigmas_type="zero"
        ),
    }
    pipeline = StableDiffusionXLPipeline(**parts, force_zeros_for_empty_prompt=False, add_watermarker=False)
    pipeline.save_pretrained(folder)
    return folder


def make_identity_vae() -> AutoencoderTiny:
    """A VAE that hands RGBA through: each channel as x and as -x past the ReLU, at a tenth of its range."""
    vae = AutoencoderTiny(
        in_channels=4,
        out_channels=4,
        latent_channels=4,
        encoder_block_out_channels=(8,),
        decoder_block_out_channels=(8,),
        num_encoder_blocks=(1,),
        num_decoder_blocks=(1,),
        scaling_factor=10.0,
    )
    with torch.no_grad():
        weights = {name: torch.zeros_like(weight) for name, weight in vae.state_dict().items()}
        for c in range(4):
            weights["encoder.layers.0.weight"][c, c, 1, 1] = 1
            weights["encoder.layers.2.weight"][c, c, 1, 1] = 0.2
            weights["encoder.layers.2.bias"][c] = -0.1
            weights["decoder.layers.0.weight"][c, c, 1, 1] = 1
            weights["decoder.layers.0.weight"][c + 4, c, 1, 1] = -1
            weights["decoder.layers.3.weight"][c, c, 1, 1] = 5
            weights["decoder.layers.3.weight"][c, c + 4, 1, 1] = -5
            weights["decoder.layers.3.bias"][c] = 0.5
        vae.load_state_dict(weights)
    return vae


def single_file_tensors(pipeline: StableDiffusionXLPipeline) -> Tensors:
    """All weights under Stability's names."""
    tensors = {f"model.diffusion_model.{k}": v for k, v in unet_tensors(pipeline.unet).items()}
    tensors |= {f"first_stage_model.{k}": v for k, v in vae_tensors(pipeline.components["vae"]).items()}
    tensors |= {f"conditioner.embedders.0.transformer.{k}": v for k, v in text_1_tensors(pipeline.text_encoder).items()}
    tensors |= {f"conditioner.embedders.1.model.{k}": v for k, v in text_2_tensors(pipeline.text_encoder_2).items()}
    return {name: tensor.contiguous() for name, tensor in tensors.items()}


def unet_tensors(unet: UNet2DConditionModel) -> Tensors:
    """The UNet under Stability's names."""
    attended = {
        int(match[1])
        for name in unet.state_dict()
        if (match := re.match(r"up_blocks\.(\d+)\.attentions\.", name)) is not None
    }
    per_level = LAYERS + 1

    def place(match: re.Match[str]) -> str:
        side, level, kind, number = match["side"], int(match["level"]), match["kind"], int(match["number"])
        blocks = "input_blocks" if side == "down" else "output_blocks"
        if kind == "downsamplers":
            return f"{blocks}.{(level + 1) * per_level}.0.op."
        if kind == "upsamplers":
            return f"{blocks}.{level * per_level + LAYERS}.{2 if level in attended else 1}.conv."
        position = level * per_level + number + (1 if side == "down" else 0)
        return f"{blocks}.{position}.{0 if kind == 'resnets' else 1}."

    renamed: Tensors = {}
    for name, tensor in unet.state_dict().items():
        new = re.sub(
            r"^(?P<side>down|up)_blocks\.(?P<level>\d+)\.(?P<kind>resnets|attentions|downsamplers|upsamplers)"
            r"\.(?P<number>\d+)\.(?:conv\.)?(?=\S)",
            place,
            name,
        )
        for old, stability in (
            ("mid_block.resnets.0.", "middle_block.0."),
            ("mid_block.attentions.0.", "middle_block.1."),
            ("mid_block.resnets.1.", "middle_block.2."),
            ("time_embedding.linear_1.", "time_embed.0."),
            ("time_embedding.linear_2.", "time_embed.2."),
            ("add_embedding.linear_1.", "label_emb.0.0."),
            ("add_embedding.linear_2.", "label_emb.0.2."),
            ("conv_in.", "input_blocks.0.0."),
            ("conv_norm_out.", "out.0."),
            ("conv_out.", "out.2."),
            (".conv_shortcut.", ".skip_connection."),
            (".time_emb_proj.", ".emb_layers.1."),
            (".norm1.weight", ".in_layers.0.weight"),
            (".norm1.bias", ".in_layers.0.bias"),
            (".conv1.", ".in_layers.2."),
            (".norm2.weight", ".out_layers.0.weight"),
            (".norm2.bias", ".out_layers.0.bias"),
            (".conv2.", ".out_layers.3."),
        ):
            if ".norm" in old and "transformer_blocks" in new:
                continue
            if old.startswith(("mid", "time", "add", "conv")):
                new = stability + new.removeprefix(old) if new.startswith(old) else new
            else:
                new = new.replace(old, stability)
        renamed[new] = tensor
    return renamed


def vae_tensors(vae: AutoencoderKL) -> Tensors:
    """The VAE under Stability's names; its attention as 1 x 1 convolutions."""
    levels = len(vae.config["block_out_channels"])
    renamed: Tensors = {}
    for name, tensor in vae.state_dict().items():
        new = re.sub(r"up_blocks\.(\d+)\.", lambda match: f"up.{levels - 1 - int(match[1])}.", name)
        new = re.sub(r"down_blocks\.(\d+)\.", r"down.\1.", new)
        new = re.sub(r"mid_block\.resnets\.(\d)", lambda match: f"mid.block_{int(match[1]) + 1}", new)
        if "mid_block.attentions.0." in new:
            new = new.replace("mid_block.attentions.0.", "mid.attn_1.").replace("group_norm", "norm")
            new = re.sub(r"to_([qkv])\.", r"\1.", new).replace("to_out.0.", "proj_out.")
            if new.endswith("weight") and ".norm." not in new:
                tensor = tensor[:, :, None, None]
        new = re.sub(r"\.resnets\.(\d+)", r".block.\1", new)
        new = new.replace("downsamplers.0.", "downsample.").replace("upsamplers.0.", "upsample.")
        renamed[new.replace("conv_shortcut", "nin_shortcut").replace("conv_norm_out", "norm_out")] = tensor
    return renamed


def text_1_tensors(text: CLIPTextModel) -> Tensors:
    """The first text encoder under the names of OpenAI's CLIP in transformers, as SDXL files have them."""
    return {f"text_model.{k.removeprefix('text_model.')}": v for k, v in text.state_dict().items()}


def text_2_tensors(text: CLIPTextModelWithProjection) -> Tensors:
    """The second text encoder under the names of open_clip, with the three attention maps as one."""
    own = {k.removeprefix("text_model."): v for k, v in text.state_dict().items()}
    renamed: Tensors = {
        "token_embedding.weight": own["embeddings.token_embedding.weight"],
        "positional_embedding": own["embeddings.position_embedding.weight"],
        "ln_final.weight": own["final_layer_norm.weight"],
        "ln_final.bias": own["final_layer_norm.bias"],
        "text_projection": own["text_projection.weight"].T,
        "logit_scale": torch.tensor(4.6052),
    }
    for layer in range(text.config.num_hidden_layers):
        old, new = f"encoder.layers.{layer}.", f"transformer.resblocks.{layer}."
        for kind in ("weight", "bias"):
            maps = [own[f"{old}self_attn.{letter}_proj.{kind}"] for letter in "qkv"]
            renamed[f"{new}attn.in_proj_{kind}"] = torch.cat(maps)
            for inner, open_clip in (
                ("self_attn.out_proj", "attn.out_proj"),
                ("layer_norm1", "ln_1"),
                ("layer_norm2", "ln_2"),
                ("mlp.fc1", "mlp.c_fc"),
                ("mlp.fc2", "mlp.c_proj"),
            ):
                renamed[f"{new}{open_clip}.{kind}"] = own[f"{old}{inner}.{kind}"]
    return renamed


def write_header_only(file: Path, tensors: Tensors, metadata: dict[str, str] | None = None) -> Path:
    """Write a file that has a header and room for its weights, but no weights: a sparse file, whatever its size.

    Args:
        tensors: May lie on torch's `meta` device.
    """
    kinds = {torch.float16: ("F16", 2), torch.float32: ("F32", 4), torch.bfloat16: ("BF16", 2)}
    header: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
    end = 0
    for name, tensor in tensors.items():
        kind, item_bytes = kinds[tensor.dtype]
        begin, end = end, end + tensor.numel() * item_bytes
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as stream:
        stream.write(len(text).to_bytes(8, "little") + text)
        stream.truncate(8 + len(text) + end)
    return file
