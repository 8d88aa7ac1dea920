"""Preparing a game for sprites: folders and .gitignore are made, lines of Rust are only shown."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pixels_mcp.bevy.cargo import BRIDGE
from pixels_mcp.bevy.folder import GameFolder
from pixels_mcp.bevy.project import BevyProject, find_project
from pixels_mcp.files import write_whole
from pixels_mcp.game_style.first_style import write_first_style

IGNORED = ".pixels/"
FEATURES = ["hot_reload", "screenshot"]

PLUGIN_LINES = """use bevy_pixels_mcp::prelude::*;

let mut app = App::new();
fast_hot_reload(&mut app, "assets", FAST_DEBOUNCE);   // sprites are on screen in a tenth of a second
app.add_plugins((DefaultPlugins.set(ImagePlugin::default_nearest()), PixelsPlugin::default()));

// in a system:
commands.spawn(PixelSprite::new("%s/hero.sprite.ron"));"""


class InitResult(BaseModel):
    """What was made, and the lines that a person may add to the game."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    project: str
    made: tuple[str, ...]
    dependency: str | None
    cargo_add: str | None
    plugin: str


def init(path: Path | str, allowed_roots: Sequence[Path] | None = None) -> InitResult:
    """Make the folders for sprites and for the talk with the game, keep the latter out of version control, and write a
    first `pixels.toml` from the art that lies there.

    Args:
        path: The game's folder.
        allowed_roots: As `find_project` takes them.

    Raises:
        NotABevyProjectError, UnsupportedBevyError, PathNotAllowedError: It cannot be used.
        GameFolderError: It cannot be written.
    """
    project = find_project(path, allowed_roots=allowed_roots)
    folder = GameFolder(project)
    usable = project.bevy.bridge and not project.bevy.bridge_renamed
    made: list[str] = []
    for wanted in (project.assets, project.sprites, project.pixels):
        if not wanted.is_dir():
            made.append(str(wanted))
    with folder.changing("the folder of sprites"):
        project.sprites.mkdir(parents=True, exist_ok=True)
        if _ignore(project):
            made.append(f"{project.base / '.gitignore'}: {IGNORED}")
        if (style := write_first_style(project.package)) is not None:
            made.append(str(style))
    return InitResult(
        project=str(project.package),
        made=tuple(made),
        dependency=None
        if usable
        else f'{BRIDGE} = {{ path = "{bridge_folder()}", features = {json.dumps(FEATURES)} }}',
        cargo_add=None if usable else cargo_add(),
        plugin=PLUGIN_LINES % project.asset_path(project.sprites),
    )


def _ignore(project: BevyProject) -> bool:
    """Add one line to the game's .gitignore where it is missing and the game is under git."""
    file = project.base / ".gitignore"
    under_git = any((folder / ".git").exists() for folder in (project.base, *project.base.parents))
    text = file.read_text("utf-8") if file.exists() else ""
    known = {line.strip().strip("/") for line in text.splitlines()}
    if IGNORED.strip("/") in known or not (under_git or text):
        return False
    write_whole(file, (text + ("" if not text or text.endswith("\n") else "\n") + IGNORED + "\n").encode())
    return True


def bridge_folder() -> str:
    """Where the crate lies: beside this package in its repository."""
    crate = Path(__file__).resolve().parents[3] / "bevy_bridge"
    return crate.as_posix() if (crate / "Cargo.toml").is_file() else "path/to/pixels-mcp/bevy_bridge"


def cargo_add() -> str:
    """The command that adds the crate to a game, said in the game's folder."""
    return f"cargo add {BRIDGE} --path {shlex.quote(bridge_folder())} --features {','.join(FEATURES)}"
