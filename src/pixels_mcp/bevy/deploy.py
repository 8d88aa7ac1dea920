"""Putting sprites into a game's folder, and taking that back.

Order: pixels in memory, names and conflicts, the earlier state kept for undo, both files moved in (picture first), the
registry, then the running game's answer.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from pixels_mcp import __version__, png
from pixels_mcp.bevy.atlas import Grid, SheetFile, make_sheet, single_sprite
from pixels_mcp.bevy.confirm import Awaited, Confirmation, Outcome
from pixels_mcp.bevy.folder import UNDO_RECORD, GameFolder
from pixels_mcp.bevy.frames import bob, join_frames
from pixels_mcp.bevy.names import NamedPlace, choose_name, default_name
from pixels_mcp.bevy.project import BevyProject, find_project
from pixels_mcp.bevy.registry import Deployed, read_registry
from pixels_mcp.bevy.results import DeployResult, FileResult
from pixels_mcp.bevy.sheets import SheetRequest
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.events import SpriteInfo
from pixels_mcp.requests import DeployRequest

OnConflict = Literal["error", "replace", "rename"]


class Shelf(Protocol):
    """Where sprites are read: the library."""

    def get(self, sprite_id: str) -> SpriteInfo:
        """Describe a sprite."""
        ...

    def read_png(self, sprite_id: str) -> bytes:
        """Read a sprite's file."""
        ...


@dataclass(frozen=True)
class Picture:
    """What is to stand in the game under one name.

    Attributes:
        pixels: (H, W, 4) uint8, straight alpha.
        sheet: Its manifest but for the picture's name.
        sprite_ids: The sprites that it was made of.
        recipes: Their recipes, as their files tell them.
        edited: It was changed by hand since; where its file stands already, the game is told all the same.
        earlier: What stood in its file before the edit, for undo; what stands there now when None.
        notes: What the person should be told with the result.
    """

    name: str
    pixels: np.ndarray
    sheet: SheetFile
    sprite_ids: tuple[str, ...]
    recipes: tuple[object, ...] = ()
    edited: bool = False
    earlier: bytes | None = None
    notes: tuple[str, ...] = ()


def deploy(
    library: Shelf,
    request: DeployRequest,
    allowed_roots: Sequence[Path],
    *,
    default_project: Path | None = None,
    confirm: bool = True,
) -> DeployResult:
    """Put one sprite into a game's folder and wait for the running game to say that it shows it.

    Args:
        library: Where the sprite is.
        request: Which one, and where.
        allowed_roots: The folders that the person named; nothing outside them is touched.
        default_project: The game when the request names none.
        confirm: Wait for the game's answer, 3 s at most.

    Raises:
        UnknownSpriteError: No such sprite.
        NotABevyProjectError, UnsupportedBevyError, PathNotAllowedError: The project cannot be used.
        NameTakenError: Another file has the name; says what to do.
        GameFolderError: The folder cannot be written; nothing was changed.
    """
    project = _project(request.project, default_project, allowed_roots)
    pixels, recipe = _read(library, request.sprite_id)
    sheet = single_sprite("x.png", pixels.shape[1], pixels.shape[0])
    name = request.name or default_name(request.sprite_id)
    picture = Picture(name, pixels, sheet, (request.sprite_id,), (recipe,))
    (result,) = deploy_pictures(
        project, [picture], on_conflict=request.on_conflict, dry_run=request.dry_run, confirm=confirm
    )
    return result


def deploy_sheet(
    library: Shelf,
    request: SheetRequest,
    allowed_roots: Sequence[Path],
    *,
    default_project: Path | None = None,
    confirm: bool = True,
) -> DeployResult:
    """Put several sprites into a game's folder as the frames of one animated sheet; raises as `deploy` does.

    Raises:
        SheetFileError: The sprites cannot be frames of one sheet.
    """
    project = _project(request.project, default_project, allowed_roots)
    read = [_read(library, sprite_id) for sprite_id in request.sprite_ids]
    frames = [pixels for pixels, _ in read]
    if request.bob:
        frames = bob(frames[0])
    pixels, grid = join_frames(frames)
    picture = Picture(
        name=request.name or default_name(request.sprite_ids[0]),
        pixels=pixels,
        sheet=_animated(request, pixels, grid, len(frames)),
        sprite_ids=request.sprite_ids,
        recipes=tuple(recipe for _, recipe in read),
    )
    (result,) = deploy_pictures(
        project, [picture], on_conflict=request.on_conflict, dry_run=request.dry_run, confirm=confirm
    )
    return result


