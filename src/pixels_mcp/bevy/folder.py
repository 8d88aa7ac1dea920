"""Putting files into a game's folder so that Bevy's watcher sees each of them exactly once, and whole.

A file is staged outside the assets folder and moved in: the watcher then tells of one new file. Staged inside, a move
that comes later than 300 ms is lost to Bevy; that way is used only where the assets lie on another file system, within
milliseconds.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
import uuid
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from pixels_mcp.bevy.pinned_folder import pin
from pixels_mcp.bevy.project import BevyProject
from pixels_mcp.errors import DeployError, GameFolderError
from pixels_mcp.files import hold_lock, sync_folder, write_synced, write_whole
from pixels_mcp.next_steps import NextStep

NEW_FOLDER_PAUSE_S = 0.1
"""A file written into a folder before the watcher knows the folder is lost to it."""


class GameFolder:
    """`.pixels/` and the assets folder of one game."""

    def __init__(self, project: BevyProject) -> None:
        self.project = project
        self.root = project.pixels
        self.stage = self.root / "stage"
        self.registry_file = self.root / "deployed.json"

    @contextlib.contextmanager
    def changing(self, what: str) -> Generator[None]:
        """Be the only one that changes this game's folder, and translate what the file system says.

        Raises:
            GameFolderError: It cannot be written.
        """
        try:
            self.make()
            with hold_lock(self.root / "deploy.lock"):
                self._sweep()
                yield
        except OSError as error:
            raise explain_os_error(error, what, self.project) from error

    def make(self) -> None:
        """Make `.pixels/` and keep it out of version control.

        Raises:
            GameFolderError: One of its folders is a link, which could lead anywhere.
        """
        for own in (self.root, *(self.root / name for name in ("stage", "undo", "redo", "provenance", "screenshots"))):
            if own.is_symlink():
                raise GameFolderError(f"{own} is a link", hint="remove it; pixels-mcp makes a folder there")
        for folder in (self.root, self.stage):  # but not the game's own, where that has gone meanwhile
            folder.mkdir(exist_ok=True)
        ignore = self.root / ".gitignore"
        if not ignore.exists():
            write_whole(ignore, b"*\n")

    def place(self, files: Sequence[tuple[Path, bytes]]) -> float:
        """Put files into place one right after the other, in this order; all of them or none.

        Args:
            files: Target below the assets folder and bytes; pictures before the manifests that name them.

        Returns:
            `time.monotonic()` just before the first one. `settle` makes them last.

        Raises:
            OSError: As the system gave it; what stood there before stands there again.
        """
        new_folder = False
        for target, _ in files:
            new_folder = new_folder or not target.parent.is_dir()
            with pin(target.parent, made_below=self.project.base):
                pass  # made where it is missing
        if new_folder:
            time.sleep(NEW_FOLDER_PAUSE_S)
        if all(self._same_device(target.parent) for target, _ in files):
            try:
                return self._move_in([(self._stage(target, data), target) for target, data in files])
            except OSError as error:
                if error.errno != errno.EXDEV:  # bind mounts of one device
                    raise
        return self._write_beside(files)

    def settle(self, files: Sequence[Path]) -> None:
        """Wait until the disk has what `place` wrote; apart from it, because the game need not wait for that."""
        for file in files:
            with contextlib.suppress(OSError), file.open("rb") as stream:
                os.fsync(stream.fileno())
        for folder in {file.parent for file in files}:
            sync_folder(folder)

    def write_own(self, name: str, data: bytes) -> None:
        """Write a file below `.pixels/`, whole or not at all."""
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, data, stage=self.stage)

    def remove_back(self, targets: Sequence[Path]) -> Callable[[], None]:
        """Take files away, in this order; returns what brings them back in the opposite one."""
        before = [(target, data) for target in targets if (data := _bytes_of(target)) is not None]
        for target, _ in before:
            _remove(target)

        def bring_back() -> None:
            for target, data in reversed(before):
                self._put(target, data)

        return bring_back

    def write_own_back(self, name: str, data: bytes) -> Callable[[], None]:
        """Write a file below `.pixels/`; returns what brings back what it held before."""
        target = self.root / name
        before = _bytes_of(target)
        self.write_own(name, data)
        return lambda: target.unlink(missing_ok=True) if before is None else self.write_own(name, before)

    # --- moving ---------------------------------------------------------------------------------------------------

    def _same_device(self, folder: Path) -> bool:
        return self.stage.stat().st_dev == folder.stat().st_dev

    def _stage(self, target: Path, data: bytes) -> Path:
        staged = self.stage / f"{uuid.uuid4().hex}{target.suffix}"
        write_synced(staged, data)
        return staged

    def _move_in(self, moves: Sequence[tuple[Path, Path]]) -> float:
        before = [(target, _bytes_of(target)) for _, target in moves]
        done = 0
        try:
            started = time.monotonic()
            for staged, target in moves:
                with pin(target.parent) as folder:
                    folder.move_in(staged, target.name)
                done += 1
        except OSError:
            for target, data in before[:done]:
                _remove(target) if data is None else self._put(target, data)
            raise
        finally:
            for staged, _ in moves:
                staged.unlink(missing_ok=True)
        return started

    def _write_beside(self, files: Sequence[tuple[Path, bytes]]) -> float:
        """The way for another file system: a hidden sibling, written and moved at once, never flushed in between."""
        before = [(target, _bytes_of(target)) for target, _ in files]
        done = 0
        started = time.monotonic()
        try:
            for target, data in files:
                with pin(target.parent) as folder:
                    folder.write_beside(target.name, data)
                done += 1
        except OSError:
            for target, data in before[:done]:
                _remove(target) if data is None else self._put(target, data)
            raise
        return started

    def _put(self, target: Path, data: bytes) -> None:
        """Put a file back where it stood."""
        with pin(target.parent) as folder:
            if self._same_device(target.parent):
                folder.move_in(self._stage(target, data), target.name)
            else:
                folder.write_beside(target.name, data)

    def _sweep(self) -> None:
        """Clear what a deploy that was killed left in the stage; nobody else writes there now."""
        for left in self.stage.iterdir():
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)


def explain_os_error(error: OSError, what: str, project: BevyProject) -> DeployError:
    """Name what a file system said about a game's folder."""
    where = error.filename2 or error.filename or project.base
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return GameFolderError(
            f"no room for {what} in {project.base}", hint="free some disk space; nothing was changed"
        )
    if error.errno == errno.EROFS:
        return GameFolderError(f"{where} is read-only; {what} was not written", hint="mount the folder writable")
    if error.errno in (errno.EACCES, errno.EPERM):
        return GameFolderError(f"no right to write {where}; {what} was not written", hint="check the folder's rights")
    if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.EISDIR):
        return GameFolderError(f"{where} is in the way: {error.strerror}", hint="move it away and try again")
    return GameFolderError(
        f"cannot write {what}: {error.strerror or error} ({where})",
        steps=[NextStep("check_game", str(project.package))],
    )


def _bytes_of(file: Path) -> bytes | None:
    if not file.parent.is_dir():
        return None
    with pin(file.parent) as folder:
        return folder.read(file.name)


def _remove(file: Path) -> None:
    with pin(file.parent) as folder:
        folder.remove(file.name)
