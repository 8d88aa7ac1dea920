"""Models that are loaded before anybody asks for a sprite: asked by the serving thread, loaded by the drawing one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Literal, Protocol

from pixels_mcp.engines.base import Rgba
from pixels_mcp.errors import EngineError, PixelsError, RenderStopped

log = logging.getLogger(__name__)


class Loader(Protocol):
    """Who loads models: `worker.produce.Studio`."""

    def warm(self, model: str, watch: QuietWatch) -> None:
        """Leave a model ready to draw."""
        ...


class QuietWatch:
    """A `RenderWatch` of a render that nobody sees."""

    def __init__(self, stopped: Callable[[], bool]) -> None:
        self.stopped = stopped

    def stage(self, stage: Literal["loading", "encoding", "denoising"]) -> None:
        """Nobody is told."""

    def step(self, step: int, steps: int, preview: Callable[[int], Rgba]) -> None:
        """Nobody is told."""


class Warming:
    """The models that shall be loaded, and how that ended.

    Attributes:
        model: The one that is being loaded; may be read from any thread.
    """

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._lock = threading.Lock()
        self._asked: dict[str, None] = {}
        self._ends: dict[str, PixelsError | None] = {}
        self.model: str | None = None

    def ask(self, model: str) -> None:
        """Ask for a model; one that is asked for already is loaded once."""
        with self._lock:
            if model != self.model:
                self._asked[model] = None
                self._ends.pop(model, None)

    def has_ended(self, model: str) -> bool:
        """Whether a model that was asked for was loaded, or could not be."""
        return model in self._ends

    def error_of(self, model: str) -> PixelsError | None:
        """Why a model could not be loaded; None where it could."""
        return self._ends[model]

    def load_next(self, stopped: Callable[[], bool]) -> bool:
        """Load one of the models; False when none is asked for."""
        with self._lock:
            if not self._asked:
                return False
            self.model = model = next(iter(self._asked))
            del self._asked[model]
        error: PixelsError | None = None
        try:
            self._loader.warm(model, QuietWatch(stopped))
        except RenderStopped:
            error = EngineError("the worker ended while it loaded the model", hint="ask again")
        except PixelsError as problem:
            error = problem
        except Exception as problem:
            log.exception("loading %s failed", model)
            error = EngineError(f"unexpected {type(problem).__name__}: {problem}", hint="see the log file")
        with self._lock:
            self._ends[model], self.model = error, None
        return True
