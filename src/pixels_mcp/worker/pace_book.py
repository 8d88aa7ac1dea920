"""How long drawing took on this machine, so that the time of what is asked for next can be told beforehand."""

from __future__ import annotations

import contextlib
import logging
import math
import threading
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from pixels_mcp.engines.base import RenderSpec
from pixels_mcp.paths import Paths

log = logging.getLogger(__name__)

_KEPT_MAX = 64
_NEW_SHARE = 0.5
"""What was measured last counts as much as all before it: the machine may be busier or calmer now."""


class MeasuredPace(BaseModel):
    """What one kind of render took.

    Attributes:
        step_s: Seconds of one denoising step of one row, in one pass.
        finish_s: Seconds of a row after its last step: true pixels, storing.
        load_s: Seconds that loading the model took last.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    step_s: float = 0.0
    finish_s: float = 0.0
    load_s: float = 0.0


class _Pages(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    paces: dict[str, MeasuredPace] = {}


class PaceBook:
    """Paces by model and size of the render, in a file that the worker writes and faces read.

    Losing it costs nothing but foresight, so a disk that is full or a file that is damaged is no error, and nobody
    waits for the disk: a device would stand still meanwhile.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def note_render(self, model: str, spec: RenderSpec, rows: int, *, render_s: float, load_s: float) -> None:
        """Write down what drawing a batch took.

        Args:
            model: Its name.
            spec: What was drawn.
            rows: How many pictures.
            render_s: Seconds for all of them, loading left out.
            load_s: Seconds that loading took; 0 where the model was there.
        """
        self._note(_key(model, spec), step_s=render_s / (rows * passes_of(spec)), load_s=load_s or None)

    def note_finish(self, model: str, spec: RenderSpec, finish_s: float) -> None:
        """Write down the seconds from a picture that is drawn to its sprite in the library."""
        self._note(_key(model, spec), finish_s=finish_s)

    def _note(
        self, key: str, *, step_s: float | None = None, finish_s: float | None = None, load_s: float | None = None
    ) -> None:
        with self._lock:
            paces = self._read().paces
            known = paces.pop(key, None) or MeasuredPace()
            new = MeasuredPace(
                step_s=_mixed(known.step_s, step_s),
                finish_s=_mixed(known.finish_s, finish_s),
                load_s=known.load_s if load_s is None else round(load_s, 3),
            )
            kept = dict([*paces.items(), (key, new)][-_KEPT_MAX:])
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                unfinished = self._file.with_suffix(".new")
                unfinished.write_bytes(_Pages(paces=kept).model_dump_json(indent=1).encode())
                unfinished.replace(self._file)
            except OSError as error:
                log.info("the pace of %s is not written down: %s", key, error)

    def pace_of(self, model: str, spec: RenderSpec) -> MeasuredPace | None:
        """What such a render took; where only other sizes of the model were drawn, the nearest by its pixels."""
        paces = self._read().paces
        if (pace := paces.get(_key(model, spec))) is not None:
            return pace
        others = [(pixels, pace) for key, pace in paces.items() if (pixels := _pixels_of(key, model))]
        if not others:
            return None
        wanted = spec.width_px * spec.height_px
        pixels, pace = min(others, key=lambda one: abs(math.log(one[0] / wanted)))
        share = wanted / pixels
        return pace.model_copy(update={"step_s": pace.step_s * share, "finish_s": pace.finish_s * share})

    def _read(self) -> _Pages:
        with contextlib.suppress(OSError, ValidationError):
            return _Pages.model_validate_json(self._file.read_bytes())
        return _Pages()


def pace_book(paths: Paths) -> PaceBook:
    """The book of a person."""
    return PaceBook(paths.state / "paces.json")


def passes_of(spec: RenderSpec) -> int:
    """How often the model is asked for a row: its steps, of a redraw the share that is run, twice with guidance."""
    steps = spec.steps if spec.strength is None else max(1, math.ceil(spec.steps * spec.strength))
    return steps * (2 if spec.two_pass else 1)


def _mixed(known: float, new: float | None) -> float:
    if new is None:
        return known
    return round(known * (1 - _NEW_SHARE) + new * _NEW_SHARE if known else new, 5)


def _key(model: str, spec: RenderSpec) -> str:
    return f"{spec.width_px}x{spec.height_px} {model}"


def _pixels_of(key: str, model: str) -> int:
    size, _, name = key.partition(" ")
    width, _, height = size.partition("x")
    return int(width) * int(height) if name == model and width.isdigit() and height.isdigit() else 0
