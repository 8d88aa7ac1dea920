"""Putting sprites of the library into a game's folder: one by one, or as the frames of a sheet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from pixels_mcp import png
from pixels_mcp.bevy.formats.atlas import SIDE_PX_MAX, AtlasClip, sheet_of
from pixels_mcp.bevy.formats.manifests import manifest_of_entry
from pixels_mcp.bevy.frames import bob, cut_frames
from pixels_mcp.bevy.names import default_name
from pixels_mcp.bevy.placing import Picture, deploy_pictures
from pixels_mcp.bevy.project import BevyProject, find_project
from pixels_mcp.bevy.results import DeployResult
from pixels_mcp.bevy.sheets import SheetRequest
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.events import SpriteInfo
from pixels_mcp.next_steps import NextStep
from pixels_mcp.pixelart.sheets.sheet import SheetLayout, grid_sheet, packed_sheet
from pixels_mcp.requests import DeployRequest


class SpriteSource(Protocol):
    """Where sprites are read: the library, which stands beside this room and not below it."""

    def get(self, sprite_id: str) -> SpriteInfo:
        """Describe a sprite."""
        ...

    def read_png(self, sprite_id: str) -> bytes:
        """Read a sprite's file."""
        ...


def deploy(
    library: SpriteSource,
    request: DeployRequest,
    allowed_roots: Sequence[Path],
    *,
    default_project: Path | None = None,
    confirm: bool = True,
) -> DeployResult:
    """Put a sprite, or an animation with its clips, into a game's folder and wait until the running game shows it.

    Args:
        library: Where the sprite is.
        request: Which one, and where.
        allowed_roots: The folders that the person named; nothing outside them is touched.
        default_project: The game when the request names none.
        confirm: Wait for the game's answer, 3 s at most.

    Raises:
        UnknownSpriteError: No such sprite.
        NotABevyProjectError, UnsupportedBevyError, PathNotAllowedError: The project cannot be used.
        NameTakenError: Another file has the name, or an animation that would be lost; says what to do.
        GameFolderError: The folder cannot be written; nothing was changed.
    """
    (result,) = deploy_each(library, [request], allowed_roots, default_project=default_project, confirm=confirm)
    return result


def deploy_each(
    library: SpriteSource,
    requests: Sequence[DeployRequest],
    allowed_roots: Sequence[Path],
    *,
    default_project: Path | None = None,
    confirm: bool = True,
) -> list[DeployResult]:
    """Put several entries into one game's folder, all of them or none, and wait for the game's answers together.

    Args:
        requests: At least one; all of one project, and alike in `on_conflict` and `dry_run`.

    Raises:
        InvalidArgumentError: Two of them would be written under one name.
        PixelsError: As `deploy`.
    """
    first = requests[0]
    project = _project(first.project, default_project, allowed_roots)
    check_names_differ(library, requests)
    pictures = [_picture(library, request) for request in requests]
    if first.on_conflict == "rename":
        return [
            deploy_pictures(project, [picture], on_conflict="rename", dry_run=first.dry_run, confirm=confirm)[0]
            for picture in pictures
        ]
    return deploy_pictures(project, pictures, on_conflict=first.on_conflict, dry_run=first.dry_run, confirm=confirm)


def _picture(library: SpriteSource, request: DeployRequest) -> Picture:
    pixels, recipe = _read(library, request.sprite_id)
    facts = library.get(request.sprite_id).facts
    sheet = manifest_of_entry(facts, pixels.shape[1], pixels.shape[0], image="x.png")
    name = request.name or default_name(request.sprite_id, recipe)
    return Picture(name, pixels, sheet, (request.sprite_id,), (recipe,))


def check_names_differ(library: SpriteSource, requests: Sequence[DeployRequest]) -> None:
    """See that no two sprites of one call would be written under one name, before anything is written.

    Raises:
        UnknownSpriteError: No such sprite.
        InvalidArgumentError: Two would; names both.
    """
    sprite_of: dict[str, str] = {}
    for request in requests:
        name = request.name or default_name(request.sprite_id, _read(library, request.sprite_id)[1])
        first = sprite_of.setdefault(name, request.sprite_id)
        if first != request.sprite_id and request.on_conflict != "rename":
            raise InvalidArgumentError(
                f"{first} and {request.sprite_id} would both be written as {name}; nothing was",
                hint="choose one of them, deploy each under a name of its own, or let on_conflict be rename",
            )


def deploy_sheet(
    library: SpriteSource,
    request: SheetRequest,
    allowed_roots: Sequence[Path],
    *,
    default_project: Path | None = None,
    confirm: bool = True,
) -> DeployResult:
    """Put several sprites into a game's folder as the frames of one animated sheet; raises as `deploy` does.

    Frames of one size stand in a grid, others are packed.

    Raises:
        SheetError, SheetFileError: The sprites cannot be frames of one sheet.
    """
    project = _project(request.project, default_project, allowed_roots)
    read = [_read(library, sprite_id) for sprite_id in request.sprite_ids]
    pixels, layout = _lay_out(request, [pixels for pixels, _ in read])
    shown = tuple(range(len(layout.frames)))
    clip = AtlasClip(frames=shown, ms=(request.frame_ms,) * len(shown), play=request.play)
    picture = Picture(
        name=request.name or default_name(request.sprite_ids[0], read[0][1]),
        pixels=pixels,
        sheet=sheet_of(layout, image="x.png", pivot=request.pivot, animations={request.animation: clip}),
        sprite_ids=request.sprite_ids,
        recipes=tuple(recipe for _, recipe in read),
    )
    (result,) = deploy_pictures(
        project, [picture], on_conflict=request.on_conflict, dry_run=request.dry_run, confirm=confirm
    )
    return result


def _lay_out(request: SheetRequest, frames: list[np.ndarray]) -> tuple[np.ndarray, SheetLayout]:
    columns = len(frames)
    if request.bob:
        frames, columns = bob(frames[0]), 2
    if request.tile is not None:
        columns = frames[0].shape[1] // request.tile[0]
        frames = cut_frames(frames[0], request.tile)
    if any(frame.shape != frames[0].shape for frame in frames):
        return packed_sheet(frames)
    return grid_sheet(frames, columns=min(columns, len(frames), SIDE_PX_MAX // frames[0].shape[1]))


def _project(asked: str | None, default: Path | None, allowed_roots: Sequence[Path]) -> BevyProject:
    if asked is None and default is None:
        raise InvalidArgumentError(
            "project: no game was named",
            hint="name the game's folder as `project`",
            steps=[NextStep("choose_game")],
        )
    return find_project(asked if asked is not None else str(default), allowed_roots=allowed_roots)


def _read(library: SpriteSource, sprite_id: str) -> tuple[np.ndarray, object]:
    pixels, texts = png.decode_png(library.read_png(sprite_id), label=sprite_id)
    told = texts.get("pixels_mcp")
    return pixels, json.loads(told) if told else None
