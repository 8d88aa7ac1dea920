"""Counters and times of a worker: they listen to its updates, and the drawing knows nothing of them.

An update of an end is published only after the job store wrote that end, by whoever won the compare-and-set; so a
sprite is counted once, whatever was tried for it.
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram

from pixels_mcp.errors import PixelsError
from pixels_mcp.events import Accepted, Failed, Finished, SpriteInfo, Started, State, Update
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.jobs.records import Part
from pixels_mcp.worker.batch import Drawing, RowBatch

DRAWING_S = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80)
WAITING_S = (0.05, 0.25, 1, 5, 15, 60, 300, 1800)
ROWS = (1, 2, 4, 8, 16, 32)
UNKNOWN_MODEL = "unknown"
"""In the place of a name that no installed model has: a label must not grow by what people ask for."""


class Counts:
    """Counts for one worker.

    No label holds a prompt, a path, a person or a job; the job is an exemplar, which OpenMetrics carries.

    Args:
        model_name: The installed model that a request's `model` (or none) means.

    Raises:
        PixelsError: By `model_name`, where none is called so.
    """

    def __init__(self, registry: CollectorRegistry, store: JobStore, model_name: Callable[[str | None], str]) -> None:
        self._store, self._model_name = store, model_name
        self._sprites = Counter(
            "pixels_sprites",
            "Sprites whose part has ended, by how; confidence is none where a model does not tell it",
            ["model", "state", "confidence"],
            registry=registry,
        )
        self._errors = Counter("pixels_errors", "Parts that ended with an error, by its name", ["code"],
                               registry=registry)  # fmt: skip
        self._render_s = Histogram("pixels_render_seconds", "Drawing one batch of rows, loading its model included",
                                   ["model"], buckets=DRAWING_S, registry=registry)  # fmt: skip
        self._finish_s = Histogram("pixels_finish_seconds", "Making true pixel art of one render and keeping it",
                                   ["model"], buckets=DRAWING_S, registry=registry)  # fmt: skip
        self._wait_s = Histogram("pixels_queue_wait_seconds", "From being asked for to the first start of a part",
                                 buckets=WAITING_S, registry=registry)  # fmt: skip
        self._rows = Histogram("pixels_rows_per_batch", "Rows drawn together", buckets=ROWS, registry=registry)

    # --- from updates, on the serving thread --------------------------------------------------------------------

    def heard(self, update: Update) -> None:
        """Learn of an update."""
        with contextlib.suppress(PixelsError):  # a store that cannot be read now is told elsewhere
            match update:
                case Started():
                    self._started(self._store.part(update.part_id))
                case Finished(sprites=sprites, state=state):
                    self._ended(self._store.part(update.part_id), state, sprites)
                case Failed(error=error):
                    self.failed(self._store.part(update.part_id), error.code)
                case Accepted():
                    self._refused(self._store.part(update.part_id))
                case _:
                    pass

    def failed(self, part: Part, code: str) -> None:
        """A part ended with an error."""
        self._errors.labels(code).inc(exemplar=_exemplar(part))
        self._ended(part, "failed", part.sprites)

    def _started(self, part: Part) -> None:
        job = self._store.job(part.job_id)
        if part.starts <= 1 and job.kind != "workflow":  # whose parts are asked for later than the job
            waited_s = time.time() - job.created_s
            self._wait_s.observe(max(0.0, waited_s), exemplar=_exemplar(part))

    def _refused(self, first: Part) -> None:
        """Items of a batch that were refused when it was asked for: they ended before anything was told of them."""
        job = self._store.job(first.job_id)
        if job.tally.failed:
            for part in self._store.parts(job):
                is_asked_now = part.number >= first.number
                if is_asked_now and part.state == "failed" and part.starts == 0 and part.error is not None:
                    self.failed(part, part.error.code)

    def _ended(self, part: Part, state: State, sprites: Iterable[SpriteInfo]) -> None:
        """Count a part's sprites: those that stand in the library are done, however the part ended."""
        standing = Tally((sprite.model, _confidence(sprite)) for sprite in sprites)
        for (model, confidence), count in standing.items():
            self._sprites.labels(model, "done", confidence).inc(count, exemplar=_exemplar(part))
        missing = part.request.count - standing.total()
        if missing > 0 and state != "done":
            self._sprites.labels(self._known(part.request.model), state, "none").inc(missing, exemplar=_exemplar(part))

    def _known(self, model: str | None) -> str:
        try:
            return self._model_name(model)
        except PixelsError:
            return UNKNOWN_MODEL

    # --- from the drawing thread --------------------------------------------------------------------------------

    def rendered(self, batch: RowBatch, elapsed_s: float) -> None:
        """A batch was drawn."""
        first = batch.drawings[0].of
        self._render_s.labels(first.plan.model.name).observe(elapsed_s, exemplar=_exemplar(first.part))
        self._rows.observe(len(batch.drawings))

    def finished(self, drawing: Drawing, elapsed_s: float) -> None:
        """A render became a sprite in the library."""
        part = drawing.of
        self._finish_s.labels(part.plan.model.name).observe(elapsed_s, exemplar=_exemplar(part.part))


def _exemplar(part: Part) -> dict[str, str]:
    return {"job_id": part.job_id}


def _confidence(sprite: SpriteInfo) -> str:
    told = sprite.facts.get("confidence")
    return told if told in ("high", "low") else "none"
