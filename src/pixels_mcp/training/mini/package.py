"""Bring a trained run into the stock pipeline, in memory or as the fp16 diffusers folder that is shipped."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import StableDiffusionXLPipeline
from safetensors import SafetensorError
from safetensors.torch import load_file  # pyright: ignore[reportUnknownVariableType]  # partly without types there

from pixels_mcp.errors import TrainingError
from pixels_mcp.next_steps import NextStep
from pixels_mcp.training.checkpoint import load_checkpoint, newest_checkpoint
from pixels_mcp.training.mini.network import (
    Mini,
    Shape,
    make_identity_vae,
    make_scheduler,
    make_text_encoder,
    make_unet,
)
from pixels_mcp.training.word_table import load_tokenizer


def make_pipeline(model: Mini, tokenizer: Any) -> StableDiffusionXLPipeline:
    """Put copies of a model's present weights into a stock pipeline, the table's map folded in."""
    text, unet = make_text_encoder(model.shape), make_unet(model.shape)
    trained = model.text.state_dict()
    plain: dict[str, torch.Tensor] = {}
    for name, tensor in trained.items():
        if name.endswith("token_embedding.map.weight"):
            continue
        if name.endswith("token_embedding.table.weight"):
            plain[name.replace(".table.weight", ".weight")] = model.mapped_table.folded().detach()
        else:
            plain[name] = tensor
    text.load_state_dict(plain)
    unet.load_state_dict(model.unet.state_dict())
    # Everything but the second text encoder's half is optional in the pipeline, though its signature says otherwise.
    parts: dict[str, Any] = {
        "vae": make_identity_vae(),
        "text_encoder": None,
        "text_encoder_2": text.eval(),
        "tokenizer": None,
        "tokenizer_2": tokenizer,
        "unet": unet.eval(),
        "scheduler": make_scheduler(),
    }
    pipeline = StableDiffusionXLPipeline(**parts, force_zeros_for_empty_prompt=False, add_watermarker=False)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def load_packaged(model: Mini, folder: Path) -> None:
    """Take the weights of a packaged model of the same shape; its table, which has the map worked in, is the new table.

    Raises:
        TrainingError: The folder holds no such model, or one of another shape.
    """
    try:
        unet = load_file(folder / "unet" / "diffusion_pytorch_model.safetensors")
        text = load_file(folder / "text_encoder_2" / "model.safetensors")
        trained = {
            name.replace("token_embedding.weight", "token_embedding.table.weight"): tensor.float()
            for name, tensor in text.items()
        }
        mismatch: Any = model.text.load_state_dict(trained, strict=False)
        missing: list[str] = mismatch.missing_keys
        unknown: list[str] = mismatch.unexpected_keys
        left = [name for name in missing if not name.endswith(("token_embedding.map.weight", "position_ids"))]
        if left or unknown:
            raise RuntimeError(f"text encoder: missing {left[:3]}, unknown {unknown[:3]}")
        model.unet.load_state_dict({name: tensor.float() for name, tensor in unet.items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise TrainingError(
            f"{folder} is no packaged mini of this shape: {error}", hint="name the folder that --package wrote"
        ) from error


def package_run(run_dir: Path, folder: Path, *, shape: Shape | None = None) -> Path:
    """Write the newest checkpoint's mean weights as a diffusers folder in fp16.

    Args:
        run_dir: A training run.
        folder: Replaced file by file; whatever else lies in it stays.

    Returns:
        The folder.

    Raises:
        TrainingError: The run has no checkpoint.
    """
    checkpoint = newest_checkpoint(run_dir)
    if checkpoint is None:
        raise TrainingError(f"{run_dir} holds no checkpoint", hint="train first", steps=[NextStep("train_mini")])
    shape = shape or Shape()
    saved = load_checkpoint(checkpoint, shape.as_json())
    model = Mini(shape)
    model.load_state_dict({**saved.weights, **saved.mean_weights})
    pipeline = make_pipeline(model, load_tokenizer(shape.text_pieces)).to(torch.float16)
    staging = folder.with_name(folder.name + ".part")
    shutil.rmtree(staging, ignore_errors=True)
    pipeline.save_pretrained(staging)
    folder.mkdir(parents=True, exist_ok=True)
    for part in sorted(staging.iterdir()):
        target = folder / part.name
        if target.is_dir():
            shutil.rmtree(target)
        part.replace(target)
    staging.rmdir()
    return folder