def deploy_pictures(
    project: BevyProject,
    pictures: Sequence[Picture],
    *,
    on_conflict: OnConflict = "error",
    dry_run: bool = False,
    confirm: bool = True,
) -> list[DeployResult]:
    """Put several pictures into place, then wait for all answers together.

    Raises:
        NameTakenError: Of the first whose name is taken; those before it stand.
        GameFolderError: The folder cannot be written; those before it stand.
    """
    folder = GameFolder(project)
    ready = [_Ready.make(project, picture) for picture in pictures]
    if dry_run:
        registry = read_registry(folder.registry_file)
        return [_dry(project, one, choose_name(project, registry, one.place, on_conflict)) for one in ready]
    confirmation = Confirmation(project)
    placed = [_put(folder, one, on_conflict) for one in ready]
    awaited = [one.awaited for one in placed if one.awaited is not None]
    outcomes = iter(confirmation.wait(awaited) if confirm and awaited else [None] * len(awaited))
    return [_result(project, one, next(outcomes) if one.awaited else None) for one in placed]


@dataclass(frozen=True)
class _Ready:
    """A picture with its bytes and the name asked for."""

    picture: Picture
    data: bytes
    pixels: np.ndarray
    place: NamedPlace

    @classmethod
    def make(cls, project: BevyProject, picture: Picture) -> _Ready:
        pixels = np.where(picture.pixels[..., 3:] == 0, 0, picture.pixels).astype(np.uint8)
        data = png.encode_png(pixels)
        place = NamedPlace(project.sprites, picture.name, pixels, picture.sheet, picture.sprite_ids)
        return cls(picture, data, pixels, place)


@dataclass(frozen=True)
class _Placed:
    """A picture that stands in the game's folder under its final name."""

    ready: _Ready
    place: NamedPlace
    awaited: Awaited | None
    files: tuple[FileResult, ...]
    notes: tuple[str, ...] = ()


def _put(folder: GameFolder, ready: _Ready, on_conflict: OnConflict) -> _Placed:
    project = folder.project
    notes = list(ready.picture.notes)
    if project.assets_link is not None:
        notes.append(f"the assets folder is reached through the link {project.assets_link}; watchers may miss changes")
    if not project.assets.is_dir():
        notes.append("the assets folder was missing and was made; a game that runs already must be started again")
    with folder.changing(f"sprite {ready.picture.name!r}"):
        registry = read_registry(folder.registry_file)
        place = choose_name(project, registry, ready.place, on_conflict)
        if place.name != ready.place.name:
            notes.append(f"{ready.place.name!r} was taken, so it is called {place.name!r}")
        if place.stands() and not ready.picture.edited:
            files = tuple(FileResult(path=str(file), sha256=_sha256(file), action="unchanged") for file in place.files)
            known, entry = registry.sprites.get(place.name), _entry(project, ready, place)
            if known is None or known.sprite_ids != entry.sprite_ids:
                folder.write_own(folder.registry_file.name, registry.with_entry(place.name, entry).to_bytes())
            return _Placed(ready, place, None, files, tuple(notes))
        _keep_earlier(folder, place, registry.sprites.get(place.name), ready.picture.earlier)
        changes = [
            (place.png, ready.data, place.picture_stands()),
            (place.manifest, place.manifest_bytes(), place.manifest_stands()),
        ]
        placed = folder.place([(file, data) for file, data, stands in changes if not stands])
        if all(stands for _, _, stands in changes):
            os.utime(place.png)  # an editor's way of saving may have escaped the game
        files = tuple(
            FileResult(path=str(file), sha256=_sha256(file), action="unchanged" if stands else "written")
            for file, _, stands in changes
        )
        entry = _entry(project, ready, place)
        folder.write_own(f"provenance/{place.name}.json", _provenance(ready, place, entry))
        folder.write_own(folder.registry_file.name, registry.with_entry(place.name, entry).to_bytes())
    awaited = Awaited(
        picture=project.asset_path(place.png),
        manifest=project.asset_path(place.manifest),
        crc32=entry.crc32,
        placed=placed,
        files=(place.png, place.manifest),
    )
    return _Placed(ready, place, awaited, files, tuple(notes))


