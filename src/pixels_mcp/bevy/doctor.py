"""What could keep a deployed sprite from reaching the screen, found without touching anything."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import psutil

from pixels_mcp.advice import Advised
from pixels_mcp.bevy.assets_folder import rust_tokens, source_files
from pixels_mcp.bevy.cargo import BRIDGE, OLD_BRIDGE, read_manifest, workspace_root
from pixels_mcp.bevy.deploy_registry import read_registry, sha256_of
from pixels_mcp.bevy.formats.atlas import parse_sheet
from pixels_mcp.bevy.game import Game, read_game
from pixels_mcp.bevy.init import cargo_add
from pixels_mcp.bevy.inotify import refused_now
from pixels_mcp.bevy.mounts import file_system_of, tells_changes
from pixels_mcp.bevy.project import BevyProject, find_project
from pixels_mcp.errors import DeployError
from pixels_mcp.next_steps import NextStep

BRIDGE_BEVY = (0, 19)
"""The Bevy that the crate bevy_pixels_mcp is made for."""

_WATCHING_FEATURES = {"file_watcher", "dev", "asset_processor"}
_BRIDGE_WATCHES = {f"{BRIDGE}/hot_reload", f"{OLD_BRIDGE}/hot_reload"}


class Check(Advised):
    """One finding; `next` says what to do where it is not ok."""

    name: str
    state: Literal["ok", "warning", "problem"]
    detail: str
    next: str | None = None


def examine(path: Path | str, allowed_roots: Sequence[Path] | None = None) -> list[Check]:
    """Check a game from its Cargo.toml to its running window.

    Args:
        path: The game's folder.
        allowed_roots: As `find_project` takes them.
    """
    try:
        project = find_project(path, allowed_roots=allowed_roots)
    except DeployError as error:
        return [
            Check(name="project", state="problem", detail=error.message, next=error.hint or None, steps=error.steps)
        ]
    game = read_game(project.pixels)
    return [
        _bevy(project),
        _bridge(project),
        _watching(project),
        _sampling(project),
        *_source_habits(project),
        *_assets(project),
        _deployed(project),
        *_running(project, game),
    ]


def _bevy(project: BevyProject) -> Check:
    use = project.bevy
    if use.minor is None:
        return Check(
            name="bevy",
            state="warning",
            detail=f"{project.package} uses a Bevy whose version its Cargo files do not say",
            next="0.17 or newer is needed",
        )
    told = f"{project.package} uses Bevy {use.version}" + ("" if use.locked else " (asked for; no Cargo.lock yet)")
    return Check(name="bevy", state="ok", detail=told)


def _bridge(project: BevyProject) -> Check:
    use = project.bevy
    if use.bridge_renamed:
        return Check(
            name=BRIDGE,
            state="problem",
            detail=f"Cargo.toml calls the crate {BRIDGE} by its old name {OLD_BRIDGE}: cargo cannot build that",
            next=f"`cargo remove {OLD_BRIDGE}`, `{cargo_add()}`, and `use {BRIDGE}::` in the sources",
        )
    if use.bridge and use.minor not in (None, BRIDGE_BEVY):
        return Check(
            name=BRIDGE,
            state="problem",
            detail=f"the crate {BRIDGE} is made for Bevy 0.19, the game uses {use.version}",
            next="use Bevy 0.19, or leave the crate out: sprites are deployed without an answer then",
        )
    if use.bridge:
        return Check(name=BRIDGE, state="ok", detail=f"the game uses the crate {BRIDGE}")
    if use.stranger:
        return Check(
            name=BRIDGE,
            state="warning",
            detail=f"{OLD_BRIDGE} in Cargo.toml is another crate, a frame buffer; without {BRIDGE} the game cannot say "
            "that it shows a sprite, nor read *.sprite.ron",
            next=f"`{cargo_add()}`",
            steps=(NextStep("prepare_game", str(project.package)),),
        )
    return Check(
        name=BRIDGE,
        state="warning",
        detail=f"without the crate {BRIDGE} the game cannot say that it shows a sprite, nor read *.sprite.ron",
        next=f"`{cargo_add()}`",
        steps=(NextStep("prepare_game", str(project.package)),),
    )


def _watching(project: BevyProject) -> Check:
    use = project.bevy
    if use.features & _WATCHING_FEATURES or "hot_reload" in use.bridge_features:
        return Check(name="hot reload", state="ok", detail="Bevy's feature file_watcher is on")
    for word, name in use.optional_features.items():
        crate, _, feature = word.partition("/")
        if (crate == "bevy" and feature in _WATCHING_FEATURES) or (use.bridge and word in _BRIDGE_WATCHES):
            return Check(
                name="hot reload",
                state="ok",
                detail=f"Bevy's feature file_watcher comes with the game's feature {name!r}",
                next=f"start it with `cargo run --features {name}`",
            )
    return Check(
        name="hot reload",
        state="problem",
        detail="Bevy's feature file_watcher is off: a running game does not see new sprites",
        next='add it: bevy = { version = "...", features = ["file_watcher"] }',
    )


def _sampling(project: BevyProject) -> Check:
    if any("default_nearest" in rust_tokens(text) for _, text in source_files(project.package)):
        return Check(name="sampling", state="ok", detail="ImagePlugin::default_nearest() keeps pixels sharp")
    if project.bevy.bridge:
        return Check(
            name="sampling",
            state="ok",
            detail=f"sheets of {BRIDGE} are drawn with sharp pixels; images that are loaded otherwise may be blurred",
        )
    return Check(
        name="sampling",
        state="warning",
        detail="ImagePlugin::default_nearest() is nowhere set: Bevy blurs enlarged pixels by default",
        next="DefaultPlugins.set(ImagePlugin::default_nearest())",
    )


def _source_habits(project: BevyProject) -> Iterator[Check]:
    for file, text in source_files(project.package):
        place, code = file.relative_to(project.package), "".join(rust_tokens(text))
        if "AssetMode::Processed" in code:
            yield Check(
                name="asset processor",
                state="warning",
                detail=f"{place} switches the asset processor on: sprites arrive later and may be compressed with loss",
                next="leave pixel art unprocessed",
            )
        if "WinitSettings::desktop_app" in code:
            yield Check(
                name="updates",
                state="warning",
                detail=f"{place} uses WinitSettings::desktop_app(): without the focus the game updates once a minute",
                next="use WinitSettings::game() while you work on sprites",
            )


def _assets(project: BevyProject) -> Iterator[Check]:
    if project.assets_unsure is not None:
        yield Check(
            name="assets folder",
            state="warning",
            detail=f"{project.assets_unsure}; {project.assets} is taken",
            next="write the folder as plain text in file_path, if it is another one",
        )
    root = workspace_root(project.package, read_manifest(project.package / "Cargo.toml"))
    if root is not None and (root / "assets").is_dir() and (root / "assets").resolve() != project.assets:
        yield Check(
            name="assets folder",
            state="warning",
            detail=f"{root / 'assets'} is not read: under cargo Bevy reads the package's own folder, {project.assets}",
            next="set BEVY_ASSET_ROOT in .cargo/config.toml if the workspace's folder is meant",
        )
    if not project.assets.is_dir():
        yield Check(
            name="assets folder",
            state="problem",
            detail=f"{project.assets} is missing; Bevy watches only a folder that is there when the game starts",
            steps=(NextStep("prepare_game", str(project.package)),),
        )
        return
    if not os.access(project.assets, os.W_OK) or (project.sprites.is_dir() and not os.access(project.sprites, os.W_OK)):
        yield Check(
            name="assets folder",
            state="problem",
            detail=f"{project.sprites} cannot be written",
            next="check its rights, or mount it writable",
        )
    elif project.assets_link is not None:
        yield Check(
            name="assets folder",
            state="warning",
            detail=f"{project.assets_link} is a link to {project.assets}; watchers may miss changes",
            next="use a real folder",
        )
    else:
        yield Check(name="assets folder", state="ok", detail=f"{project.assets} ({project.assets_from})")
    if refused := refused_now(project.assets):
        yield Check(name="watches", state="problem", detail=refused.message, next=refused.hint or None)
    kind = file_system_of(project.assets)
    if not tells_changes(kind):
        yield Check(
            name="file system",
            state="problem",
            detail=f"{project.assets} lies on {kind}, which does not tell of changes that others make",
            next="move the game to a local disk, or restart it after deploying",
        )
    if project.assets.stat().st_dev != project.base.stat().st_dev:
        yield Check(
            name="file system",
            state="warning",
            detail=f"{project.assets} lies on another file system than {project.pixels}; sprites are staged beside it",
        )


def _deployed(project: BevyProject) -> Check:
    try:
        registry = read_registry(project.pixels / "deployed.json")
    except DeployError as error:
        return Check(name="deployed", state="problem", detail=error.message, next=error.hint, steps=error.steps)
    changed = [
        f"{path} ({'gone' if now is None else 'changed by hand'})"
        for entry in registry.sprites.values()
        for path, sha256 in entry.files.items()
        if (now := sha256_of(project.assets / path)) != sha256
    ]
    if changed:
        return Check(
            name="deployed",
            state="warning",
            detail=f"{len(registry.sprites)} sprites; since then: {', '.join(changed[:5])}",
            next="deploy again with on_conflict=replace to get them back",
        )
    return Check(name="deployed", state="ok", detail=f"{len(registry.sprites)} sprites, all as deployed")


def _running(project: BevyProject, game: Game | None) -> Iterator[Check]:
    if game is None:
        yield Check(
            name="game",
            state="warning",
            detail="no running game reports in this project",
            next="start it with `cargo run`; release builds do not report",
        )
        return
    crate = f", {BRIDGE} {game.bridge}" if game.bridge else ""
    told = f"process {game.pid}{crate}, changes are seen after {game.debounce_ms} ms, frame {game.frame}"
    if game.paused:
        yield Check(
            name="game",
            state="warning",
            detail=f"process {game.pid} has not drawn a frame for {game.quiet_s:.0f} s",
            next="bring its window to the front",
        )
    else:
        yield Check(name="game", state="ok", detail=told)
    if not game.watching:
        yield Check(
            name="hot reload",
            state="problem",
            detail="the running game does not watch its assets folder",
            next="start it with Bevy's feature file_watcher, while the assets folder is there",
        )
    if game.assets_root and Path(game.assets_root).resolve() != project.assets:
        yield Check(
            name="assets folder",
            state="problem",
            detail=f"the running game loads from {game.assets_root}, sprites go to {project.assets}",
            next="start it with `cargo run`, or set BEVY_ASSET_ROOT for pixels-mcp too",
        )
    for sheet, names in itertools.groupby(game.missing_animations, lambda one: one.sheet):
        asked = ", ".join(repr(one.animation) for one in names)
        yield Check(
            name="animations",
            state="warning",
            detail=f"the running game asks {sheet} for {asked}, which it lacks: its first frame stands still",
            next=f"deploy the sheet with that animation, or ask for one that it has ({_animations_of(project, sheet)})",
        )
    others = _same_program(game.pid)
    if others:
        yield Check(
            name="two games",
            state="warning",
            detail=f"the game runs {len(others) + 1} times; only process {game.pid} reports",
            next=f"close the others ({', '.join(str(pid) for pid in others)})",
        )


def _animations_of(project: BevyProject, sheet: str) -> str:
    try:
        names = parse_sheet((project.assets / sheet).read_text("utf-8"), label=sheet).animations
    except (OSError, UnicodeDecodeError, DeployError):
        return "it cannot be read now"
    return ", ".join(names) or "it has none"


def _same_program(pid: int) -> list[int]:
    """Other processes of the same program in the same folder."""
    try:
        one = psutil.Process(pid)
        program, folder = one.exe(), one.cwd()
    except (psutil.Error, OSError):
        return []
    process_ids: list[int] = []
    for other in psutil.process_iter(["pid", "exe"]):
        try:
            if other.pid != pid and other.info["exe"] == program and other.cwd() == folder:
                process_ids.append(other.pid)
        except (psutil.Error, OSError):
            continue
    return process_ids
