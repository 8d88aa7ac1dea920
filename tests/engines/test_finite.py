"""Numbers that are not finite never become a finished sprite."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file  # pyright: ignore[reportUnknownVariableType]  # partly without types there

from helpers.drawing import draw, spec_of, tiny_models
from pixels_mcp.engines.diffusers_sdxl.model import load_model
from pixels_mcp.engines.diffusers_sdxl.pixel_tensors import decode, encode
from pixels_mcp.errors import EngineError


def broken(tmp_path: Path, name: str) -> Path:
    tensors = load_file(tiny_models() / "single.safetensors")
    save_file({**tensors, name: tensors[name] * float("inf")}, tmp_path / "broken.safetensors")
    return tmp_path / "broken.safetensors"


def test_a_vae_that_runs_over_in_fp32_is_refused(tmp_path: Path) -> None:
    path = broken(tmp_path, "first_stage_model.decoder.conv_in.weight")

    with pytest.raises(EngineError, match="VAE gives numbers that are not finite, also in fp32"):
        draw(spec_of("broken-vae", model_path=path))


def test_a_unet_that_gives_not_a_number_is_refused_with_its_format(tmp_path: Path) -> None:
    path = broken(tmp_path, "model.diffusion_model.out.2.weight")

    with pytest.raises(EngineError, match="the model gave numbers that are not finite in fp32"):
        draw(spec_of("broken-unet", model_path=path))


def test_a_vae_that_runs_over_in_a_short_format_computes_in_fp32_and_keeps_its_format_for_other_rows() -> None:
    model = load_model(tiny_models() / "folder", None, torch.device("cpu"), torch.float32)
    with torch.no_grad():
        model.vae.decoder.conv_in.weight *= 3e4
        latents = torch.randn(4, 8, 8, generator=torch.Generator().manual_seed(1))
        exact = decode(model.vae, latents)
        model.vae.to(torch.float16)
        short = decode(model.vae, latents)

    assert np.abs(short.astype(int) - exact).mean() < 3
    assert exact[..., :3].std() > 1
    assert model.vae.dtype == torch.float16


def test_a_reference_is_never_encoded_to_not_a_number() -> None:
    model = load_model(tiny_models() / "folder", None, torch.device("cpu"), torch.float32)
    with torch.no_grad():
        model.vae.encoder.conv_in.weight *= float("nan")
        with pytest.raises(EngineError, match="VAE"):
            encode(model.vae, np.full((64, 64, 4), 200, np.uint8), torch.device("cpu"))
