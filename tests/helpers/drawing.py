"""An engine, tiny models and a watch, made once for all engine tests."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from helpers import tiny_sdxl
from pixels_mcp.engines.base import RenderSpec, Rgba, Row
from pixels_mcp.engines.diffusers_sdxl import DiffusersSdxl


class Watching:
    """Writes down what the engine tells, and may stop it.

    Args:
        stop_at_step: Say "stopped" once so many steps are done.
    """

    def __init__(self, stop_at_step: int | None = None, *, preview_row: int | None = None) -> None:
        self.stages: list[str] = []
        self.steps: list[tuple[int, int]] = []
        self.previews: list[Rgba] = []
        self._stop_at_step, self._preview_row = stop_at_step, preview_row

    def stage(self, stage: str) -> None:
        self.stages.append(stage)

    def step(self, step: int, steps: int, preview: Callable[[int], Rgba | None]) -> None:
        self.steps.append((step, steps))
        if self._preview_row is not None:
            seen = preview(self._preview_row)
            assert seen is not None
            self.previews.append(seen)

    def stopped(self) -> bool:
        return self._stop_at_step is not None and len(self.steps) >= self._stop_at_step


@cache
def tiny_models() -> Path:
    """A folder with `pixel/`, `folder/`, `single.safetensors` (the same weights as folder), `other.safetensors`."""
    root = Path(tempfile.mkdtemp(prefix="px-tiny-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    tiny_sdxl.write_pixel_model(root / "pixel")
    tiny_sdxl.write_folder(root / "folder", seed=0)
    tiny_sdxl.write_single_file(root / "single.safetensors", seed=0)
    tiny_sdxl.write_single_file(root / "other.safetensors", seed=1)
    return root


@cache
def shared_engine() -> DiffusersSdxl:
    """One CPU engine, in fp32, with two threads."""
    return DiffusersSdxl(device="cpu", dtype="fp32", threads=2)


def spec_of(name: str, **changes: Any) -> RenderSpec:
    """A short render of one of the tiny models: 64 px (32 for `pixel`), 3 steps, with guidance."""
    side_px = 32 if name == "pixel" else 64
    words: dict[str, Any] = {
        "model_path": tiny_models() / name,
        "model_sha256": name,
        "width_px": side_px,
        "height_px": side_px,
        "steps": 3,
        "guidance_scale": 4.0,
    }
    return RenderSpec(**words | changes)


def draw(spec: RenderSpec, *rows: Row, watch: Watching | None = None) -> list[Rgba]:
    """Draw with the shared engine; one row of "a red potion" where none is given."""
    return shared_engine().render(spec, rows or (Row("a red potion", "", 7),), watch or Watching())
