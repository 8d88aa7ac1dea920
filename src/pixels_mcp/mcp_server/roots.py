"""Folders that an assistant's tools may touch: the games that the person named, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pixels_mcp.errors import InvalidArgumentError, PathNotAllowedError, PixelsError
from pixels_mcp.paths import expand_home
from pixels_mcp.settings import Settings


@dataclass(frozen=True)
class Roots:
    """Resolved folders.

    Attributes:
        projects: Game folders; the first is meant where a tool names none.
        readable: Further folders whose pictures may be read (the library).
    """

    projects: tuple[Path, ...]
    readable: tuple[Path, ...] = ()

    def find_readable(self, path: str) -> Path:
        """Resolve a file that a tool wants to read; a relative path starts from the first game folder.

        Raises:
            PathNotAllowedError: It lies outside, also through a link.
            InvalidArgumentError: It is not a file.
        """
        file = self._inside(path, (*self.projects, *self.readable))
        if not file.is_file():
            raise InvalidArgumentError(f"{file} is not a file", hint="check the path")
        return file

    def find_writable(self, path: str) -> Path:
        """Resolve a PNG that a tool wants to write into a game folder.

        Raises:
            PathNotAllowedError: It lies outside, also through a link.
            InvalidArgumentError: It is no .png, or its folder does not exist.
        """
        file = self._inside(path, self.projects)
        if file.suffix.lower() != ".png" or file.is_dir():
            raise InvalidArgumentError(f"{file} is not the name of a .png file", hint="let it end in .png")
        if not file.parent.is_dir():
            raise InvalidArgumentError(f"there is no folder {file.parent}", hint="name a folder that exists")
        return file

    def is_project(self, file: Path) -> bool:
        """Whether a file lies in a game's folder, where files may be written."""
        return any(file.is_relative_to(folder) for folder in self.projects)

    def find_folder(self, path: str) -> Path:
        """Resolve a folder that a tool wants to work in.

        Raises:
            PathNotAllowedError: It lies outside the game folders, also through a link.
            InvalidArgumentError: It is no folder.
        """
        folder = self._inside(path, self.projects)
        if not folder.is_dir():
            raise InvalidArgumentError(f"{folder} is not a folder", hint="check the path")
        return folder

    def _inside(self, path: str, folders: tuple[Path, ...]) -> Path:
        start = self.projects[0] if self.projects else Path.cwd()
        try:
            file = (start / expand_home(path)).resolve()
            file.exists()  # a name that the system cannot take is found here
        except (ValueError, RuntimeError, OSError) as error:
            raise InvalidArgumentError(f"{path!r} is not a path: {error}", hint="check the path") from error
        if not any(file.is_relative_to(folder) for folder in folders):
            allowed = ", ".join(map(str, folders)) or "none"
            raise PathNotAllowedError(
                f"{path} lies outside the allowed folders: {allowed}",
                hint="move the file there, or ask the person to start the server with `--project FOLDER`",
            )
        return file


def find_roots(named: Sequence[Path], settings: Settings, *, library: Path) -> Roots:
    """Decide which folders are allowed: those of the flags, else the setting, else the working folder where it holds a
    Bevy project.

    Args:
        named: `--project` flags.
        settings: Its `project` is used where no flag was given.
        library: The sprite library, whose pictures may be read.

    Raises:
        InvalidArgumentError: A named folder does not exist.
    """
    folders = [expand_home(folder).resolve() for folder in named or ([settings.project] if settings.project else [])]
    for folder in folders:
        if not folder.is_dir():
            raise InvalidArgumentError(f"{folder} is not a folder", hint="name the game's folder")
    if not folders and _holds_game(Path.cwd()):
        folders = [Path.cwd().resolve()]
    return Roots(projects=tuple(folders), readable=(library.resolve(),))


def _holds_game(folder: Path) -> bool:
    if not (folder / "Cargo.toml").is_file():
        return False
    from pixels_mcp.bevy.project import find_project

    try:
        find_project(folder)
    except PixelsError:
        return False
    return True
