"""`pixels-mcp watch`: what a person edits reaches the game as a deploy does.

Three places are watched: the game's own folder of sprites, a folder of art if one is named, and the library's files.
What counts is the content: a file whose bytes were looked at already, or that a deploy put there, is left alone, so
that our own writes never come back. What was saved before the watch began is caught up with.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pixels_mcp.bevy.deploy_registry import DeployRegistry, read_registry
from pixels_mcp.bevy.folder import GameFolder
from pixels_mcp.bevy.formats.atlas import SheetFile, parse_sheet
from pixels_mcp.bevy.placing import Picture, deploy_pictures
from pixels_mcp.bevy.project import BevyProject
from pixels_mcp.bevy.results import DeployResult
from pixels_mcp.errors import PixelsError, SheetFileError, StoreError
from pixels_mcp.library.cards import read_card
from pixels_mcp.library.library_folder import Library
from pixels_mcp.next_steps import NextStep
from pixels_mcp.requests import check_name
from pixels_mcp.watch.changes import ChangeWatch
from pixels_mcp.watch.sources import bring_back, find_origin, fit_sheet, read_whole

UNREADABLE_S = 2.0
"""A file that cannot be read is looked at again for so long: it may still be being written."""

RETRY_S = 0.2
KEPT_BYTES_MAX = 1 << 20
"""Of pictures up to this size the last good bytes are remembered with their manifest's, for undo."""


@dataclass(frozen=True)
class Told:
    """One thing that happened to one file: a deploy with its result, or a problem with its next step."""

    file: Path
    name: str
    result: DeployResult | None = None
    problem: str | None = None
    next: str | None = None
    steps: tuple[NextStep, ...] = ()
    notes: tuple[str, ...] = ()


