"""What leaves the library for a game's folder, as steps of workflows ask for it: files of other programs, deploys.

Every path is taken within that folder: a workflow may come from someone who is not trusted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.errors import InvalidArgumentError, PathNotAllowedError
from pixels_mcp.game_style.style_file import ExportFormat
from pixels_mcp.library.library_folder import Library
from pixels_mcp.requests import SPRITE_ID_PATTERN, DeployRequest, check_name

EXPORTS_FOLDER = "exports"
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,63}")
_RESERVED = frozenset({"target", "src"})

SpriteId = Annotated[str, StringConstraints(pattern=SPRITE_ID_PATTERN)]


class ExportStepRequest(BaseModel):
    """One entry as files of other programs."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    sprite_id: SpriteId
    formats: tuple[ExportFormat, ...] = Field(
        min_length=1, description="tiled, ldtk, gif, ...; by default those of the game's pixels.toml"
    )
    folder: Annotated[str, StringConstraints(max_length=512)] = Field(
        default=EXPORTS_FOLDER, description="Within the game's folder"
    )
    names: str | None = Field(default=None, max_length=200, description="What the files are called: {name}, {id}, ...")
    overwrite: bool = Field(default=False, description="Replace files that hold something else")

    @field_validator("folder")
    @classmethod
    def _folder(cls, folder: str) -> str:
        parts = _parts(folder)
        leaves = folder.startswith(("/", "\\")) or not all(_PART.fullmatch(part) for part in parts)
        if leaves or not parts or parts[0] in _RESERVED:
            raise ValueError(
                f"{folder!r} is no folder for files within the game's: write names with letters, digits, '_' and '-', "
                f"such as {EXPORTS_FOLDER}/items"
            )
        return folder


class DeployStepRequest(BaseModel):
    """One entry into the game."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    sprite_id: SpriteId
    name: str | None = Field(default=None, description="In the game; the entry's own name")
    on_conflict: Literal["error", "replace", "rename"] = "error"

    @field_validator("name")
    @classmethod
    def _name(cls, name: str | None) -> str | None:
        return None if name is None else check_name(name)


def export_each(requests: Sequence[ExportStepRequest], library: Library, game: Path | None) -> list[str]:
    """Write the files of a step's entries; gives them, counted from the game's folder.

    Raises:
        InvalidArgumentError: There is no game's folder, or a file holds something else.
        PathNotAllowedError: The folder leads out of the game's through a link.
        PixelsError: As `export_entries`.
    """
    from pixels_mcp.operations.exports.export import export_entries

    root = game_folder(game).resolve()
    alike: dict[tuple[str, tuple[str, ...], str | None, bool], list[str]] = {}
    for request in requests:  # named together, so that two of one name are noticed
        words = (request.folder, request.formats, request.names, request.overwrite)
        alike.setdefault(words, []).append(request.sprite_id)
    written: list[Path] = []
    for (folder, formats, names, overwrite), ids in alike.items():
        place = _inside(folder, root)
        written += export_entries(ids, library, formats, place, names=names, overwrite=overwrite)
    return [file.relative_to(root).as_posix() for file in written]


def deploy_step(requests: Sequence[DeployStepRequest], library: Library, game: Path | None) -> list[str]:
    """Put a step's entries into the game, all of them or none; gives a line for each.

    Raises:
        InvalidArgumentError: There is no game's folder.
        PixelsError: As `deploy_each`.
    """
    from pixels_mcp.bevy.deploy import deploy_each

    root = game_folder(game)
    words = [{**request.model_dump(exclude_unset=True), "project": str(root)} for request in requests]
    results = deploy_each(library, [parse_request(DeployRequest, one) for one in words], [root])
    told = [f"{one.asset}: {one.state}" + (f" ({one.detail})" if one.detail else "") for one in results]
    return [*told, *(note for one in results for note in one.notes)]


def game_folder(game: Path | None) -> Path:
    """The folder to write into.

    Raises:
        InvalidArgumentError: There is none.
    """
    if game is None:
        raise InvalidArgumentError(
            "there is no game's folder to write into", hint="run it in the game's folder, or name the game first"
        )
    return game


def require_game(game: Path | None) -> None:
    """See that sprites can be deployed, before anything is drawn.

    Raises:
        InvalidArgumentError, NotABevyProjectError, UnsupportedBevyError: They cannot.
    """
    from pixels_mcp.bevy.project import find_project

    root = game_folder(game)
    find_project(root, allowed_roots=[root])


def _parts(folder: str) -> list[str]:
    return [part for part in re.split(r"[/\\]", folder) if part not in ("", ".")]


def _inside(folder: str, root: Path) -> Path:
    place = root.joinpath(*_parts(folder)).resolve()
    if not place.is_relative_to(root):
        raise PathNotAllowedError(f"{folder} leads out of {root} through a link", hint="name another folder")
    return place
