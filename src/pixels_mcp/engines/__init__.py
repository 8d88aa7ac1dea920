"""Engines draw raw pictures (renders) from plans; they know neither pixel art nor the library."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pixels_mcp.engines.base import Engine
from pixels_mcp.errors import SettingsError


def make_engine(
    name: str = "diffusers_sdxl",
    *,
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
    dtype: Literal["auto", "bf16", "fp16", "fp32"] = "auto",
    threads: int = 0,
    cache_dir: Path | None = None,
) -> Engine:
    """Make an engine by its name; this is where torch is imported.

    Args:
        name: `diffusers_sdxl`.
        device: `auto` takes cuda, else mps, else cpu.
        dtype: `auto` takes what the device is fast at.
        threads: CPU threads; 0 takes every physical core that this process may use.
        cache_dir: Where measured facts about the processor are kept, so that they are the same tomorrow.

    Raises:
        SettingsError: No such engine, or the device or number format is not there.
    """
    if name == "diffusers_sdxl":
        from pixels_mcp.engines.diffusers_sdxl import DiffusersSdxl

        return DiffusersSdxl(device=device, dtype=dtype, threads=threads, cache_dir=cache_dir)
    raise SettingsError(f"no engine is called {name!r}", hint="known engines: diffusers_sdxl")
