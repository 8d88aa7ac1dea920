"""An engine in the worker's own process: one that computes nothing itself but asks a server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Literal

from pixels_mcp.engines.base import Device, Engine, LastSeen, RenderAccount, RenderSpec, RenderWatch, Rgba, Row
from pixels_mcp.errors import PixelsError


class NearEngine:
    """A lane's engine without a process of its own; ended, it stops at its watch's next question.

    Attributes:
        last_seen: May be read from any thread; None until the engine was asked, an error when it cannot be used.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ended = threading.Event()
        self.last_seen: LastSeen | PixelsError | None = None

    def kill(self) -> None:
        """Let a render end at its next question."""
        self._ended.set()

    def render(self, spec: RenderSpec, rows: Sequence[Row], watch: RenderWatch) -> list[Rgba]:
        """Draw; see `Engine.render`."""
        return self._engine.render(spec, rows, _EndedWatch(watch, self._ended))

    def refusal(self, spec: RenderSpec) -> str | None:
        """Why a model is not drawn here; see `Engine.refusal`."""
        return self._engine.refusal(spec)

    def rows_that_fit(self, spec: RenderSpec) -> int:
        """How many rows fit; see `Engine.rows_that_fit`."""
        return self._engine.rows_that_fit(spec)

    def account(self, spec: RenderSpec, prompts: Sequence[str]) -> RenderAccount:
        """How it was drawn; see `Engine.account`."""
        return self._engine.account(spec, prompts)

    def let_go(self) -> None:
        """Let models go; see `Engine.let_go`."""
        self._engine.let_go()

    def loaded_models(self) -> tuple[str, ...]:
        """What is ready to draw; see `Engine.loaded_models`."""
        return self._engine.loaded_models()

    def device(self) -> Device:
        """Describe the device; see `Engine.device`.

        Raises:
            PixelsError: The engine cannot be used, as `last_seen` says from then on.
        """
        try:
            device = self._engine.device()
        except PixelsError as error:
            self.last_seen = error
            raise
        self.last_seen = LastSeen(device, self._engine.loaded_models())
        return device


class _EndedWatch:
    """A render's watch that also says when the engine is to end."""

    def __init__(self, watch: RenderWatch, ended: threading.Event) -> None:
        self._watch, self._ended = watch, ended

    def stage(self, stage: Literal["loading", "encoding", "denoising"]) -> None:
        self._watch.stage(stage)

    def step(self, step: int, steps: int, preview: Callable[[int], Rgba | None]) -> None:
        self._watch.step(step, steps, preview)

    def stopped(self) -> bool:
        return self._ended.is_set() or self._watch.stopped()
