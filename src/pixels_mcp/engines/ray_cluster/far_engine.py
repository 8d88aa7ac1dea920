"""The far end: an engine on another machine, which draws with that machine's own files. Knows nothing of Ray.

Models, LoRAs and VAEs are found by their sha256 in the far machine's own folders (or on a disk that all share): weights
never travel. Two threads use it: one draws, the other asks how far that is.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from pixels_mcp import __version__
from pixels_mcp.engines.base import Engine, LastSeen, LoraFile, RenderAccount, RenderSpec, Rgba, Row
from pixels_mcp.errors import EngineError, PixelsError
from pixels_mcp.models.model_registry import ModelRegistry
from pixels_mcp.next_steps import NextStep
from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings

log = logging.getLogger(__name__)

StageName = Literal["loading", "encoding", "denoising"]

_PREVIEW_PX_MAX = 256
_PREVIEW_WAIT_S = 20.0


@dataclass(frozen=True)
class Said:
    """What a call gave: a value, or an error as its name and words, which every version can read.

    Attributes:
        seen: The engine after the call, so that nobody asks for it; every question takes its time to get here.
    """

    value: Any = None
    error: tuple[str, str, str, tuple[NextStep, ...]] | None = None
    seen: LastSeen | None = None


@dataclass(frozen=True)
class News:
    """How far a render is."""

    stage: StageName | None = None
    step: int = 0
    steps: int = 0


class FarEngine:
    """Serves one engine; where it cannot be made, every call says why.

    Args:
        make: Makes the engine.
        name: What the machine is called in messages.
    """

    def __init__(self, make: Callable[[], Engine], name: str) -> None:
        self._name = name
        paths = find_paths()
        self._registry = ModelRegistry(load_settings(paths).models_dir or paths.models, paths.cache)
        self._registry.hash_all()  # now, because a refusal is answered at once
        self._watch = _FarWatch()
        self._engine: Engine | None = None
        self._problem = self._said("start", lambda: self._start(make))

    def about(self) -> tuple[str, str]:
        """The machine and its version of pixels-mcp."""
        return self._name, __version__

    def ask(self, method: str, spec: tuple[RenderSpec, str | None] | None, *arguments: object) -> Said:
        """Call a method of the engine.

        Args:
            spec: Its first argument, where that is a spec, and the sha256 of the spec's VAE; found in the own folders.
        """

        if self._problem.error is not None:
            return self._problem

        def call() -> Any:
            if spec is None:
                return getattr(self._engine, method)(*arguments)
            here = self._found(*spec)
            if method == "refusal" and isinstance(here, str):
                return here
            if isinstance(here, str):
                raise EngineError(here)
            return getattr(self._engine, method)(here, *arguments)

        return self._said(method, call)

    def render(self, spec: RenderSpec, vae_sha256: str | None, rows: Sequence[Row]) -> Said:
        """Draw all rows together; gives the pictures, and the account of them along with these."""

        def draw() -> tuple[list[Rgba], RenderAccount]:
            here = self._found(spec, vae_sha256)
            if isinstance(here, str):
                raise EngineError(here)
            assert self._engine is not None
            pictures = self._engine.render(here, rows, self._watch)
            return pictures, self._engine.account(here, [row.prompt for row in rows])

        if self._problem.error is not None:
            return self._problem
        self._watch.begin()
        said = self._said("render", draw)
        self._watch.end(() if said.value is None else said.value[0])
        return said

    def news(self, stop: bool) -> News:
        """How far the render is; with `stop` it ends within one step."""
        if stop:
            self._watch.stop()
        return self._watch.news

    def preview(self, row: int) -> Rgba | None:
        """A small picture of a row as it is at the next step; None where the render ended without one."""
        return self._watch.preview(row)

    def _start(self, make: Callable[[], Engine]) -> None:
        try:
            self._engine = make()
        except ImportError as error:
            raise EngineError(
                f"the drawing libraries are not installed on {self._name}: {error}",
                hint="install them there: pip install 'pixels-mcp[worker,ray]'",
            ) from error

    def _said(self, method: str, call: Callable[[], Any]) -> Said:
        try:
            value = call()
            engine = self._engine
            return Said(value, seen=LastSeen(engine.device(), engine.loaded_models()) if engine else None)
        except PixelsError as error:
            return Said(error=(error.code, error.message, error.hint, error.steps))
        except Exception as error:
            log.exception("%s failed", method)
            words = f"unexpected {type(error).__name__} in {method} on {self._name}: {error}"
            return Said(error=("EngineError", words, "see Ray's log files", ()))

    def _found(self, spec: RenderSpec, vae_sha256: str | None) -> RenderSpec | str:
        """The spec with the own files in it, or what is missing."""
        try:
            model = self._registry.find_content(spec.model_sha256)
            if model is None:
                return self._lacks("model", spec.model_path.name, spec.model_sha256)
            loras: list[LoraFile] = []
            for lora in spec.loras:
                own = self._registry.find_content(lora.sha256)
                if own is None:
                    return self._lacks("LoRA", lora.path.name, lora.sha256)
                loras.append(replace(lora, path=own.path))
            vae = self._registry.find_content(vae_sha256) if vae_sha256 else None
            if vae_sha256 and vae is None and spec.vae_path is not None:
                return self._lacks("VAE", spec.vae_path.name, vae_sha256)
        except PixelsError as error:
            return f"{self._name}: {error}"
        return replace(spec, model_path=model.path, loras=tuple(loras), vae_path=vae.path if vae else None)

    def _lacks(self, what: str, name: str, sha256: str) -> str:
        return f"{self._name} has no {what} of sha256 {sha256[:12]} ({name}) in {self._registry.models_dir}"


class _FarWatch:
    """A `RenderWatch` that is asked, instead of telling."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stops = self._is_drawing = False
        self._wanted: int | None = None
        self._seen: Rgba | None = None
        self._finished: Sequence[Rgba] = ()
        self.news = News()

    def begin(self) -> None:
        """A render begins."""
        with self._changed:
            self._stops, self._is_drawing, self._wanted, self._finished, self.news = False, True, None, (), News()

    def end(self, pictures: Sequence[Rgba]) -> None:
        """It ended."""
        with self._changed:
            self._is_drawing, self._finished = False, pictures
            self._changed.notify_all()

    def stop(self) -> None:
        """It shall end within one step."""
        self._stops = True

    def stage(self, stage: StageName) -> None:
        """A stage begins."""
        self.news = News(stage)

    def step(self, step: int, steps: int, preview: Callable[[int], Rgba | None]) -> None:
        """A step is done; a row that is asked for is shown."""
        with self._changed:
            self.news = News("denoising", step, steps)
            if self._wanted is not None:
                self._seen, self._wanted = preview(self._wanted), None
                self._changed.notify_all()

    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._stops

    def preview(self, row: int) -> Rgba | None:
        """A row at the next step, or as it became."""
        with self._changed:
            self._wanted, self._seen = row, None
            self._changed.wait_for(lambda: self._seen is not None or not self._is_drawing, _PREVIEW_WAIT_S)
            if self._seen is None and row < len(self._finished):
                return _small(self._finished[row])
            return self._seen


def _small(pixels: Rgba) -> Rgba:
    stride = -(-max(pixels.shape[:2]) // _PREVIEW_PX_MAX)
    return np.ascontiguousarray(pixels[::stride, ::stride])
