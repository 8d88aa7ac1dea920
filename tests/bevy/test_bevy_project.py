from __future__ import annotations

from pathlib import Path

import pytest

from helpers.bevy_games import lock, make_game
from pixels_mcp.bevy.project import find_project
from pixels_mcp.errors import NotABevyProjectError, PathNotAllowedError, UnsupportedBevyError


@pytest.fixture(autouse=True)
def _no_asset_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BEVY_ASSET_ROOT", raising=False)


def test_a_package_that_uses_bevy_is_found_from_any_folder_inside_it(tmp_path: Path) -> None:
    game = make_game(tmp_path / "game")

    for start in (game, game / "src", game / "src" / "main.rs", game / "assets"):
        project = find_project(start)
        assert (project.package, project.assets) == (game, game / "assets")
        assert project.sprites == game / "assets" / "sprites"
        assert (project.bevy.version, project.bevy.locked, project.bevy.minor) == ("0.19.1", True, (0, 19))
        assert project.pixels == game / ".pixels"


@pytest.mark.parametrize(
    ("folders", "used"),
    [
        ((), "sprites"),
        (("images",), "images"),
        (("textures",), "textures"),
        (("textures", "images"), "images"),
        (("images", "sprites"), "sprites"),
    ],
)
def test_sprites_go_where_the_game_keeps_pictures(tmp_path: Path, folders: tuple[str, ...], used: str) -> None:
    game = make_game(tmp_path / "game")
    for folder in folders:
        (game / "assets" / folder).mkdir()

    assert find_project(game).sprites == game / "assets" / used


def test_a_workspace_leads_to_its_one_game_with_the_version_of_its_lock(tmp_path: Path) -> None:
    root = tmp_path / "all"
    game = make_game(root / "crates" / "game", dependencies="bevy = { workspace = true, features = ['png'] }")
    make_game(root / "crates" / "tool", dependencies="serde = '1'")
    library = make_game(root / "crates" / "shared", dependencies="bevy.workspace = true", assets=False)
    (library / "src" / "main.rs").unlink()
    for member in (game, library):
        (member / "Cargo.lock").unlink()
    (root / "Cargo.toml").write_text(
        "[workspace]\nmembers = ['crates/*']\n[workspace.dependencies]\n"
        "bevy = { version = '0.18', features = ['file_watcher'], default-features = false }\n"
    )
    lock(root, "0.18.1")

    project = find_project(root)

    assert (project.package, project.bevy.version) == (game, "0.18.1")
    assert project.bevy.features == {"file_watcher", "png"}
    assert not project.bevy.default_features
    assert find_project(library / "src").package == library


def test_two_games_of_a_workspace_are_named(tmp_path: Path) -> None:
    root = tmp_path / "all"
    make_game(root / "one")
    make_game(root / "two")
    (root / "Cargo.toml").write_text("[workspace]\nmembers = ['one', 'two', 'gone']\n")

    with pytest.raises(NotABevyProjectError, match=r"2 packages.*one, two.*folder of one of them"):
        find_project(root)


def test_a_member_may_name_its_workspace_elsewhere(tmp_path: Path) -> None:
    game = make_game(tmp_path / "examples" / "game")
    bridge = make_game(tmp_path / "bridge")
    (bridge / "Cargo.toml").write_text(
        "[workspace]\nmembers = ['../examples/game']\n[package]\nname = 'bridge'\n[dependencies]\nserde = '1'\n"
    )
    (game / "Cargo.toml").write_text(
        "[package]\nname = 'game'\nworkspace = '../../bridge'\n[dependencies]\nbevy = '0.19'\n"
    )
    (game / "Cargo.lock").unlink()
    lock(bridge, "0.19.7")

    assert find_project(game).bevy.version == "0.19.7"
    assert find_project(bridge).package == game


def test_of_two_bevys_in_a_lock_the_one_counts_that_the_game_uses(tmp_path: Path) -> None:
    game = make_game(tmp_path / "game")
    (game / "Cargo.lock").write_text(
        "\n".join(
            [
                "[[package]]\nname = 'bevy'\nversion = '0.15.0'",
                "[[package]]\nname = 'bevy'\nversion = '0.19.1'",
                "[[package]]\nname = 'game'\nversion = '0.1.0'\ndependencies = ['bevy 0.19.1', 'old 0.1.0']",
            ]
        )
    )

    assert find_project(game).bevy.version == "0.19.1"


