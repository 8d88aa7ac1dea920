"""Putting pictures into a game's folder, all together.

Order: pixels in memory; names and conflicts; what stood there kept for undo; provenance and registry; then the files
moved in one right after the other, each picture before its manifest; then the running game's answers.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from pixels_mcp import __version__, png
from pixels_mcp.bevy.confirm import Awaited, Confirmation, Outcome
from pixels_mcp.bevy.deploy_registry import Deployed, DeployRegistry, read_registry
from pixels_mcp.bevy.folder import GameFolder, explain_os_error
from pixels_mcp.bevy.formats.atlas import SheetFile, parse_sheet
from pixels_mcp.bevy.formats.manifests import Manifest
from pixels_mcp.bevy.formats.replacing import hand_on
from pixels_mcp.bevy.game import read_game
from pixels_mcp.bevy.history import History
from pixels_mcp.bevy.names import NamedPlace, choose_name
from pixels_mcp.bevy.project import BevyProject
from pixels_mcp.bevy.results import DeployResult, FileResult
from pixels_mcp.errors import InvalidArgumentError, SheetFileError

OnConflict = Literal["error", "replace", "rename"]


@dataclass(frozen=True)
class Picture:
    """What is to stand in the game under one name.

    Attributes:
        pixels: (H, W, 4) uint8, straight alpha.
        sheet: Its manifest but for the picture's name.
        sprite_ids: The sprites that it was made of.
        recipes: Their recipes, as their files tell them.
        edited: It was changed by hand since; where its file stands already, the game is told all the same.
        earlier: Picture and manifest as they were before the edit, by file name, for undo; as they are now when None.
        notes: What the person should be told with the result.
    """

    name: str
    pixels: np.ndarray
    sheet: Manifest
    sprite_ids: tuple[str, ...]
    recipes: tuple[object, ...] = ()
    edited: bool = False
    earlier: Mapping[str, bytes] | None = None
    notes: tuple[str, ...] = ()


def deploy_pictures(
    project: BevyProject,
    pictures: Sequence[Picture],
    *,
    on_conflict: OnConflict = "error",
    dry_run: bool = False,
    confirm: bool = True,
) -> list[DeployResult]:
    """Put pictures into place, all of them or none, then wait for the answers together.

    Raises:
        NameTakenError: A name is taken, or what stands there has an animation that would be lost.
        GameFolderError: The folder cannot be written.
        InvalidArgumentError: Two of them have one name.
    """
    _require_different_names(pictures)
    folder = GameFolder(project)
    if dry_run:
        registry = read_registry(folder.registry_file)
        plans = [
            _Plan.make(project, registry, picture, on_conflict, _notes(project, "is missing and would be made"))
            for picture in pictures
        ]
        return [plan.result(None, dry_run=True) for plan in plans]
    confirmation = Confirmation(project)
    what = f"sprite {pictures[0].name!r}" if len(pictures) == 1 else f"{len(pictures)} sprites"
    notes = _notes(project, "was missing and was made")
    with folder.changing(what):
        registry = read_registry(folder.registry_file)
        plans = [_Plan.make(project, registry, picture, on_conflict, notes) for picture in pictures]
        placed = _place(folder, registry, plans)
    waiting = [plan for plan in plans if plan.to_do]
    answers = confirmation.wait([plan.awaited(placed) for plan in waiting]) if confirm and waiting else []
    folder.settle([file for plan in waiting for file in plan.place.files])
    outcomes = dict(zip((plan.place.name for plan in waiting), answers, strict=False))
    plans = [replace(plan, notes=(*plan.notes, *_missed(plan))) for plan in plans]
    try:
        return [plan.result(outcomes.get(plan.place.name)) for plan in plans]
    except OSError as error:  # what was just written was taken away
        raise explain_os_error(error, what, project) from error


def _missed(plan: _Plan) -> Iterator[str]:
    """Animations that the running game asks the sheet for in vain."""
    game = read_game(plan.project.pixels)
    sheet = plan.project.asset_path(plan.place.manifest)
    there = plan.place.sheet.animations if isinstance(plan.place.sheet, SheetFile) else {}
    for one in game.missing_animations if game else ():
        if one.sheet == sheet and one.animation not in there:
            yield f"the running game asks {sheet} for the animation {one.animation!r}, which it lacks"


def _place(folder: GameFolder, registry: DeployRegistry, plans: Sequence[_Plan]) -> float:
    """Make the plans true; returns `time.monotonic()` just before the first file is moved in."""
    after = registry
    with contextlib.ExitStack() as back:
        for plan in plans:
            after = plan.registered(after)
            if plan.to_do:
                kept = _keep_earlier(folder, plan, registry.sprites.get(plan.place.name))
                back.callback(shutil.rmtree, kept, ignore_errors=True)
                back.callback(folder.write_own_back(f"provenance/{plan.place.name}.json", plan.provenance()))
        if after != registry:
            back.callback(folder.write_own_back(folder.registry_file.name, after.to_bytes()))
        placed = folder.place([move for plan in plans for move in plan.moves()])
        back.pop_all()
    for plan in plans:
        if plan.to_do and not plan.moves():
            os.utime(plan.place.png)  # an editor's way of saving may have escaped the game
    return placed


@dataclass(frozen=True)
class _Plan:
    """One picture, its final name, and what stands there already."""

    project: BevyProject
    picture: Picture
    data: bytes
    place: NamedPlace
    picture_stands: bool
    manifest_stands: bool
    notes: tuple[str, ...] = ()

    @classmethod
    def make(
        cls,
        project: BevyProject,
        registry: DeployRegistry,
        picture: Picture,
        on_conflict: OnConflict,
        notes: tuple[str, ...] = (),
    ) -> _Plan:
        """Settle the name.

        Raises:
            NameTakenError, GameFolderError: As `choose_name` does.
        """
        pixels = np.where(picture.pixels[..., 3:] == 0, 0, picture.pixels).astype(np.uint8)
        wanted = NamedPlace(project.sprites, picture.name, pixels, picture.sheet, picture.sprite_ids)
        place = choose_name(project, registry, wanted, on_conflict)
        if place.name != picture.name:
            notes = (*notes, f"{picture.name!r} was taken, so it is called {place.name!r}")
        if on_conflict == "replace" and not picture.edited:
            place, kept = _handed_on(place)
            notes = (*notes, *kept)
        return cls(
            project,
            picture,
            png.encode_png(pixels),
            place,
            place.picture_stands(),
            place.manifest_stands(),
            (*picture.notes, *notes),
        )

    @property
    def to_do(self) -> bool:
        """Whether anything changes, or the game is to be told of an edit."""
        return self.picture.edited or not (self.picture_stands and self.manifest_stands)

    def moves(self) -> list[tuple[Path, bytes]]:
        """The files to write, the picture first."""
        moves = [] if self.picture_stands else [(self.place.png, self.data)]
        return moves if self.manifest_stands else [*moves, (self.place.manifest, self.place.manifest_bytes())]

    def registered(self, registry: DeployRegistry) -> DeployRegistry:
        """The registry with this picture in it."""
        known = registry.sprites.get(self.place.name)
        if known is not None and not self.to_do and known.sprite_ids == self.picture.sprite_ids:
            return registry
        return registry.with_entry(self.place.name, self.entry())

    def sha256s(self) -> dict[Path, str]:
        """What the files' bytes have, or will have, as sha256."""
        return {
            self.place.png: _sha256(self.place.png.read_bytes() if self.picture_stands else self.data),
            self.place.manifest: _sha256(
                self.place.manifest.read_bytes() if self.manifest_stands else self.place.manifest_bytes()
            ),
        }

    def entry(self) -> Deployed:
        """The registry's entry."""
        return Deployed(
            files={self.project.asset_path(file): sha256 for file, sha256 in self.sha256s().items()},
            sprite_ids=self.picture.sprite_ids,
            crc32=zlib.crc32(self.place.pixels.tobytes()),
            deployed_s=time.time(),
            edited=self.picture.edited,
        )

    def provenance(self) -> bytes:
        """`.pixels/provenance/NAME.json`: how the sprite was made, which the game's own file does not carry."""
        entry = self.entry()
        words = {
            "name": self.place.name,
            "files": entry.files,
            "sprite_ids": list(entry.sprite_ids),
            "deployed_s": entry.deployed_s,
            "edited": entry.edited,
            "pixels_mcp": __version__,
            "recipes": list(self.picture.recipes),
        }
        return json.dumps(words, indent=1, ensure_ascii=False).encode() + b"\n"

    def awaited(self, placed: float) -> Awaited:
        """What the game is to tell of."""
        return Awaited(
            picture=self.project.asset_path(self.place.png),
            manifest=self.project.asset_path(self.place.manifest),
            crc32=zlib.crc32(self.place.pixels.tobytes()),
            placed=placed,
            files=self.place.files,
        )

    def result(self, outcome: Outcome | None, *, dry_run: bool = False) -> DeployResult:
        """What is told of it, after the files were written (or would be)."""
        state = "dry_run" if dry_run else "written" if self.to_do else "unchanged"
        if outcome is not None:
            state = "confirmed" if outcome.confirmed_ms is not None else "unconfirmed"
        told = outcome or Outcome()
        wrote = "would_write" if dry_run else "written"
        stands = {self.place.png: self.picture_stands, self.place.manifest: self.manifest_stands}
        return DeployResult(
            state=state,
            name=self.place.name,
            project=str(self.project.package),
            asset=self.project.asset_path(self.place.manifest),
            sprite_ids=self.picture.sprite_ids,
            files=tuple(
                FileResult(path=str(file), sha256=sha256, action="unchanged" if stands[file] else wrote)
                for file, sha256 in self.sha256s().items()
            ),
            width_px=self.place.pixels.shape[1],
            height_px=self.place.pixels.shape[0],
            confirmed_ms=told.confirmed_ms,
            cause=told.cause,
            detail=told.detail,
            next=told.next,
            steps=told.steps,
            notes=self.notes,
        )


