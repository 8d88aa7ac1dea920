"""What this machine draws with, what SDXL would take on it, and how long: told from a short measurement.

`python -m pixels_mcp.engines.hardware CACHE DEVICE` prints it as JSON; a process of its own, because it loads torch and
a card's driver can take a whole process down. No model is loaded: the layers that SDXL spends its time in are run by
themselves, in its sizes, and their speed is multiplied with the work that a whole picture is.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)

from pixels_mcp.engines import devices
from pixels_mcp.engines.base import DeviceKind, RenderSpec, guess_row_bytes
from pixels_mcp.engines.diffusers_sdxl.memory import RowMemory
from pixels_mcp.engines.hardware_facts import CardFacts, FormatSpeed, Hardware, SdxlEstimate
from pixels_mcp.errors import PixelsError
from pixels_mcp.models.weight_bytes import DtypeName
from pixels_mcp.nvidia_card import nvidia_cards

SIDE_PX = 1024
STEPS = 25
FEW_STEPS = 8
WEIGHTS = 2_567_463_684 + 83_653_863 + 123_060_480 + 694_659_840
"""Numbers in SDXL: UNet, VAE, its two text encoders."""
_UNET_FLOPS = {"matmul": 4.354e12, "convolution": 1.623e12, "attention": 0.784e12}
_VAE_FLOPS = {"matmul": 0.034e12, "convolution": 9.886e12, "attention": 0.550e12}
"""Of one pass for one picture of 1024 x 1024 px. Source: torch.utils.flop_counter on SDXL's layout."""
_MEASURE_S = 0.4


def examine_hardware(cache_dir: Path | None, wanted: Literal["auto", "cpu", "cuda", "mps"] = "auto") -> Hardware:
    """Look at a device and measure it; takes a few seconds.

    Raises:
        SettingsError: The one wanted is not on this machine.
    """
    device = devices.choose_device(wanted)
    threads = devices.set_threads(0)
    dtype = devices.choose_dtype(device, "auto", cache_dir)
    free, total = devices.memory_bytes(device)
    candidates: tuple[DtypeName, ...] = ("fp32", "bf16") if device == "cpu" else ("fp32", "fp16", "bf16")
    speeds = tuple(_speed(device, one) for one in candidates)
    return Hardware(
        device=device,
        name=devices.device_name(device),
        torch=torch.__version__,
        threads=threads,
        memory_free_gib=round(free / devices.GIB, 2),
        memory_total_gib=round(total / devices.GIB, 2),
        shares_memory=devices.shares_memory(device),
        dtype=dtype,
        formats=speeds,
        sdxl=estimate_sdxl(next(speed for speed in speeds if speed.name == dtype), device, free),
        card=_card() if device == "cuda" else None,
    )


def estimate_sdxl(speed: FormatSpeed, device: DeviceKind, free_bytes: int) -> SdxlEstimate:
    """What SDXL takes at a measured speed, with so much free memory."""
    item_bytes = devices.TORCH_DTYPES[speed.name].itemsize
    weights_bytes = WEIGHTS * item_bytes
    spec = RenderSpec(Path(), "", SIDE_PX, SIDE_PX, STEPS, 7.0)
    memory = RowMemory(device)
    fits = free_bytes > weights_bytes
    pass_s, vae_s = _seconds(_UNET_FLOPS, speed), _seconds(_VAE_FLOPS, speed)
    return SdxlEstimate(
        weights_gib=round(weights_bytes / devices.GIB, 1),
        row_gib=round(guess_row_bytes(spec, item_bytes) / devices.GIB, 1),
        rows_that_fit=memory.rows_that_fit(spec, free_bytes - weights_bytes, item_bytes) if fits else 0,
        pass_s=_rounded(pass_s),
        picture_s=_rounded(2 * STEPS * pass_s + vae_s),
        few_steps_s=_rounded(FEW_STEPS * pass_s + vae_s),
    )


def _seconds(flops: dict[str, float], speed: FormatSpeed) -> float:
    rates = {
        "matmul": speed.matmul_gflops,
        "convolution": speed.convolution_gflops,
        "attention": speed.attention_gflops,
    }
    return sum(count / (rates[kind] * 1e9) for kind, count in flops.items())


def _rounded(seconds: float) -> float:
    return float(f"{seconds:.2g}")


def _speed(device: DeviceKind, name: DtypeName) -> FormatSpeed:
    """Run a matrix product, a convolution and an attention in SDXL's sizes for a moment each."""
    dtype = devices.TORCH_DTYPES[name]
    tokens, width, heads, side, channels = 1024, 1280, 20, 64, 640
    with torch.inference_mode():
        words = torch.randn(tokens, width, device=device).to(dtype)
        weight = torch.randn(4 * width, width, device=device).to(dtype)
        picture = torch.randn(1, channels, side, side, device=device).to(dtype).to(memory_format=torch.channels_last)
        kernel = torch.randn(channels, channels, 3, 3, device=device).to(dtype).to(memory_format=torch.channels_last)
        asked = torch.randn(1, heads, tokens, width // heads, device=device).to(dtype)
        return FormatSpeed(
            name=name,
            matmul_gflops=_gflops(device, 2 * tokens * width * 4 * width, lambda: F.linear(words, weight)),
            convolution_gflops=_gflops(
                device, 2 * side * side * channels * channels * 9, lambda: F.conv2d(picture, kernel, padding=1)
            ),
            attention_gflops=_gflops(
                device, 4 * tokens * tokens * width, lambda: F.scaled_dot_product_attention(asked, asked, asked)
            ),
        )


def _gflops(device: DeviceKind, flops: int, work: Callable[[], object]) -> float:
    """Billions of operations a second; what the first run prepares is not counted."""
    work()
    _wait_for(device)
    runs, begun_s = 0, time.perf_counter()
    while (elapsed_s := time.perf_counter() - begun_s) < _MEASURE_S:
        for _ in range(1 if device == "cpu" else 20):
            work()
            runs += 1
        _wait_for(device)
    return round(runs * flops / elapsed_s / 1e9, 1)


def _wait_for(device: DeviceKind) -> None:
    if device == "cuda":
        torch.cuda.synchronize()
    elif device == "mps":
        torch.mps.synchronize()


def _card() -> CardFacts | None:
    card = next(iter(nvidia_cards()), None)
    return None if card is None else CardFacts(card.driver(), card.busy_percent(), card.celsius(), card.watts())


def main() -> None:
    """Print it as JSON, or say why not."""
    cache_dir, wanted = sys.argv[1:]
    if wanted not in ("auto", "cpu", "cuda", "mps"):
        sys.exit(f"there is no device called {wanted!r}")
    try:
        print(json.dumps(asdict(examine_hardware(Path(cache_dir), wanted))))  # noqa: T201  # `pixels-mcp hw` reads it
    except PixelsError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
