"""Which name a picture gets in a game's folder, and what stands there already."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from pixels_mcp import png
from pixels_mcp.bevy.deploy_registry import DeployRegistry, sha256_of
from pixels_mcp.bevy.formats.manifests import Manifest, manifest_ending, read_manifest
from pixels_mcp.bevy.project import BevyProject
from pixels_mcp.errors import GameFolderError, NameTakenError, PixelsError
from pixels_mcp.requests import NAME_PATTERN, check_name
from pixels_mcp.told_apart import is_table

RENAMES_MAX = 1_000
NAME_CHARS_MAX = 64


@dataclass(frozen=True)
class NamedPlace:
    """A name in a folder, and what is to stand there."""

    folder: Path
    name: str
    pixels: np.ndarray
    sheet: Manifest
    sprite_ids: tuple[str, ...]

    @property
    def png(self) -> Path:
        """The picture."""
        return self.folder / f"{self.name}.png"

    @property
    def manifest(self) -> Path:
        """The manifest beside it."""
        return self.folder / f"{self.name}{manifest_ending(self.sheet)}"

    @property
    def other_manifest(self) -> Path:
        """The manifest that the picture would have as the other thing, a sprite or a tileset."""
        is_tileset = self.manifest.name.endswith(".tileset.ron")
        return self.folder / f"{self.name}{'.sprite.ron' if is_tileset else '.tileset.ron'}"

    @property
    def files(self) -> tuple[Path, Path]:
        """The picture first, the manifest last."""
        return self.png, self.manifest

    def manifest_bytes(self) -> bytes:
        """What the manifest is to hold."""
        return self.sheet.model_copy(update={"image": self.png.name}).to_ron().encode()

    def picture_stands(self) -> bool:
        """Whether the picture shows these very pixels already, however it is packed."""
        with contextlib.suppress(OSError, PixelsError):
            standing, _ = png.decode_png(self.png.read_bytes())
            return bool(np.array_equal(standing, self.pixels))
        return False

    def manifest_stands(self) -> bool:
        """Whether the manifest means the same already, however it is written."""
        with contextlib.suppress(OSError, UnicodeDecodeError, PixelsError):
            standing = read_manifest(self.manifest)
            return standing == self.sheet.model_copy(update={"image": self.png.name})
        return False

    def stands(self) -> bool:
        """Whether nothing is to do."""
        return self.picture_stands() and self.manifest_stands()


def default_name(sprite_id: str, recipe: object) -> str:
    """The sprite's own name: the one it was asked under, as its recipe tells, else `potion` of `potion-0007.1`."""
    asked = recipe.get("request") if is_table(recipe) else None
    named = asked.get("name") if is_table(asked) else None
    with contextlib.suppress(ValueError):
        if isinstance(named, str):
            return check_name(named)
    part_id = sprite_id.rpartition(".")[0]
    slug = re.sub(r"-[0-9]+$", "", part_id)
    try:
        return check_name(slug)
    except ValueError:  # `con`, `nul`, ...: Windows reserves them
        return part_id


def choose_name(
    project: BevyProject,
    registry: DeployRegistry,
    place: NamedPlace,
    on_conflict: Literal["error", "replace", "rename"],
) -> NamedPlace:
    """Settle the name, as `on_conflict` says.

    Raises:
        NameTakenError: It is taken and may not be replaced.
        GameFolderError: Something that is no file has the name.
    """
    taken = _taken_by(project, registry, place)
    if taken is None:
        return place
    if on_conflict == "replace":
        _require_replaceable(place)
        return place
    if on_conflict == "rename":
        return _rename(project, registry, place)
    raise NameTakenError(
        f"{place.name!r} is taken in {place.folder}: {taken}",
        hint="use on_conflict=replace (the old one is kept) or rename, or another name",
    )


def _rename(project: BevyProject, registry: DeployRegistry, place: NamedPlace) -> NamedPlace:
    for number in range(2, RENAMES_MAX):
        ending = f"-{number}"
        other = replace(place, name=f"{place.name[: NAME_CHARS_MAX - len(ending)]}{ending}")
        if re.fullmatch(NAME_PATTERN, other.name) and _taken_by(project, registry, other) is None:
            return other
    raise NameTakenError(f"{place.name!r} to '{place.name}-{RENAMES_MAX - 1}' are taken", hint="choose another name")


def _taken_by(project: BevyProject, registry: DeployRegistry, place: NamedPlace) -> str | None:
    """Who has the name: a sentence, or None where it is free or the very same sprite stands there."""
    if not place.folder.is_dir():
        return None
    wanted = {file.name for file in place.files}
    for other in place.folder.iterdir():
        if other.name.casefold() in wanted and other.name not in wanted:
            return f"{other.name} differs only in capital letters, which Windows and macOS do not tell apart"
    if place.other_manifest.exists():
        return f"{place.other_manifest.name} stands there, with a picture of this name"
    standing = [file for file in place.files if file.exists() or file.is_symlink()]
    linked = [file.name for file in standing if file.is_symlink()]
    if linked:
        return f"{linked[0]} is a link"
    as_wanted = {place.png: place.picture_stands, place.manifest: place.manifest_stands}
    standing = [file for file in standing if not as_wanted[file]()]
    if not standing:
        return None
    entry = registry.sprites.get(place.name)
    if entry is None:
        return f"{standing[0].name} was not put there by pixels-mcp"
    changed = [file.name for file in standing if entry.files.get(project.asset_path(file)) != sha256_of(file)]
    came_from = ", ".join(entry.sprite_ids)
    return (
        f"{changed[0]} was changed by hand since {came_from} was deployed" if changed else f"{came_from} stands there"
    )


def _require_replaceable(place: NamedPlace) -> None:
    if place.other_manifest.exists():
        raise NameTakenError(
            f"{place.other_manifest.name} stands there: a sprite and a tileset cannot share {place.png.name}",
            hint="choose another name, or take that one out of the game first",
        )
    for file in place.files:
        if file.is_symlink() or (file.exists() and not file.is_file()):
            what = "a link" if file.is_symlink() else "a folder"
            raise GameFolderError(f"{file} is {what}", hint="move it away, or choose another name")
    alike = {file.name.casefold(): file for file in place.folder.iterdir()} if place.folder.is_dir() else {}
    for file in place.files:
        other = alike.get(file.name)
        if other is not None and other.name != file.name:
            raise NameTakenError(
                f"{other.name} differs from {file.name} only in capital letters",
                hint="rename it, or choose another name",
            )
