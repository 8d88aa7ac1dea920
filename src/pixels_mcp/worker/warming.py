"""Models that are loaded before anybody asks for a sprite: asked by the serving thread, loaded by a free lane."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Literal

from pixels_mcp.engines.base import Rgba
from pixels_mcp.errors import EngineError, LaneLostError, NoLaneError, PixelsError, RenderStopped
from pixels_mcp.worker.loading_time import LoadingTime

log = logging.getLogger(__name__)


class QuietWatch:
    """A `RenderWatch` of a render that nobody sees."""

    def __init__(self, stopped: Callable[[], bool]) -> None:
        self.stopped = stopped
        self.loading = LoadingTime()

    def stage(self, stage: Literal["loading", "encoding", "denoising"]) -> None:
        """Nobody is told."""
        self.loading.enter(stage)

    def step(self, step: int, steps: int, preview: Callable[[int], Rgba | None]) -> None:
        """Nobody is told."""


class Warming:
    """The models that shall be loaded, and how that ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[str, dict[str, str]] = {}
        self._loading: dict[str, str] = {}
        self._ends: dict[str, PixelsError | None] = {}

    @property
    def models(self) -> tuple[str, ...]:
        """Those that are being loaded; may be read from any thread."""
        return tuple(dict.fromkeys(self._loading.values()))

    def ask(self, model: str) -> None:
        """Ask for a model; one that is asked for already is loaded once."""
        with self._lock:
            if model not in self._loading.values():
                self._asked.setdefault(model, {})
                self._ends.pop(model, None)

    def has_ended(self, model: str) -> bool:
        """Whether a model that was asked for was loaded, or could not be."""
        return model in self._ends

    def error_of(self, model: str) -> PixelsError | None:
        """Why a model could not be loaded; None where it could."""
        return self._ends[model]

    def load_next(self, lane: str, lanes: int, load: Callable[[str], str | None]) -> bool:
        """Load one of the models on a lane; False when none is asked for that it does not refuse.

        Args:
            lane: Its name.
            lanes: How many lanes there are; what all of them refuse cannot be loaded.
            load: Loads a model; gives the reason where the lane refuses it.

        Raises:
            LaneLostError: The lane was lost meanwhile; another one loads the model.
        """
        with self._lock:
            model = next((asked for asked, refused in self._asked.items() if lane not in refused), None)
            if model is None:
                return False
            refused = self._asked.pop(model)
            self._loading[lane] = model
        error: PixelsError | None = None
        try:
            reason = load(model)
            if reason is not None:
                refused[lane] = reason
                if len(refused) < lanes:
                    self._asked_again(lane, refused)
                    return True
                error = NoLaneError(model, refused)
        except LaneLostError:
            self._asked_again(lane, refused)
            raise
        except RenderStopped:
            error = EngineError("the worker ended while it loaded the model", hint="ask again")
        except PixelsError as problem:
            error = problem
        except Exception as problem:
            log.exception("loading %s failed", model)
            error = EngineError(f"unexpected {type(problem).__name__}: {problem}", hint="see the log file")
        with self._lock:
            self._ends[self._loading.pop(lane)] = error
        return True

    def _asked_again(self, lane: str, refused: dict[str, str]) -> None:
        with self._lock:
            self._asked[self._loading.pop(lane)] = refused