def _keep_earlier(folder: GameFolder, place: NamedPlace, entry: Deployed | None, picture: bytes | None) -> None:
    """Keep what stands there now, also when that is nothing, so that `undo` can bring it back."""
    provenance = folder.root / "provenance" / f"{place.name}.json"
    kept = {file.name: file.read_bytes() for file in (*place.files, provenance) if file.is_file()}
    if picture is not None:
        kept[place.png.name] = picture
    record = {
        "format_version": 1,
        "folder": folder.project.asset_path(place.folder),
        "files": sorted(file.name for file in place.files if file.name in kept),
        "entry": entry.model_dump(mode="json") if entry else None,
    }
    folder.keep_undo(place.name, {**kept, UNDO_RECORD: json.dumps(record, indent=1).encode()})


def _entry(project: BevyProject, ready: _Ready, place: NamedPlace) -> Deployed:
    return Deployed(
        files={
            project.asset_path(place.png): _sha256(place.png),
            project.asset_path(place.manifest): _sha256(place.manifest),
        },
        sprite_ids=ready.picture.sprite_ids,
        crc32=zlib.crc32(ready.pixels.tobytes()),
        deployed_s=time.time(),
        edited=ready.picture.edited,
    )


def _provenance(ready: _Ready, place: NamedPlace, entry: Deployed) -> bytes:
    words = {
        "name": place.name,
        "files": entry.files,
        "sprite_ids": list(entry.sprite_ids),
        "deployed_s": entry.deployed_s,
        "edited": entry.edited,
        "pixels_mcp": __version__,
        "recipes": list(ready.picture.recipes),
    }
    return json.dumps(words, indent=1, ensure_ascii=False).encode() + b"\n"


def _dry(project: BevyProject, ready: _Ready, place: NamedPlace) -> DeployResult:
    stands = place.stands()
    bytes_of = {place.png: ready.data, place.manifest: place.manifest_bytes()}
    files = tuple(
        FileResult(
            path=str(file),
            sha256=hashlib.sha256(data).hexdigest(),
            action="unchanged" if stands else "would_write",
        )
        for file, data in bytes_of.items()
    )
    placed = _Placed(ready, place, None, files)
    return _result(project, placed, None).model_copy(update={"state": "dry_run"})


def _result(project: BevyProject, placed: _Placed, outcome: Outcome | None) -> DeployResult:
    state = "unchanged" if placed.awaited is None else "written"
    if outcome is not None:
        state = "confirmed" if outcome.confirmed_ms is not None else "unconfirmed"
    told = outcome or Outcome()
    return DeployResult(
        state=state,
        name=placed.place.name,
        project=str(project.package),
        asset=project.asset_path(placed.place.manifest),
        sprite_ids=placed.ready.picture.sprite_ids,
        files=placed.files,
        width_px=placed.ready.pixels.shape[1],
        height_px=placed.ready.pixels.shape[0],
        confirmed_ms=told.confirmed_ms,
        cause=told.cause,
        detail=told.detail,
        next=told.next,
        notes=placed.notes,
    )


def _project(asked: str | None, default: Path | None, allowed_roots: Sequence[Path]) -> BevyProject:
    if asked is None and default is None:
        raise InvalidArgumentError(
            "project: no game was named",
            hint="name the game's folder as `project`, or set it once: `pixels-mcp config set project FOLDER`",
        )
    return find_project(asked if asked is not None else str(default), allowed_roots=allowed_roots)


def _read(library: Shelf, sprite_id: str) -> tuple[np.ndarray, object]:
    pixels, texts = png.decode_png(library.read_png(sprite_id), label=sprite_id)
    told = texts.get("pixels_mcp")
    return pixels, json.loads(told) if told else None


def _animated(request: SheetRequest, pixels: np.ndarray, grid: Grid, frame_count: int) -> SheetFile:
    clip = {"frames": tuple(range(frame_count)), "ms": (request.frame_ms,) * frame_count, "play": request.play}
    return make_sheet(
        image="x.png",
        size=(pixels.shape[1], pixels.shape[0]),
        frames=grid,
        pivot=request.pivot,
        animations={request.animation: clip},
    )


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