def _keep_earlier(folder: GameFolder, plan: _Plan, entry: Deployed | None) -> Path:
    """Keep what stands there, so that `undo` can bring it back; and what a person saved, where that is written over."""
    history, earlier, saved = History(folder, plan.place.name), plan.picture.earlier, dict[str, bytes]()
    history.give_up_redo()
    if earlier is not None:
        now = {file.name: file.read_bytes() for file, _ in plan.moves() if file.is_file()}
        saved = {name: data for name, data in now.items() if data != earlier.get(name)}
    return history.keep("undo", plan.place.files, entry, instead=earlier, saved=saved)


def _handed_on(place: NamedPlace) -> tuple[NamedPlace, tuple[str, ...]]:
    """The place, with what the sheet that stands there hands on.

    Raises:
        NameTakenError: An animation would be lost.
    """
    if not isinstance(place.sheet, SheetFile):
        return place, ()
    try:
        standing = parse_sheet(place.manifest.read_text("utf-8"), label=place.manifest.name)
    except FileNotFoundError:
        return place, ()
    except (OSError, UnicodeDecodeError, SheetFileError) as error:
        told = error.message if isinstance(error, SheetFileError) else f"{place.manifest.name} cannot be read"
        return place, (f"nothing of the manifest that stood there was kept: {told}",)
    sheet, notes = hand_on(standing, place.sheet, place.name)
    return replace(place, sheet=sheet), notes


def _notes(project: BevyProject, missing: str) -> tuple[str, ...]:
    notes: list[str] = []
    if project.assets_link is not None:
        notes.append(f"the assets folder is reached through the link {project.assets_link}; watchers may miss changes")
    if project.assets_unsure is not None:
        notes.append(f"{project.assets_unsure}; {project.assets} was taken")
    if not project.assets.is_dir():
        notes.append(f"the assets folder {missing}; a game that runs already must be started again")
    return tuple(notes)


def _require_different_names(pictures: Sequence[Picture]) -> None:
    (most, count), *_ = Counter(picture.name for picture in pictures).most_common(1) or [("", 0)]
    if count > 1:
        raise InvalidArgumentError(f"{count} pictures are called {most!r}", hint="give each another name")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