class Watcher:
    """Watches until it is stopped.

    Args:
        project: The game.
        library: Whose files are watched, and where sprites' palettes and sizes are known.
        art: A further folder; each PNG in it is the sprite of its name.
        snap: Bring edits back to the palette and size of the sprite that they began as.
        tell: Called with everything that happens.
    """

    def __init__(
        self,
        project: BevyProject,
        library: Library,
        *,
        art: Path | None = None,
        snap: bool = False,
        tell: Callable[[Told], None],
    ) -> None:
        self.project = project
        self.library = library
        self.art = art.resolve() if art is not None else None
        self.snap = snap
        self.tell = tell
        self.folder = GameFolder(project)
        self._looked_at: dict[Path, str] = {}
        self._good: dict[Path, dict[str, bytes]] = {}
        self._bad_since: dict[Path, float] = {}

    def run(self, stop: threading.Event, *, when_ready: Callable[[], None] | None = None) -> None:
        """Watch until `stop` is set; the folders are made where they are missing.

        Args:
            stop: Looked at once a second at least.
            when_ready: Called once every change from now on is seen.

        Raises:
            GameFolderError: The game's folder cannot be written.
            WatchRefusedError: The system allows no further watches.
        """
        with self.folder.changing("the folder of sprites"):
            for place in (self.project.sprites, self.library.sprites):
                place.mkdir(parents=True, exist_ok=True)
        folders = [(self.project.sprites, False), (self.library.sprites, True)]
        if self.art is not None and self.art != self.project.sprites:
            folders.append((self.art, False))
        changes = ChangeWatch(folders)
        changes.start()
        try:
            missed = self._remember([folder for folder, recursive in folders if not recursive])
            if when_ready is not None:
                when_ready()
            self.look(missed, changes)
            while not stop.is_set():
                self.look(changes.next(stop, timeout_s=1.0), changes)
        finally:
            changes.stop()

    def look(self, files: Sequence[Path], changes: ChangeWatch) -> None:
        """Deploy those of the changed files that are news, all together."""
        if not files:
            return
        pictures: list[tuple[Path, str, Picture]] = []
        with self.folder.changing("an edited picture"):  # a deploy that is under way finishes first
            registry = read_registry(self.folder.registry_file)
        for file in files:
            try:
                pictures += self._pictures(file, registry, changes)
            except PixelsError as error:
                self.tell(Told(file, file.stem, problem=error.message, next=error.hint or None, steps=error.steps))
        for file, sha256, picture in pictures:
            if _sha256(file) != sha256:
                changes.again(file, RETRY_S)  # it was saved once more meanwhile
                continue
            self._deploy(file, picture, registry)

    # --- one file -------------------------------------------------------------------------------------------------

    def _pictures(self, file: Path, registry: DeployRegistry, changes: ChangeWatch) -> list[tuple[Path, str, Picture]]:
        """What a changed file has to be in the game: nothing, a picture, or (from the library) several."""
        try:
            data = file.read_bytes()
        except OSError:
            return []  # gone again
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 == self._looked_at.get(file) or self._was_put_there(file, sha256, registry):
            self._looked_at[file] = sha256
            return []
        names = self._names(file, registry)
        if not names:
            return []
        try:
            pixels = read_whole(data, file.name)
        except PixelsError:
            since = self._bad_since.setdefault(file, time.monotonic())
            if time.monotonic() - since < UNREADABLE_S:
                changes.again(file, RETRY_S)
                return []
            del self._bad_since[file]
            self._looked_at[file] = sha256
            raise
        self._bad_since.pop(file, None)
        self._looked_at[file] = sha256
        pictures: list[tuple[Path, str, Picture]] = []
        for name in names:
            entry = registry.sprites.get(name)
            sprite_ids = entry.sprite_ids if entry else ()
            old = self._sheet(name)
            if file.is_relative_to(self.library.sprites) and old is not None and old.frame_count > 1:
                raise SheetFileError(
                    f"{name} is a sheet of {old.frame_count} frames made from {file.name}",
                    hint="deploy the sheet again, or edit the sheet in the game's folder",
                )
            done, notes = pixels, ()
            origin = find_origin(self.library, sprite_ids) if self.snap and sprite_ids else None
            if origin is not None:
                done, notes = bring_back(pixels, origin, old.frame_count if old else 1)
            sheet = fit_sheet(old, done.shape[1], done.shape[0])
            in_place = file.parent == self.project.sprites
            earlier = self._good.get(file) if in_place else None
            picture = Picture(name, done, sheet, sprite_ids, edited=True, notes=notes, earlier=earlier)
            pictures.append((file, sha256, picture))
        return pictures

    def _names(self, file: Path, registry: DeployRegistry) -> list[str]:
        """The names in the game that a file stands for."""
        if file.is_relative_to(self.library.sprites):
            try:
                ids = {entry.sprite_id for entry in read_card(file).entries}
            except StoreError:
                return []
            return [name for name, entry in registry.sprites.items() if ids and set(entry.sprite_ids) <= ids]
        try:
            return [check_name(file.stem)]
        except ValueError as error:
            raise SheetFileError(f"{file.name} is not deployed: {error}", hint="rename the file") from error

    def _was_put_there(self, file: Path, sha256: str, registry: DeployRegistry) -> bool:
        """Whether the library, or a deploy by whichever process, put these bytes there."""
        if file.is_relative_to(self.library.sprites):
            return file.stem == sha256
        if file.parent != self.project.sprites:
            return False
        path = self.project.asset_path(file)
        return any(entry.files.get(path) == sha256 for entry in registry.sprites.values())

    def _sheet(self, name: str) -> SheetFile | None:
        manifest = self.project.sprites / f"{name}.sprite.ron"
        try:
            return parse_sheet(manifest.read_text("utf-8"), label=manifest.name)
        except FileNotFoundError:
            return None

    def _deploy(self, file: Path, picture: Picture, registry: DeployRegistry) -> None:
        in_place = file.parent == self.project.sprites
        may_replace = in_place or picture.name in registry.sprites
        try:
            (result,) = deploy_pictures(self.project, [picture], on_conflict="replace" if may_replace else "error")
        except PixelsError as error:
            self.tell(Told(file, picture.name, problem=error.message, next=error.hint or None, steps=error.steps))
            return
        for written in result.files:
            path = Path(written.path)
            if path.suffix == ".png" and written.sha256 is not None:
                self._looked_at[path] = written.sha256
                self._keep_good(path)
        notes = picture.notes
        if file.is_relative_to(self.library.sprites):
            notes = (*notes, "the library's own file was edited: the sprite as drawn is gone from it")
        if in_place and any(Path(one.path) == file and one.action == "written" for one in result.files):
            notes = (*notes, f"as you saved it, it is kept in {self.folder.root / 'undo' / picture.name}")
        self.tell(Told(file, picture.name, result=result, notes=notes))

    # --- what is known --------------------------------------------------------------------------------------------

    def _remember(self, folders: Iterable[Path]) -> list[Path]:
        """What is there at the start is no news, but for what was saved while nobody watched.

        Returns:
            Pictures of the art folder that the game lacks or has older, and edits of what was deployed.
        """
        with self.folder.changing("the folder of sprites"):
            registry = read_registry(self.folder.registry_file)
        missed: list[Path] = []
        for file in (file for folder in folders for file in sorted(folder.glob("[!.]*.png"))):
            try:
                sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
                is_missed = self._is_missed(file, sha256, registry)
            except OSError:
                continue
            if is_missed:
                missed.append(file)
            else:
                self._looked_at[file] = sha256
                self._keep_good(file)
        return missed

    def _is_missed(self, file: Path, sha256: str, registry: DeployRegistry) -> bool:
        if file.parent == self.project.sprites:
            return file.stem in registry.sprites and not self._was_put_there(file, sha256, registry)
        in_game = self.project.sprites / file.name
        if not in_game.exists():
            return True
        if _shows_the_same(file, in_game):
            return False
        if file.stat().st_mtime > in_game.stat().st_mtime:
            return True
        problem = "is another picture than the game's, which is newer: left alone"
        self.tell(Told(file, file.stem, problem=problem, next="save it again to put it into the game"))
        return False

    def _keep_good(self, file: Path) -> None:
        """Remember a picture of the game and its manifest, which belong together."""
        if file.parent != self.project.sprites or file.stat().st_size > KEPT_BYTES_MAX:
            return
        pair = (file, file.with_name(f"{file.stem}.sprite.ron"))
        self._good[file] = {one.name: one.read_bytes() for one in pair if one.is_file()}


def _shows_the_same(one: Path, other: Path) -> bool:
    """Whether two files hold the same pixels; an unreadable one shows nothing."""
    try:
        first, second = (read_whole(file.read_bytes(), file.name) for file in (one, other))
    except PixelsError:
        return False
    return np.array_equal(first, second)


def _sha256(file: Path) -> str | None:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return None
