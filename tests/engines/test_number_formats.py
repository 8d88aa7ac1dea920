"""Short number formats draw nearly the same picture, and a VAE that overflows in fp16 is kept in fp32."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from helpers import tiny_sdxl
from helpers.drawing import Watching, draw, spec_of, tiny_models
from pixels_mcp.engines.base import Row
from pixels_mcp.engines.diffusers_sdxl import DiffusersSdxl
from pixels_mcp.engines.diffusers_sdxl.model import load_model

CPU = torch.device("cpu")


def test_bf16_draws_nearly_what_fp32_draws_and_the_same_bytes_again() -> None:
    engine = DiffusersSdxl(device="cpu", dtype="bf16", threads=2)
    for name in ("pixel", "folder"):
        rows = [Row("a red potion", "", 7)]
        exact = draw(spec_of(name), *rows)[0].astype(int)
        short, again = (engine.render(spec_of(name), rows, Watching())[0] for _ in range(2))

        assert np.array_equal(short, again)
        assert engine.account(spec_of(name), ()).dtype == "bf16"
        assert 0 < np.abs(short.astype(int) - exact).mean() < 6


def test_a_vae_that_overflows_in_fp16_is_kept_in_fp32(tmp_path: Path) -> None:
    single = tiny_models() / "single.safetensors"
    fixed = tiny_sdxl.write_vae(tmp_path / "sdxl_vae_fp16_fix.safetensors")

    usual = load_model(single, None, CPU, torch.float16)
    with_fixed = load_model(single, fixed, CPU, torch.float16)
    in_bf16 = load_model(single, None, CPU, torch.bfloat16)

    assert (usual.pipeline.unet.dtype, usual.vae.dtype) == (torch.float16, torch.float32)
    assert with_fixed.vae.dtype == torch.float16
    assert in_bf16.vae.dtype == torch.bfloat16


def test_convolutions_keep_their_channels_last() -> None:
    model = load_model(tiny_models() / "pixel", None, CPU, torch.float32)

    assert model.pipeline.unet.conv_in.weight.is_contiguous(memory_format=torch.channels_last)
    assert not model.pipeline.unet.conv_in.weight.is_contiguous()
