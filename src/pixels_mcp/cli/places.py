"""How a command finds the game and the library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pixels_mcp.paths import find_paths
from pixels_mcp.settings import load_settings

if TYPE_CHECKING:
    from pixels_mcp.events import ModelInfo
    from pixels_mcp.game_style.style_file import GameStyle
    from pixels_mcp.library.library_folder import Library


def open_library() -> Library:
    """The person's library.

    Raises:
        SettingsError: The settings are not usable.
    """
    from pixels_mcp.library.library_folder import Library

    paths = find_paths()
    return Library(load_settings(paths).library_dir or paths.library)


def choose_game(named: Path | None) -> tuple[Path, list[Path]]:
    """The game: the one named, else that of the setting `project`, else the one of the working folder.

    Returns:
        Its folder, and the folders that may be touched.

    Raises:
        NotABevyProjectError, UnsupportedBevyError: It is no game that can be used.
    """
    from pixels_mcp.bevy.project import named_roots

    folder = named or load_settings(find_paths()).project or Path.cwd()
    return folder, named_roots(folder)


def sprite_ids() -> list[str]:
    """The newest ids, for the shell's completion."""
    return [sprite.sprite_id for sprite in open_library().search(limit=200)]


def style_folder() -> Path:
    """Where the game's own files are looked for: the setting `project`, else the working folder."""
    return load_settings(find_paths()).project or Path.cwd()


def game_style() -> GameStyle | None:
    """The `pixels.toml` of the game: that of the setting `project`, else of the working folder or above it.

    Raises:
        StyleFileError: It cannot be used.
    """
    from pixels_mcp.game_style.style_file import find_style_file, read_game_style

    file = find_style_file(style_folder())
    return None if file is None else read_game_style(file, open_library().path_of)


def scan_models() -> list[ModelInfo]:
    """Every installed model and LoRA, read without the worker."""
    from pixels_mcp.engines.model_places import open_registry

    paths = find_paths()
    return open_registry(paths, load_settings(paths)).scan()
