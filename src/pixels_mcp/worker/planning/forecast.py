"""A dry run: what a batch or a workflow would take, seconds and memory, and what would be drawn from what."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.engines.base import RenderSpec, guess_row_bytes
from pixels_mcp.events import WorkerHealth
from pixels_mcp.library.library_folder import Library
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.models.weight_bytes import ITEM_BYTES, DtypeName, weight_bytes
from pixels_mcp.operations.edit_request import EditRequest
from pixels_mcp.operations.frame_redraws import foreseen_redraws
from pixels_mcp.operations.set_requests import AnimateRequest, TilesetRequest
from pixels_mcp.operations.terrains import drawing_of
from pixels_mcp.operations.workflow_ahead import StepAhead
from pixels_mcp.paths import Paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.settings import Settings
from pixels_mcp.worker.pace_book import PaceBook, pace_book, passes_of
from pixels_mcp.worker.planning.looking_shelf import LookingShelf, open_looking_shelf
from pixels_mcp.worker.planning.outlook import ItemOutlook, outlooks_of

TOLD_MAX = 200
"""Items that are told one by one; what cannot be drawn and what is unsure first."""
_PROMPT_CHARS_MAX = 80
_GIB = 2**30


@dataclass(frozen=True)
class StepForecast:
    """A step of a workflow: what it does, how many entries it gives, how many pictures a model draws for that, and how
    many entries stand from an earlier run."""

    step: str
    do: str
    gives: int
    draws: int
    kept: int


@dataclass(frozen=True)
class Forecast:
    """What something would take, before anything of it is queued.

    Attributes:
        items: What would be drawn, in order; a step of a workflow has `step` in front of its prompts.
        steps: Of a workflow: what each step does.
        seconds: For all of it, without what waits before it; None where a model has not been drawn with here yet.
        unmeasured: Those models.
        parts_before: Parts that are drawn or wait already.
        memory_needed_gib: Of the model that needs most: weights, and the rows that are drawn together.
        memory_free_gib: Of the device, now; a model that is loaded needs its weights no more. None while the device is
            not known yet.
        device: Its name.
    """

    items: tuple[ItemOutlook, ...]
    steps: tuple[StepForecast, ...]
    seconds: float | None
    unmeasured: tuple[str, ...]
    parts_before: int
    memory_needed_gib: float
    memory_free_gib: float | None
    device: str

    @property
    def doubtful(self) -> list[int]:
        """Numbers, from 1, of items that are unlikely to become what is asked."""
        return [number for number, item in enumerate(self.items, 1) if item.confidence == "low"]

    @property
    def refused(self) -> list[int]:
        """Numbers, from 1, of items that cannot be drawn as asked."""
        return [number for number, item in enumerate(self.items, 1) if item.error is not None]

    def to_dict(self) -> dict[str, Any]:
        """As an answer tells it: doubts first, and at most `TOLD_MAX` items, the doubtful ones before the others."""
        order = sorted(range(1, len(self.items) + 1), key=lambda n: (n not in self.refused, n not in self.doubtful, n))
        shown = order[:TOLD_MAX]
        free = self.memory_free_gib
        known = {} if free is None else {"free_gib": _rounded(free), "fits": self.memory_needed_gib <= free}
        told: dict[str, Any] = {
            "confidence": "low" if self.doubtful else None,
            "warning": self._warning(),
            "state": "dry_run",
            "sprites": sum(item.rows for item in self.items if item.error is None),
            "seconds": None if self.seconds is None else _rounded(self.seconds),
            "seconds_unknown": self._unmeasured(),
            "parts_before": self.parts_before,
            "memory": {"needed_gib": _rounded(self.memory_needed_gib), **known, "device": self.device},
            "steps": [asdict(step) for step in self.steps] or None,
            "items_shown": f"{len(shown)} of {len(self.items)}" if len(shown) < len(self.items) else None,
            "items": [_told(number, self.items[number - 1]) for number in shown],
        }
        return {name: value for name, value in told.items() if value is not None}

    def _warning(self) -> str | None:
        parts = [
            f"{len(numbers)} of {len(self.items)} items {what}: {', '.join(map(str, numbers[:40]))}"
            + (f" and {len(numbers) - 40} more" if len(numbers) > 40 else "")
            for numbers, what in (
                (self.refused, "cannot be drawn as asked"),
                (self.doubtful, "are unlikely to become what is asked (low confidence)"),
            )
            if numbers
        ]
        return "; ".join(parts) or None

    def _unmeasured(self) -> str | None:
        if not self.unmeasured:
            return None
        return (
            f"nothing was drawn with {', '.join(self.unmeasured)} on this machine yet: draw one sprite, then ask again"
        )


class Forecaster:
    """Tells what would happen.

    Args:
        shelf: Models and pictures, to look at.
        library: Where sprites are that are to move.
        paces: How long drawing took here.
        health: The worker as it is.
        rows_max: Rows drawn together at most.
    """

    def __init__(
        self, shelf: LookingShelf, library: Library, paces: PaceBook, health: WorkerHealth, *, rows_max: int
    ) -> None:
        self._shelf, self._library, self._paces, self._health, self._rows_max = shelf, library, paces, health, rows_max

    def of_requests(self, requests: Sequence[SpriteRequest], steps: Sequence[StepAhead] = ()) -> Forecast:
        """What drawing would take; steps of a workflow that need no model take well below a second each.

        Raises:
            InvalidArgumentError: Terrains of a step and its other words do not fit together.
        """
        items = outlooks_of(requests, self._shelf)
        told: list[StepForecast] = []
        for step in steps:
            drawn = self._of_step(step)
            items += [replace(one, prompt=f"{step.step}: {one.prompt}") for one in drawn]
            draws = sum(one.rows for one in drawn)
            told.append(StepForecast(step.step, step.do, gives=step.entries, draws=draws, kept=step.kept))
        return self._forecast(items, told)

    def _of_step(self, step: StepAhead) -> list[ItemOutlook]:
        """What a model draws for a step; all sprites of a step that draws are one batch."""
        sprites = [request for request in step.requests if isinstance(request, SpriteRequest)]
        items = outlooks_of(sprites, self._shelf, step.to_come)
        for request in step.requests:
            if isinstance(request, TilesetRequest):
                batch = drawing_of(request)
                items += outlooks_of(batch.expand(), self._shelf) if batch else []
            if isinstance(request, EditRequest) and request.is_drawn:
                items.append(self._of_redraw(request, step.to_come))
            if isinstance(request, AnimateRequest):
                items += self._of_frames(request, step.to_come)
        return items

    def _of_frames(self, request: AnimateRequest, to_come: Mapping[str, str]) -> list[ItemOutlook]:
        """Frames that a model draws anew, a job a clip."""
        if request.redraw == "none":
            return []
        return [
            replace(one, prompt=f"frames of {name}: {one.prompt}")
            for name, words in foreseen_redraws(request, to_come, self._library)
            for one in map(_sure, outlooks_of([parse_request(SpriteRequest, words)], self._shelf, to_come))
        ]

    def _of_redraw(self, request: EditRequest, to_come: Mapping[str, str]) -> ItemOutlook:
        """An edit that a model draws takes as long as a redraw of the sprite."""
        words = {
            "prompt": request.prompt or request.operation,
            "reference": request.sprite_id,
            "strength": request.strength or 1.0,
            "count": request.count,
            "model": request.model,
        }
        given = {name: value for name, value in words.items() if value is not None}
        (outlook,) = outlooks_of([parse_request(SpriteRequest, given)], self._shelf, to_come)
        return _sure(outlook)

    def _forecast(self, items: Sequence[ItemOutlook], steps: Sequence[StepForecast]) -> Forecast:
        rows: dict[tuple[str, RenderSpec], int] = {}
        models: dict[str, ModelEntry] = {}
        for item in items:
            if item.spec is not None and item.model is not None:
                key = (item.model.name, item.spec)
                rows[key] = rows.get(key, 0) + item.rows
                models[item.model.name] = item.model
        seconds, unmeasured = self._seconds(rows)
        health = self._health
        is_known = health.memory_total_gib > 0
        return Forecast(
            items=tuple(items),
            steps=tuple(steps),
            seconds=seconds,
            unmeasured=unmeasured,
            parts_before=health.parts_queued + health.parts_running,
            memory_needed_gib=self._memory(rows, models),
            memory_free_gib=health.memory_free_gib if is_known else None,
            device=health.device_name or health.device,
        )

    def _seconds(self, rows: Mapping[tuple[str, RenderSpec], int]) -> tuple[float | None, tuple[str, ...]]:
        seconds = 0.0
        unmeasured: list[str] = []
        to_load: dict[str, float] = {}
        for (model, spec), count in rows.items():
            pace = self._paces.pace_of(model, spec)
            if pace is None:
                unmeasured.append(model)
                continue
            seconds += count * (pace.step_s * passes_of(spec) + pace.finish_s)
            if model not in self._health.loaded_models:
                to_load[model] = max(pace.load_s, to_load.get(model, 0.0))
        if unmeasured:
            return None, tuple(dict.fromkeys(unmeasured))
        return seconds + sum(to_load.values()), ()

    def _memory(self, rows: Mapping[tuple[str, RenderSpec], int], models: Mapping[str, ModelEntry]) -> float:
        """GiB of the model that needs most; one that is loaded needs no more for its weights."""
        dtype = self._dtype()
        needed = [0.0]
        for (model, spec), count in rows.items():
            together = min(count, self._rows_max)
            weights = 0 if model in self._health.loaded_models else weight_bytes(models[model].path, dtype)
            needed.append((weights + together * guess_row_bytes(spec, ITEM_BYTES[dtype])) / _GIB)
        return max(needed)

    def _dtype(self) -> DtypeName:
        known: dict[str, DtypeName] = {name: name for name in ITEM_BYTES}
        return known.get(self._health.dtype, "fp32")


def make_forecaster(paths: Paths, settings: Settings, library: Library, health: WorkerHealth) -> Forecaster:
    """A forecaster of a person."""
    shelf = open_looking_shelf(paths, settings, library)
    return Forecaster(shelf, library, pace_book(paths), health, rows_max=settings.rows_max)


def _told(number: int, item: ItemOutlook) -> dict[str, Any]:
    told: dict[str, Any] = {"confidence": item.confidence} if item.confidence else {}
    told |= {"item": number, "prompt": item.prompt[:_PROMPT_CHARS_MAX]}
    if item.error is not None or item.model is None:
        return told | ({"error": item.error.message, "hint": item.error.hint} if item.error else {})
    told |= {"drawn_from": item.drawn_from, "size_px": "x".join(map(str, item.size_px)), "model": item.model.name}
    if item.rows > 1:
        told["count"] = item.rows
    if item.doubtful_source is not None:
        told["doubtful_source"] = item.doubtful_source
    if item.unmatched_words:
        told["unmatched_words"] = list(item.unmatched_words)
    if item.nearest_words:
        told["nearest_words"] = list(item.nearest_words)
    return told


def _sure(outlook: ItemOutlook) -> ItemOutlook:
    """A redraw shows what is there already: its words are no matter of confidence, but where that was doubtful."""
    if outlook.doubtful_source is not None:
        return outlook
    return replace(outlook, confidence=None, unmatched_words=(), nearest_words=())


def _rounded(value: float) -> float:
    """Two digits that count; a forecast is no more exact."""
    if value <= 0:
        return 0.0
    return round(value, 1 - math.floor(math.log10(value)))
