"""Cargo's many ways to write one thing."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from helpers.bevy_games import make_game
from pixels_mcp.bevy.cargo import builds_here, read_use
from pixels_mcp.bevy.doctor import examine
from pixels_mcp.bevy.project import find_project
from pixels_mcp.errors import NotABevyProjectError, UnsupportedBevyError


def manifest(folder: Path, rest: str) -> Path:
    """Another Cargo.toml for a game."""
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "{folder.name}"\nversion = "0.1.0"\nedition = "2024"\n{rest}'
    )
    return folder


ON = {
    "renamed, by the default features": '[dependencies]\nengine = { package = "bevy", version = "0.19" }\n'
    '[features]\ndefault = ["dev"]\ndev = ["engine/file_watcher"]\n',
    "renamed, weakly": '[dependencies]\nengine = { package = "bevy", version = "0.19", optional = true }\n'
    '[features]\ndefault = ["engine?/file_watcher"]\n',
    "renamed, in its own table": '[dependencies.engine]\npackage = "bevy"\n'
    'version = "0.19"\nfeatures = ["file_watcher"]\n',
    "of this system, another one after": "[target.'cfg(not(target_arch=\"wasm32\"))'.dependencies]\n"
    'bevy = { version = "0.19", features = ["file_watcher"] }\n'
    '[target.\'cfg(target_arch = "wasm32")\'.dependencies]\nbevy = { version = "0.19", default-features = false }\n',
    "of this system, another one before": "[target.wasm32-unknown-unknown.dependencies]\nbevy = '0.19'\n"
    "[target.'cfg(any(unix, windows))'.dependencies]\nbevy = { version = '0.19', features = ['file_watcher'] }\n",
    "added by a table of this system": '[dependencies]\nbevy = "0.19"\n'
    '[target.\'cfg(all(not(target_family = "wasm"), not(target_os = "none")))\'.dependencies]\n'
    'bevy = { version = "0.19", features = ["file_watcher"] }\n',
    "added beside a plain table": '[dependencies]\nbevy = { version = "0.19", features = ["file_watcher"] }\n'
    "[target.'cfg(unix)'.dependencies]\nbevy = { version = '0.19', features = ['wayland'] }\n",
}


@pytest.mark.parametrize("how", list(ON))
def test_the_watcher_is_seen_to_be_on(tmp_path: Path, how: str) -> None:
    game = manifest(make_game(tmp_path / "game"), ON[how])

    (told,) = [check for check in examine(game) if check.name == "hot reload"]

    assert told.state == "ok", told.detail


def test_a_feature_by_the_renamed_key_is_told_with_its_name(tmp_path: Path) -> None:
    rest = (
        '[dependencies]\nengine = { package = "bevy", version = "0.19" }\n[features]\nlive = ["engine/file_watcher"]\n'
    )
    game = manifest(make_game(tmp_path / "game"), rest)

    (told,) = [check for check in examine(game) if check.name == "hot reload"]

    assert told.next == "start it with `cargo run --features live`"


def test_the_watcher_of_another_system_does_not_count(tmp_path: Path) -> None:
    rest = (
        '[dependencies]\nbevy = "0.19"\n[target.\'cfg(target_arch = "wasm32")\'.dependencies]\n'
        'bevy = { version = "0.19", features = ["file_watcher"] }\n'
    )
    game = manifest(make_game(tmp_path / "game"), rest)

    (told,) = [check for check in examine(game) if check.name == "hot reload"]

    assert told.state == "problem"


def test_a_game_for_another_system_alone_is_a_game(tmp_path: Path) -> None:
    rest = "[target.wasm32-unknown-unknown.dependencies]\nbevy = { version = '0.19', features = ['webgl2'] }\n"
    use = read_use(manifest(make_game(tmp_path / "game"), rest))

    assert use is not None
    assert use.features == {"webgl2"}


def test_conditions_are_evaluated_for_this_machine() -> None:
    system = {"darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform)
    assert builds_here(f'cfg(target_os = "{system}")')
    assert builds_here('cfg(not(any(target_arch = "wasm32", target_os = "none")))')
    assert not builds_here('cfg(all(unix, target_arch = "wasm32"))')
    assert not builds_here("cfg(all(unix, windows))")
    assert builds_here("cfg(debug_assertions)")
    assert not builds_here("wasm32-unknown-unknown")
    if system == "linux":
        assert builds_here(f"{platform.machine()}-unknown-linux-gnu")


def workspace(root: Path, rest: str) -> Path:
    for name in ("editor", "game"):
        make_game(root / "crates" / name)
    (root / "Cargo.toml").write_text(f"[workspace]\nresolver = '3'\nmembers = ['crates/*']\n{rest}")
    return root


@pytest.mark.parametrize("named", ["crates/game", "crates/game/", "crates/g*"])
def test_a_workspace_is_the_game_that_cargo_runs_there(tmp_path: Path, named: str) -> None:
    root = workspace(tmp_path, f"default-members = ['{named}']\n")

    assert find_project(root).package == root / "crates" / "game"


def test_several_default_members_are_named(tmp_path: Path) -> None:
    root = workspace(tmp_path, "default-members = ['crates/*']\n")

    with pytest.raises(NotABevyProjectError, match="2 packages"):
        find_project(root)


def test_assets_at_the_root_of_a_workspace_are_told_as_not_read(tmp_path: Path) -> None:
    root = workspace(tmp_path, "default-members = ['crates/game']\n")
    (root / "assets").mkdir()

    told = [check for check in examine(root) if "is not read" in check.detail]

    assert [check.state for check in told] == ["warning"]
    assert str(root / "crates" / "game" / "assets") in told[0].detail


def test_a_game_of_bevys_parts_is_told_as_not_supported(tmp_path: Path) -> None:
    parts = '[dependencies]\nbevy_app = "0.19"\nbevy_asset = { version = "0.19", features = ["file_watcher"] }\n'
    game = manifest(make_game(tmp_path / "game"), parts)

    with pytest.raises(UnsupportedBevyError, match=r"bevy_app, bevy_asset.*not supported") as caught:
        find_project(game)

    assert "cargo add bevy`" not in caught.value.hint


def test_a_plugin_of_bevy_alone_is_no_game(tmp_path: Path) -> None:
    with pytest.raises(NotABevyProjectError, match="does not depend on bevy"):
        find_project(manifest(make_game(tmp_path / "game"), '[dependencies]\nbevy_rapier2d = "0.30"\n'))