def test_without_a_lock_the_asked_version_counts(tmp_path: Path) -> None:
    game = make_game(tmp_path / "game", dependencies="engine = { package = 'bevy', version = '0.18' }")
    (game / "Cargo.lock").unlink()

    project = find_project(game)

    assert (project.bevy.version, project.bevy.locked, project.bevy.minor) == ("0.18", False, (0, 18))


@pytest.mark.parametrize("version", ["0.16.1", "0.15.0", "0.9.1"])
def test_an_old_bevy_is_refused_with_the_reason(tmp_path: Path, version: str) -> None:
    with pytest.raises(UnsupportedBevyError, match=rf"Bevy {version}; 0\.17 or newer.*do not reload"):
        find_project(make_game(tmp_path / "game", bevy=version))


def test_a_folder_without_a_game_says_what_is_missing(tmp_path: Path) -> None:
    no_bevy = make_game(tmp_path / "tool", dependencies="serde = '1'")
    broken = make_game(tmp_path / "broken")
    (broken / "Cargo.toml").write_text("[package\n")
    empty = tmp_path / "empty"
    empty.mkdir()

    for path, words in (
        (no_bevy, "does not depend on bevy"),
        (empty, "holds a Cargo.toml"),
        (tmp_path / "nowhere", "there is no folder"),
        (broken, "cannot read"),
    ):
        with pytest.raises(NotABevyProjectError, match=words) as caught:
            find_project(path)
        assert caught.value.hint


def test_the_assets_folder_is_read_as_bevy_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    game = make_game(tmp_path / "game")
    (game / "src" / "plugins.rs").write_text('AssetPlugin { mode: Unprocessed, file_path: "../data/art".into(), }')

    named = find_project(game)
    assert (named.assets, named.assets_from) == (tmp_path / "data" / "art", "src/plugins.rs")
    assert named.pixels == game / ".pixels"

    monkeypatch.setenv("BEVY_ASSET_ROOT", str(tmp_path / "elsewhere"))
    (game / "src" / "plugins.rs").unlink()
    moved = find_project(game)
    assert (moved.assets, moved.assets_from) == (tmp_path / "elsewhere" / "assets", "BEVY_ASSET_ROOT")


def test_an_asset_root_in_cargos_configuration_counts(tmp_path: Path) -> None:
    game = make_game(tmp_path / "all" / "game")
    (tmp_path / "all" / ".cargo").mkdir()
    (tmp_path / "all" / ".cargo" / "config.toml").write_text(
        "[env]\nBEVY_ASSET_ROOT = { value = '', relative = true }\n"
    )

    assert find_project(game).assets == tmp_path / "all" / "assets"


def test_nothing_outside_the_allowed_folders_is_a_project(tmp_path: Path) -> None:
    game = make_game(tmp_path / "allowed" / "game")
    other = make_game(tmp_path / "other")
    allowed = [tmp_path / "allowed"]

    assert find_project(game, allowed_roots=allowed).package == game
    for path in (other, game / ".." / ".." / "other"):
        with pytest.raises(PathNotAllowedError, match="outside the allowed folders"):
            find_project(path, allowed_roots=allowed)
    with pytest.raises(PathNotAllowedError):
        find_project(game / "src", allowed_roots=[game / "src"])
    with pytest.raises(PathNotAllowedError, match=r"\(none\)"):
        find_project(game, allowed_roots=[])


def test_no_link_leads_out_of_the_allowed_folders(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for number, name in enumerate((".pixels", "assets", "assets/sprites")):
        game = make_game(tmp_path / f"game{number}", assets=name == "assets/sprites")
        (game / name).symlink_to(outside)
        with pytest.raises(PathNotAllowedError, match="outside the allowed folders"):
            find_project(game, allowed_roots=[game])
    link = tmp_path / "link"
    link.symlink_to(make_game(tmp_path / "real"))
    with pytest.raises(PathNotAllowedError):
        find_project(link, allowed_roots=[tmp_path / "game0"])


def test_a_link_inside_the_allowed_folders_is_followed_and_told(tmp_path: Path) -> None:
    game = make_game(tmp_path / "game", assets=False)
    (game / "art").mkdir()
    (game / "assets").symlink_to(game / "art")

    project = find_project(game, allowed_roots=[game])

    assert (project.assets, project.assets_link) == (game / "art", game / "assets")


@pytest.mark.parametrize("name", ["A\u0301" * 500, "nul\0", "x/" * 3_000, "loop"])
def test_what_cannot_be_a_folder_is_refused_by_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(NotABevyProjectError, match="folder"):
        find_project(name)
