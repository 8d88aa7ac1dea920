"""How much memory a row takes: guessed from its size at first, then as measured."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil
import torch

from pixels_mcp.engines.base import DeviceKind, RenderSpec, guess_row_bytes

TRUSTED_SHARE = 0.1
"""A row is never taken for smaller than this share of the guess, whatever was measured."""
SAFE_SHARE = 0.8
"""Of the free memory, so much may be planned with."""


class RowMemory:
    """Remembers the most bytes that a row of each kind of render took."""

    def __init__(self, kind: DeviceKind) -> None:
        self._kind = kind
        self._row_bytes: dict[tuple[object, ...], float] = {}

    def rows_that_fit(self, spec: RenderSpec, free_bytes: int, item_bytes: int) -> int:
        """Rows that fit into free memory, at least 1.

        Args:
            spec: What is drawn.
            free_bytes: Free on the device, the model's weights already taken off.
            item_bytes: Bytes of one number in the model's format.
        """
        guess = guess_row_bytes(spec, item_bytes)
        measured = self._row_bytes.get(_kind_of(spec))
        # Memory that the process had at hand already does not show in a measurement.
        row_bytes = guess if measured is None else max(measured, guess * TRUSTED_SHARE)
        return max(1, int(free_bytes * SAFE_SHARE / row_bytes))

    @contextmanager
    def measured(self, spec: RenderSpec, rows: int) -> Generator[None]:
        """Measure the peak of what is done inside, and remember it as `rows` rows' worth."""
        before = self._start()
        yield
        peak = self._peak()
        if before is None or peak is None:
            return
        key = _kind_of(spec)
        self._row_bytes[key] = max(self._row_bytes.get(key, 0.0), (peak - before) / rows)

    def _start(self) -> int | None:
        if self._kind == "cuda":
            torch.cuda.reset_peak_memory_stats()
            return torch.cuda.memory_allocated()
        if self._kind == "cpu":
            try:
                # Linux begins to count the process's peak anew.
                Path("/proc/self/clear_refs").write_text("5")
            except OSError:
                return None
            return psutil.Process().memory_info().rss
        return None

    def _peak(self) -> int | None:
        if self._kind == "cuda":
            return torch.cuda.max_memory_allocated()
        try:
            status = Path("/proc/self/status").read_text()
        except OSError:
            return None
        line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), None)
        return int(line.split()[1]) * 1024 if line else None


def _kind_of(spec: RenderSpec) -> tuple[object, ...]:
    return spec.model_sha256, spec.width_px, spec.height_px, spec.two_pass, spec.strength is not None
