"""Finding a game: its package, the Bevy that it uses, its assets folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pixels_mcp.bevy.assets_folder import find_assets_folder
from pixels_mcp.bevy.cargo import (
    BevyUse,
    bevy_parts,
    default_members,
    read_manifest,
    read_use,
    workspace_members,
    workspace_root,
)
from pixels_mcp.errors import NotABevyProjectError, PathNotAllowedError, UnsupportedBevyError
from pixels_mcp.next_steps import NextStep
from pixels_mcp.paths import expand_home

OLDEST_BEVY = (0, 17)
"""Older ones do not reload a file that is moved into place."""

SPRITE_FOLDERS = ("sprites", "images", "textures")
"""Where games keep pictures; the first that exists is used, else the first is made."""


@dataclass(frozen=True)
class BevyProject:
    """A game's folder; every path is absolute and free of links.

    Attributes:
        package: Holds Cargo.toml.
        base: What Bevy reads its assets folder's name against; `.pixels/` lies in it.
        assets: The assets folder; it may be missing.
        sprites: Where sprites belong; it may be missing.
        bevy: How the package uses Bevy.
        assets_from: Where `assets` was read: `BEVY_ASSET_ROOT`, a source file, or `default`.
        assets_link: The link that the assets folder is reached through, if it is one.
        assets_unsure: Why the name that the sources give the folder was not found out; None where nothing is unclear.
    """

    package: Path
    base: Path
    assets: Path
    sprites: Path
    bevy: BevyUse
    assets_from: str
    assets_link: Path | None = None
    assets_unsure: str | None = None

    @property
    def pixels(self) -> Path:
        """The folder of what the game and pixels-mcp tell each other; Bevy does not watch it."""
        return self.base / ".pixels"

    def asset_path(self, file: Path) -> str:
        """Name a file as the game does: `sprites/hero.png`."""
        return file.relative_to(self.assets).as_posix()


def find_project(path: Path | str, *, allowed_roots: Sequence[Path] | None = None) -> BevyProject:
    """Find the game that a path belongs to: the package there or above, or the one in the workspace there.

    Args:
        path: A folder or file of the game.
        allowed_roots: When given, every folder of the game must lie in one of them.

    Raises:
        NotABevyProjectError: No package there uses Bevy, several of a workspace do, or it went away meanwhile.
        UnsupportedBevyError: Bevy 0.16 or older, or only parts of Bevy.
        PathNotAllowedError: It lies outside the allowed roots, a link's target included.
    """
    start = expand_home(path)
    try:
        is_there, start = start.exists(), start.resolve()
    except (OSError, ValueError, RuntimeError) as error:  # too long a name, a zero byte, links in a circle
        raise NotABevyProjectError(
            f"{str(path)[:200]!r} is not the name of a folder", hint="give the folder that holds Cargo.toml"
        ) from error
    if not is_there:
        raise NotABevyProjectError(f"there is no folder {start}", hint="give the folder that holds Cargo.toml")
    if allowed_roots is not None:
        require_allowed(start, allowed_roots)
    try:
        return _read_project(start, allowed_roots)
    except OSError as error:  # a folder or file went away between two looks, or the disk does not give it
        raise NotABevyProjectError(
            f"the game at {start} could not be read: {error}",
            hint="try again when nothing else moves the game's folders",
        ) from error


def _read_project(start: Path, allowed_roots: Sequence[Path] | None) -> BevyProject:
    package, bevy = _find_package(start)
    if bevy.minor is not None and bevy.minor < OLDEST_BEVY:
        raise UnsupportedBevyError(
            f"{package} uses Bevy {bevy.version}; {OLDEST_BEVY[0]}.{OLDEST_BEVY[1]} or newer is needed, because older "
            "ones do not reload a file that is put into place whole",
            hint="move the game to a newer Bevy, or copy the sprite's PNG yourself",
            steps=[NextStep("view_sprite")],
        )
    place = find_assets_folder(package)
    assets = place.folder
    link = next((part for part in (assets, *assets.parents) if part.is_symlink()), None)
    sprites = next((folder for name in SPRITE_FOLDERS if (folder := assets / name).is_dir()), assets / "sprites")
    project = BevyProject(
        package=package,
        base=follow_links(place.base),
        assets=follow_links(assets),
        sprites=follow_links(sprites),
        bevy=bevy,
        assets_from=place.told_by,
        assets_link=link,
        assets_unsure=place.unsure,
    )
    if allowed_roots is not None:
        for folder in (project.package, follow_links(project.pixels), project.assets, project.sprites):
            require_allowed(folder, allowed_roots)
    return project


def follow_links(path: Path) -> Path:
    """Where a path of the game leads.

    Raises:
        PathNotAllowedError: A folder became a link, or a link a folder, while it was looked at.
    """
    try:
        return path.resolve()
    except OSError as error:
        raise PathNotAllowedError(
            f"{path} was exchanged while it was looked at", hint="try again when nothing else moves the game's folders"
        ) from error


def require_allowed(path: Path, allowed_roots: Sequence[Path]) -> None:
    """Refuse a path that lies outside the folders that the person named, after following every link.

    Raises:
        PathNotAllowedError: It does.
    """
    real = follow_links(path)
    roots = [expand_home(root).resolve() for root in allowed_roots]
    if not any(real.is_relative_to(root) for root in roots):
        shown = ", ".join(str(root) for root in roots) or "none"
        raise PathNotAllowedError(
            f"{path} is {real}, which lies outside the allowed folders ({shown})"
            if real != path
            else f"{path} lies outside the allowed folders ({shown})",
            hint="start the server in the game's folder, or name it with the setting `project`",
        )


def _find_package(start: Path) -> tuple[Path, BevyUse]:
    for folder in (start, *start.parents):
        if not (folder / "Cargo.toml").is_file():
            continue
        use = read_use(folder)
        if use is not None:
            return folder, use
        workspace = read_manifest(folder / "Cargo.toml").get("workspace")
        if workspace is not None:
            return _choose_member(folder, workspace)
        raise _no_bevy(f"the package in {folder} does not depend on bevy", [folder])
    raise NotABevyProjectError(
        f"neither {start} nor a folder above it holds a Cargo.toml", hint="give the folder that holds Cargo.toml"
    )


def _choose_member(root: Path, workspace: Mapping[str, Any]) -> tuple[Path, BevyUse]:
    """The one game of a workspace: what `cargo run` takes there, else the one that can run, or has an assets folder."""
    members, usual = workspace_members(root, workspace), default_members(root, workspace)
    users = [(member, use) for member in members if (use := read_use(member)) is not None]
    for narrower in (usual.__contains__, _can_run, _has_assets):
        if len(users) > 1:
            users = [user for user in users if narrower(user[0])] or users
    if len(users) == 1:
        return users[0]
    if not users:
        raise _no_bevy(f"no package of the workspace in {root} depends on bevy", members)
    names = ", ".join(os.path.relpath(member, root) for member, _ in users)
    raise NotABevyProjectError(
        f"{len(users)} packages of the workspace in {root} use bevy: {names}", hint="give the folder of one of them"
    )


def _no_bevy(message: str, packages: Sequence[Path]) -> NotABevyProjectError | UnsupportedBevyError:
    for package in packages:
        if parts := bevy_parts(package):
            return UnsupportedBevyError(
                f"{message}; {package} uses parts of it ({', '.join(parts)}), which is not supported",
                hint="depend on the crate bevy, with the features that the game needs",
            )
    return NotABevyProjectError(message, hint="give the folder of the game, or `cargo add bevy`")


def _can_run(package: Path) -> bool:
    return (package / "src" / "main.rs").is_file() or (package / "src" / "bin").is_dir()


def _has_assets(package: Path) -> bool:
    return (package / "assets").is_dir()


def named_roots(path: Path | str) -> list[Path]:
    """The folders that a person allows by naming a game on the command line: that one, its package and its workspace.

    Raises:
        NotABevyProjectError, UnsupportedBevyError: It is no game that can be used.
    """
    project = find_project(path)
    root = workspace_root(project.package, read_manifest(project.package / "Cargo.toml"))
    start = expand_home(path).resolve()
    named = [start if start.is_dir() else start.parent, project.package]
    return [*named, root] if root else named
