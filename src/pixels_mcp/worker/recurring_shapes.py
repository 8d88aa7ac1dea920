"""Which batches are drawn with compiled kernels: those whose shape recurs."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace

from pixels_mcp.engines.base import Engine, RenderSpec
from pixels_mcp.settings import CompileWhen
from pixels_mcp.worker.batch import RowBatch
from pixels_mcp.worker.planning.profiles import is_drawn_plainly

COMPILE_AT_RENDERS = 3
"""Compiling takes longer than a few renders, so it waits until a shape was asked for so often."""
COMPILE_AT_ROWS = 8
"""A batch of so many rows earns it at once."""


class RecurringShapes:
    """Decides which batches are drawn with compiled kernels; all lanes share it."""

    def __init__(self, when: CompileWhen) -> None:
        self._when: CompileWhen = when
        self._asked: Counter[tuple[object, ...]] = Counter()
        self._lock = threading.Lock()

    def decide(self, batch: RowBatch, engine: Engine) -> RowBatch:
        """The batch with its levers complete; one that follows a recipe is drawn as it was."""
        plan = batch.parts[0].plan
        if self._when == "never" or plan.recorded_batch is not None or is_drawn_plainly(plan.model):
            return batch
        if self._when == "cards" and engine.device().kind != "cuda":
            return batch
        rows, spec = len(batch.drawings), batch.spec
        with self._lock:
            shape = _shape(spec, rows)
            self._asked[shape] += 1
            earned = self._asked[shape] >= COMPILE_AT_RENDERS or rows >= COMPILE_AT_ROWS
        return replace(batch, spec=replace(spec, levers=replace(spec.levers, compiled=True))) if earned else batch

    def give_up(self) -> None:
        """Compile no more: this machine cannot."""
        self._when = "never"


def _shape(spec: RenderSpec, rows: int) -> tuple[object, ...]:
    """What a compiled kernel is made for."""
    return spec.model_sha256, spec.width_px, spec.height_px, spec.two_pass, bool(spec.loras), rows
