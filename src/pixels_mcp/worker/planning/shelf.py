"""What a plan can choose from: the installed models, and the pictures kept in the library."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pixels_mcp.engines.base import Rgba
from pixels_mcp.engines.model_places import open_registry, open_served
from pixels_mcp.errors import UnknownSpriteError
from pixels_mcp.events import ModelInfo
from pixels_mcp.library.entries import LibraryEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.models.entry import ModelEntry, check_fits
from pixels_mcp.models.model_registry import ModelRegistry
from pixels_mcp.paths import Paths
from pixels_mcp.requests import SPRITE_ID_PATTERN, RedrawRequest, SpriteRequest
from pixels_mcp.settings import Settings
from pixels_mcp.worker.planning.profiles import Wishes, wishes_of

if TYPE_CHECKING:
    from pixels_mcp.engines.comfyui.comfy_models import ComfyModels

_FRESH_S = 2.0


class Shelf:
    """Models and pictures by name.

    Args:
        default_model: Taken when a request names none.
        served: The ComfyUI server that draws with checkpoints, None where the embedded engine does.
        wishes: How large models are to be drawn.
    """

    def __init__(
        self,
        registry: ModelRegistry,
        library: Library,
        default_model: str,
        *,
        served: ComfyModels | None = None,
        wishes: Wishes | None = None,
    ) -> None:
        self.served, self.wishes = served, wishes or Wishes()
        self._registry, self._library, self._default_model = registry, library, default_model
        self._glanced: list[ModelEntry] = []
        self._glanced_s = -_FRESH_S

    def glance(self, name: str | None) -> ModelEntry:
        """Find a model fast, without its hash, as it was at most two seconds ago.

        Raises:
            UnknownModelError, ModelFileError: As `Registry.find`.
        """
        wanted = name or self._default_model
        return self._usable("checkpoint", wanted) or self._registry.find(wanted)

    def glance_lora(self, name: str, model: ModelEntry) -> ModelEntry:
        """Find a LoRA that fits a model, fast, as `glance` does.

        Raises:
            UnknownModelError, ModelFileError: As `Registry.find_lora`.
        """
        lora = self._usable("lora", name)
        if lora is None:
            return self._registry.find_lora(name, model)
        check_fits(lora, model)
        return lora

    def _usable(self, kind: str, name: str) -> ModelEntry | None:
        if time.monotonic() - self._glanced_s >= _FRESH_S:
            self._glanced, self._glanced_s = self._registry.entries(), time.monotonic()
        return next(
            (entry for entry in self._glanced if (entry.kind, entry.name, entry.problem) == (kind, name, None)), None
        )

    def holds(self, model_path: Path, sha256: str) -> bool:
        """Whether a model's file still has the bytes of this hash; if it was not touched only its time is read."""
        return self._registry.hash_of(model_path) == sha256

    def model(self, name: str | None) -> ModelEntry:
        """Find a model with its hash, which takes seconds the first time for a large one.

        Raises:
            UnknownModelError, ModelFileError: As `Registry.find`.
        """
        return self._registry.find(name or self._default_model)

    def lora(self, name: str, model: ModelEntry) -> ModelEntry:
        """Find a LoRA that fits a model, with its hash.

        Raises:
            UnknownModelError, ModelFileError: As `Registry.find_lora`.
        """
        return self._registry.find_lora(name, model)

    def models(self, loaded_sha256: tuple[str, ...]) -> list[ModelInfo]:
        """The model list, with those that are ready to draw."""
        return [
            info.model_copy(update={"loaded": info.sha256 is not None and info.sha256 in loaded_sha256})
            for info in self._registry.scan(default_model=self._default_model)
        ]

    def keep_picture(self, pixels: Rgba) -> str:
        """Keep a picture that is redrawn; returns its sha256."""
        return self._library.keep_reference(pixels)

    def picture(self, sha256: str) -> Rgba:
        """A kept picture, (H, W, 4) uint8."""
        return self._library.reference(sha256)

    def redrawn_entry(self, request: SpriteRequest) -> LibraryEntry | None:
        """The sprite of the library that a request redraws or edits, also where it is named by its file; else None."""
        if isinstance(request, RedrawRequest):
            return self._library.find_file(request.parent_sha256)
        return entry_of(request.reference, self._library)

    def sprite_file(self, sprite_id: str) -> Path:
        """A sprite's file.

        Raises:
            UnknownSpriteError: There is none of that id.
        """
        return self._library.path_of(sprite_id)


def entry_of(reference: str, library: Library) -> LibraryEntry | None:
    """The sprite of a library that a reference names, also by its file; else None."""
    if re.fullmatch(SPRITE_ID_PATTERN, reference):
        with contextlib.suppress(UnknownSpriteError):
            return library.get(reference)
        return None
    file = Path(reference)
    entry = library.find_file(file.stem) if file.is_absolute() else None  # its files are named by their hash
    return entry if entry and file.resolve() == Path(entry.path).resolve() else None


def open_shelf(paths: Paths, settings: Settings, library: Library) -> Shelf:
    """The shelf of a person."""
    registry = open_registry(paths, settings)
    return Shelf(
        registry,
        library,
        settings.default_model,
        served=open_served(paths, settings),
        wishes=wishes_of(settings),
    )
