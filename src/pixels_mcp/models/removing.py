"""Remove a model from a person's folder: its file or folder, its card, its report."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from pixels_mcp.errors import ModelFileError
from pixels_mcp.models.describe import MINI_FOLDER, card_file
from pixels_mcp.models.model_registry import ModelRegistry
from pixels_mcp.models.previous import style_file
from pixels_mcp.next_steps import NextStep


def files_to_remove(registry: ModelRegistry, name: str) -> list[Path]:
    """What goes with a model.

    Raises:
        UnknownModelError: Nothing is called so.
        ModelFileError: It is the built-in one, lies elsewhere, or several are called so.
    """
    named = [entry for entry in registry.entries() if entry.name == name]
    if not named:
        registry.show(name)
    if any(entry.path == MINI_FOLDER for entry in named):
        raise ModelFileError(f"{name} is built in", hint="it goes with pixels-mcp itself")
    if len(named) > 1:
        kinds = ", ".join(f"{entry.kind} {entry.path}" for entry in named)
        raise ModelFileError(f"{len(named)} models are called {name}: {kinds}", hint="remove the file by hand")
    path = named[0].path
    if not path.parent.resolve().is_relative_to(registry.models_dir.resolve()):
        raise ModelFileError(
            f"{path} lies outside {registry.models_dir}", hint="remove it by hand", steps=[NextStep("show_model", name)]
        )
    stem = path.name.removesuffix(".safetensors")
    beside = (card_file(path), path.with_name(f"{stem}.report.html"), style_file(path))
    return [path, *(file for file in beside if file.is_file())]


def remove_files(files: Sequence[Path]) -> int:
    """Remove them; a link goes and its target stays. Returns the bytes that are free again.

    Raises:
        ModelFileError: One cannot be removed.
    """
    freed = 0
    for file in files:
        try:
            if file.is_symlink():
                file.unlink()
                continue
            inside = [one for one in file.rglob("*") if one.is_file()] if file.is_dir() else [file]
            freed += sum(one.stat().st_size for one in inside)
            shutil.rmtree(file) if file.is_dir() else file.unlink()
        except OSError as error:
            raise ModelFileError(f"cannot remove {file}: {error.strerror}", hint="make its folder writable") from error
    return freed
