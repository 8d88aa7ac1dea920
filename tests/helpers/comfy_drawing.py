"""Drawing with the tiny model of the tests' ComfyUI server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pixels_mcp.engines.base import LoraFile, RenderSpec, Rgba, Row
from pixels_mcp.engines.comfyui.comfy_engine import ComfyEngine

SIDE = 64


def spec(**words: Any) -> RenderSpec:
    """A small drawing with the SD 1 file."""
    usual: dict[str, Any] = {
        "width_px": SIDE,
        "height_px": SIDE,
        "steps": 4,
        "guidance_scale": 4.0,
        "engine": "comfyui",
    }
    return RenderSpec(Path("tiny_sd1.safetensors"), "unused", **{**usual, **words})


def row(prompt: str = "a red potion", seed: int = 1, **words: Any) -> Row:
    """One picture."""
    return Row(prompt, words.pop("negative", ""), seed, **words)


def lora(name: str = "tiny_style.safetensors", weight: float = 1.0) -> LoraFile:
    """A LoRA of the server."""
    return LoraFile(Path(name), "unused", weight)


def one_color(red: int, green: int, blue: int, alpha: int = 255) -> Rgba:
    """A picture of one color."""
    picture = np.empty((SIDE, SIDE, 4), np.uint8)
    picture[:] = red, green, blue, alpha
    return picture


@dataclass
class Watch:
    """Notes what is told; `stop_at` ends the drawing at a step, `at_step` is called once at the first."""

    stop_at: int | None = None
    at_step: Callable[[], None] | None = None
    stages: list[str] = field(default_factory=list[str])
    steps: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    previews: list[Rgba | None] = field(default_factory=list[Rgba | None])
    is_stopped: bool = False

    def stage(self, stage: str) -> None:
        self.stages.append(stage)

    def step(self, step: int, steps: int, preview: Callable[[int], Rgba | None]) -> None:
        self.steps.append((step, steps))
        self.previews.append(preview(0))
        if self.at_step is not None:
            at_step, self.at_step = self.at_step, None
            at_step()
        if self.stop_at is not None and step >= self.stop_at:
            self.is_stopped = True

    def stopped(self) -> bool:
        return self.is_stopped


def draw(engine: ComfyEngine, *rows: Row, watch: Watch | None = None, **words: Any) -> list[Rgba]:
    """Draw rows; `words` are of the spec."""
    return engine.render(spec(**words), rows or [row()], watch or Watch())


class InBackground:
    """Something that goes on in a thread: its value, or what it raised."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._value: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._value = self._work()
        except BaseException as error:
            self._error = error

    def end(self, timeout_s: float = 200) -> Any:
        """Wait for it; its value."""
        self._thread.join(timeout_s)
        assert not self._thread.is_alive(), "it goes on"
        if self._error is not None:
            raise self._error
        return self._value
