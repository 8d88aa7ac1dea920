"""A person's own sprites as exemplars, kept apart from the shipped ones: one folder a set, in the same form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pixels_mcp.errors import ModelFileError
from pixels_mcp.exemplars.tile_index import INDEX_FILE
from pixels_mcp.paths import find_paths

SET_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,55}")


def own_folder() -> Path:
    """Where they lie; it need not exist."""
    return find_paths().data / "exemplars"


def own_sets(root: Path | None = None) -> tuple[Path, ...]:
    """The folders of the sets that were added, by name."""
    try:
        inside = sorted((root or own_folder()).iterdir())
    except OSError:
        return ()
    return tuple(folder for folder in inside if SET_NAME.fullmatch(folder.name) and (folder / INDEX_FILE).is_file())


def stamps(folders: Sequence[Path]) -> tuple[tuple[Path, int], ...]:
    """Folders as they are now, so that what was added or changed while a program runs is seen."""
    return tuple((folder, (folder / INDEX_FILE).stat().st_mtime_ns) for folder in folders)


def remove_own_set(name: str, root: Path | None = None) -> int:
    """Take a set's sprites out of the exemplars; the set itself stays. Returns how many files went.

    Raises:
        ModelFileError: There is none of that name, or it cannot be removed.
    """
    folder = next((one for one in own_sets(root) if one.name == name), None)
    if folder is None:
        there = ", ".join(one.name for one in own_sets(root)) or "none"
        raise ModelFileError(f"no exemplars are called {name!r}", hint=f"there is: {there}")
    files = [file for file in folder.iterdir() if file.is_file()]
    try:
        for file in files:
            file.unlink()
        folder.rmdir()
    except OSError as error:
        raise ModelFileError(f"cannot remove {folder}: {error.strerror}", hint="make it writable") from error
    return len(files)
