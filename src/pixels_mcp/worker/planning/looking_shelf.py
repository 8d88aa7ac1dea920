"""A shelf for looking ahead: nothing is put on it, and no model is hashed."""

from __future__ import annotations

import hashlib

from pixels_mcp.engines.base import Rgba
from pixels_mcp.library.library_folder import Library
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.models.model_registry import ModelRegistry
from pixels_mcp.paths import Paths
from pixels_mcp.settings import Settings
from pixels_mcp.worker.planning.shelf import Shelf


class LookingShelf(Shelf):
    """Pictures that would be kept are remembered here alone."""

    def __init__(self, registry: ModelRegistry, library: Library, default_model: str) -> None:
        super().__init__(registry, library, default_model)
        self._seen: dict[str, Rgba] = {}

    def model(self, name: str | None) -> ModelEntry:
        """Find a model, without its hash."""
        return self.glance(name)

    def lora(self, name: str, model: ModelEntry) -> ModelEntry:
        """Find a LoRA that fits a model, without its hash."""
        return self.glance_lora(name, model)

    def keep_picture(self, pixels: Rgba) -> str:
        """Remember a picture; returns a name for it."""
        name = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
        self._seen[name] = pixels
        return name

    def see(self, name: str, pixels: Rgba) -> None:
        """Remember a picture under the name that it has elsewhere."""
        self._seen[name] = pixels

    def picture(self, sha256: str) -> Rgba:
        """A picture that was remembered here, or is kept in the library."""
        return self._seen[sha256] if sha256 in self._seen else super().picture(sha256)


def open_looking_shelf(paths: Paths, settings: Settings, library: Library) -> LookingShelf:
    """The shelf of a person, to look at."""
    registry = ModelRegistry(settings.models_dir or paths.models, paths.cache)
    return LookingShelf(registry, library, settings.default_model)
