"""`hw` measures the device that draws."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from helpers.commands import pixels
from pixels_mcp.engines.hardware import estimate_sdxl
from pixels_mcp.engines.hardware_facts import FormatSpeed


def test_hw_tells_the_device_and_what_sdxl_takes_on_it(home: Path) -> None:
    told = json.loads(pixels("hw", "--json").stdout)

    assert told["device"] in ("cpu", "cuda", "mps")
    assert told["name"]
    assert 0 < told["memory_free_gib"] <= told["memory_total_gib"]
    assert {one["name"] for one in told["formats"]} >= {"fp32", "bf16"}
    assert all(one[f"{kind}_gflops"] > 0 for one in told["formats"] for kind in ("matmul", "convolution", "attention"))
    sdxl = told["sdxl"]
    assert sdxl["weights_gib"] == (12.9 if told["dtype"] == "fp32" else 6.5)
    assert sdxl["picture_s"] > sdxl["few_steps_s"] > sdxl["pass_s"] > 0
    assert (sdxl["rows_that_fit"] > 0) == (told["memory_free_gib"] > sdxl["weights_gib"])


def test_hw_refuses_a_card_that_is_not_there(home: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA card")
    done = pixels("hw", extra={"PIXELS_DEVICE": "cuda"})

    assert done.returncode == 1
    assert "the device 'cuda' is not available; this machine has" in done.stderr
    assert done.stdout == ""


def test_an_estimate_follows_from_the_work_of_a_picture_and_the_free_memory() -> None:
    """A card that does 100 TFLOP/s in everything: 6.8 TFLOP a pass, 50 passes, 10.5 TFLOP for the VAE."""
    speed = FormatSpeed("bf16", 100_000, 100_000, 100_000)

    one = estimate_sdxl(speed, "cuda", 24 * 2**30)

    assert (one.pass_s, one.picture_s, one.few_steps_s) == (0.068, 3.5, 0.65)
    assert one.rows_that_fit == 6
    assert estimate_sdxl(speed, "cuda", 6 * 2**30).rows_that_fit == 0
    slower = FormatSpeed("fp32", 50_000, 50_000, 50_000)
    assert estimate_sdxl(slower, "cuda", 24 * 2**30).picture_s == 7.0
    assert estimate_sdxl(slower, "cuda", 24 * 2**30).weights_gib == 12.9
