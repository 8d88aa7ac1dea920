# ruff: noqa: ARG002
"""A small engine that really paints, for tests of everything around engines: pixels from prompt and seed, no torch.

It can be slowed, told to run out of memory above some rows, and told to die. `plain_worker.py` runs it in a process of
its own.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pixels_mcp.engines.base import Device, RenderAccount, RenderSpec, RenderWatch, Rgba, Row
from pixels_mcp.errors import ModelFileError, OutOfDeviceMemory, RenderStopped


@dataclass
class PlainEngine:
    """Paints a blob whose outline comes from the seed and whose colours come from the prompt.

    Args:
        step_s: What a denoising step takes.
        load_s: What loading takes.
        rows_max: More rows at once are out of memory.
        deaths: A file; while it exists, a render removes it and dies in its second step.
        log: A file that gets a line per render: how many rows, and their seeds.
        maps: While it loads it has the model's index mapped into memory, as weights are.
        row_mib: What a row takes of memory while it is painted.
        held: A file; while it exists, no render begins.
        broken: Every render says that the model cannot be loaded.
        lacks: Words of model paths; such models are not drawn here.
    """

    step_s: float = 0.0
    load_s: float = 0.0
    rows_max: int = 1_000
    deaths: str = ""
    log: str = ""
    maps: bool = False
    row_mib: int = 0
    held: str = ""
    broken: bool = False
    lacks: tuple[str, ...] = ()
    loaded: list[str] = field(default_factory=list[str])

    def render(self, spec: RenderSpec, rows: Sequence[Row], watch: RenderWatch) -> list[Rgba]:
        """Paint every row; the place in the batch shows in the picture, as it does in a real engine."""
        if self.log:
            with Path(self.log).open("a", encoding="utf-8") as stream:
                stream.write(f"{len(rows)} {','.join(str(row.seed) for row in rows)}\n")
        while self.held and Path(self.held).exists() and not watch.stopped():
            time.sleep(0.005)
        if self.broken:
            raise ModelFileError("the weights are cut short", hint="get them again")
        if len(rows) > self.rows_max:
            raise OutOfDeviceMemory(f"{len(rows)} rows do not fit, {self.rows_max} do", hint="draw fewer")
        if spec.model_sha256 not in self.loaded:
            watch.stage("loading")
            self._load(spec.model_path)
            self.loaded.append(spec.model_sha256)
        watch.stage("encoding")
        watch.stage("denoising")
        held = bytearray(os.urandom(4096) * (256 * self.row_mib * len(rows)))
        pictures = [_paint(spec, row, place, len(rows)) for place, row in enumerate(rows)]
        for step in range(1, spec.steps + 1):
            if watch.stopped():
                raise RenderStopped("told to stop")
            time.sleep(self.step_s)
            if step == 2 and self.deaths and Path(self.deaths).exists():
                Path(self.deaths).unlink()
                os.kill(os.getpid(), signal.SIGKILL)
            watch.step(step, spec.steps, lambda row: pictures[row])
        del held
        if watch.stopped():
            raise RenderStopped("told to stop")
        return pictures

    def _load(self, model: Path) -> None:
        if not self.maps:
            time.sleep(self.load_s)
            return
        with (model / "model_index.json").open("rb") as stream:
            mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        time.sleep(self.load_s)
        assert mapped[:1] == b"{"

    def refusal(self, spec: RenderSpec) -> str | None:
        """Lacks what it is told to lack."""
        lacked = next((word for word in self.lacks if word in spec.model_path.as_posix()), None)
        return None if lacked is None else f"it has no {lacked}"

    def rows_that_fit(self, spec: RenderSpec) -> int:
        """An estimate that is too high where memory is short, as estimates are."""
        return 1_000

    def account(self, spec: RenderSpec, prompts: Sequence[str]) -> RenderAccount:
        """Reads 77 words; uses every file, in one format."""
        return RenderAccount(self.device(), "fp32", unread=tuple(" ".join(prompt.split()[77:]) for prompt in prompts))

    def let_go(self) -> None:
        """Holds nothing."""
        self.loaded.clear()

    def loaded_models(self) -> tuple[str, ...]:
        """What was painted with."""
        return tuple(self.loaded)

    def device(self) -> Device:
        """This processor."""
        return Device("cpu", "plain", "fp32", 1, 1.0, 2.0)


def _paint(spec: RenderSpec, row: Row, place: int, rows: int) -> Rgba:
    words = f"{row.prompt}|{row.negative_prompt}|{row.seed}|{place}/{rows}|{spec.steps}|{spec.guidance_scale}"
    chance = np.random.default_rng(int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big"))
    picture = np.zeros((spec.height_px, spec.width_px, 4), np.uint8)
    y, x = np.mgrid[: spec.height_px, : spec.width_px]
    middle_y, middle_x = (spec.height_px - 1) / 2, (spec.width_px - 1) / 2
    angle = np.arctan2(y - middle_y, x - middle_x)
    radius = min(spec.width_px, spec.height_px) * (
        0.3 + 0.1 * np.sin(angle * chance.integers(2, 6) + chance.random() * 6)
    )
    inside = np.hypot(y - middle_y, x - middle_x) < radius
    colors = chance.integers(40, 255, (2, 3), dtype=np.uint8)
    picture[inside, :3] = np.where((y < middle_y)[inside, None], colors[0], colors[1])
    picture[inside, 3] = 255
    if row.reference is not None:
        chances = chance.random((spec.height_px, spec.width_px))
        kept = (row.reference[..., 3] > 0) & (chances > (spec.strength or 0.0))
        picture[kept] = row.reference[kept]
    return picture
