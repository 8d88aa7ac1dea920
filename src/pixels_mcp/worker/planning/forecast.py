"""A dry run: what a batch or a workflow would take, seconds and memory, and what would be drawn from what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pixels_mcp import png
from pixels_mcp.engines.base import RenderSpec, guess_row_bytes
from pixels_mcp.events import ErrorInfo, WorkerHealth
from pixels_mcp.foreseen import Forecast, ItemForecast, StepForecast
from pixels_mcp.library.library_folder import Library
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.models.weight_bytes import ITEM_BYTES, DtypeName, weight_bytes
from pixels_mcp.operations.workflow_ahead import StepAhead
from pixels_mcp.paths import Paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.settings import Settings
from pixels_mcp.wire.messages import DrawsAhead, Foresee, StepDraws
from pixels_mcp.worker.pace_book import PaceBook, pace_book, passes_of
from pixels_mcp.worker.planning.accept import NONE_UNREAD
from pixels_mcp.worker.planning.draws_ahead import draws_of_steps
from pixels_mcp.worker.planning.looking_shelf import LookingShelf, open_looking_shelf
from pixels_mcp.worker.planning.outlook import ItemOutlook, outlooks_of

_GIB = 2**30


class Forecaster:
    """Tells what would happen.

    Args:
        shelf: Models and pictures, to look at.
        library: Where sprites are that are to move.
        paces: How long drawing took here.
        health: The worker as it is.
        rows_max: Rows drawn together at most.
        unread: Why references could not be read where they were asked for.
    """

    def __init__(
        self,
        shelf: LookingShelf,
        library: Library,
        paces: PaceBook,
        health: WorkerHealth,
        *,
        rows_max: int,
        unread: Mapping[str, ErrorInfo] = NONE_UNREAD,
    ) -> None:
        self._shelf, self._library, self._paces, self._health, self._rows_max = shelf, library, paces, health, rows_max
        self._unread = unread

    def of_requests(self, requests: Sequence[SpriteRequest], steps: Sequence[StepAhead] = ()) -> Forecast:
        """What drawing would take; steps of a workflow that need no model take well below a second each.

        Raises:
            InvalidArgumentError: Terrains of a step and its other words do not fit together.
        """
        return self.of_draws((DrawsAhead(requests=tuple(requests)),), draws_of_steps(steps, self._library))

    def of_draws(self, draws: Sequence[DrawsAhead], steps: Sequence[StepDraws] = ()) -> Forecast:
        """What drawing would take, where a model draws; as `of_requests`."""
        outlooks = self._outlooks(draws)
        told: list[StepForecast] = []
        for step in steps:
            drawn = self._outlooks(step.draws)
            outlooks += drawn
            rows = sum(one.told.rows for one in drawn)
            told.append(StepForecast(step=step.step, do=step.do, gives=step.gives, draws=rows, kept=step.kept))
        return self._forecast(outlooks, told)

    def _outlooks(self, draws: Iterable[DrawsAhead]) -> list[ItemOutlook]:
        outlooks: list[ItemOutlook] = []
        for batch in draws:
            for one in outlooks_of(batch.requests, self._shelf, batch.to_come, self._unread):
                told = _sure(one.told) if batch.is_redraw else one.told
                if batch.about:
                    told = told.model_copy(update={"prompt": f"{batch.about}: {told.prompt}"})
                outlooks.append(replace(one, told=told))
        return outlooks

    def _forecast(self, outlooks: Sequence[ItemOutlook], steps: Sequence[StepForecast]) -> Forecast:
        rows: dict[tuple[str, RenderSpec], int] = {}
        models: dict[str, ModelEntry] = {}
        for one in outlooks:
            if one.spec is not None and one.model is not None:
                key = (one.model.name, one.spec)
                rows[key] = rows.get(key, 0) + one.told.rows
                models[one.model.name] = one.model
        seconds, unmeasured = self._seconds(rows)
        health = self._health
        is_known = health.memory_total_gib > 0
        return Forecast(
            items=tuple(one.told for one in outlooks),
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


def foresee_for_machine(
    paths: Paths, settings: Settings, library: Library, health: WorkerHealth, asked: Foresee
) -> Forecast:
    """What drawing would take here, for another machine, which sends the pictures that its words name.

    Raises:
        UnreadablePictureError, PictureTooLargeError: One of them is no picture.
    """
    shelf = open_looking_shelf(paths, settings, library)
    for name, data in asked.pictures.items():
        shelf.see(name, png.decode_png(data, label="the reference picture")[0])
    paces, rows_max = pace_book(paths), settings.rows_max
    forecaster = Forecaster(shelf, library, paces, health, rows_max=rows_max, unread=asked.unread)
    return forecaster.of_draws(asked.draws, asked.steps)


def _sure(item: ItemForecast) -> ItemForecast:
    """A redraw shows what is there already: its words are no matter of confidence, but where that was doubtful."""
    if item.doubtful_source is not None:
        return item
    return item.model_copy(update={"confidence": None, "unmatched_words": (), "nearest_words": ()})
