"""Watching a batch being drawn: every part tells its steps and previews and stops by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal, Protocol, TypeVar

import numpy as np

from pixels_mcp.engines.base import Rgba
from pixels_mcp.errors import DiskHeldError
from pixels_mcp.events import Preview, Stage, StageName, Step, Update
from pixels_mcp.png import encode_png
from pixels_mcp.worker.batch import OpenPart, RowBatch
from pixels_mcp.worker.loading_time import LoadingTime

Value = TypeVar("Value")

PREVIEW_EVERY_S = 1.0
PREVIEWS_AT_ONCE = 4
"""A preview costs the engine time, so each second a few parts of a large batch get theirs, in turn."""

_PREVIEW_PX_MAX = 256


class Bulletin(Protocol):
    """Where updates are told: as much of a `WireServer` as drawing needs."""

    def publish(self, update: Update) -> None:
        """Tell an update."""
        ...

    def is_followed(self, job_id: str) -> bool:
        """True when somebody listens."""
        ...


class BatchWatch:
    """A `RenderWatch` of one batch.

    Args:
        is_wanted: False for a part that was cancelled, and for every part when the worker ends.
        wait_for_room: Waits a moment for room on the disk, given the part, what was said, and the seconds that it has
            waited; False when it is not to be tried again.
    """

    def __init__(
        self,
        batch: RowBatch,
        bulletin: Bulletin,
        is_wanted: Callable[[OpenPart], bool],
        wait_for_room: Callable[[OpenPart, DiskHeldError, float], bool],
    ) -> None:
        self._batch, self._bulletin, self._is_wanted = batch, bulletin, is_wanted
        self._wait_for_room = wait_for_room
        self._begun_s = self._previewed_s = time.monotonic()
        self._preview_turn = 0
        self.loading = LoadingTime()

    def is_wanted(self, part: OpenPart) -> bool:
        """False when the part's picture would be thrown away."""
        return self._is_wanted(part)

    def store(self, part: OpenPart, keep: Callable[[], Value]) -> Value:
        """Keep a part's finished picture, as soon as the disk has room for it.

        Raises:
            DiskHeldError: It had none for so long that waiting is given up, or nobody wants the picture any more.
        """
        self.enter(part, "storing")
        begun_s = time.monotonic()
        while True:
            try:
                return keep()
            except DiskHeldError as error:
                if not self._wait_for_room(part, error, time.monotonic() - begun_s):
                    raise

    def enter(self, part: OpenPart, stage: StageName) -> None:
        """One part enters a stage."""
        self._bulletin.publish(Stage(job_id=part.part.job_id, part_id=part.part.part_id, stage=stage))

    def stage(self, stage: Literal["loading", "encoding", "denoising"]) -> None:
        """All parts enter a stage."""
        self.loading.enter(stage)
        if stage == "denoising":
            self._begun_s = self._previewed_s = time.monotonic()
        for part in self._wanted():
            self.enter(part, stage)

    def step(self, step: int, steps: int, preview: Callable[[int], Rgba | None]) -> None:
        """All parts are a step further; the seconds that remain are those that the steps took so far."""
        now_s = time.monotonic()
        eta_s = (now_s - self._begun_s) / step * (steps - step)
        wanted = self._wanted()
        for part in wanted:
            self._bulletin.publish(
                Step(job_id=part.part.job_id, part_id=part.part.part_id, step=step, steps=steps, eta_s=round(eta_s, 2))
            )
        if step < steps and now_s - self._previewed_s >= PREVIEW_EVERY_S:
            self._show([part for part in wanted if self._bulletin.is_followed(part.part.job_id)], step, preview)
            self._previewed_s = time.monotonic()

    def stopped(self) -> bool:
        """True when nobody wants any of it any more."""
        return not self._wanted()

    def _wanted(self) -> list[OpenPart]:
        return [part for part in self._batch.parts if self._is_wanted(part)]

    def _show(self, parts: list[OpenPart], step: int, preview: Callable[[int], Rgba | None]) -> None:
        for _ in range(min(PREVIEWS_AT_ONCE, len(parts))):
            part = parts[self._preview_turn % len(parts)]
            self._preview_turn += 1
            place = self._batch.first_place(part)
            picture = preview(place)
            if picture is None:
                continue
            self._bulletin.publish(
                Preview(
                    job_id=part.part.job_id,
                    part_id=part.part.part_id,
                    variant=self._batch.drawings[place].row.variant,
                    step=step,
                    png=encode_png(_small(picture)),
                )
            )


def _small(pixels: Rgba) -> Rgba:
    stride = -(-max(pixels.shape[:2]) // _PREVIEW_PX_MAX)
    return np.ascontiguousarray(pixels[::stride, ::stride])
