from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.bevy_games import keep, make_game, speaking
from pixels_mcp.bevy.deploy import deploy
from pixels_mcp.bevy.doctor import Check, examine
from pixels_mcp.bevy.formats.atlas import AtlasClip, single_sprite
from pixels_mcp.bevy.init import init
from pixels_mcp.bevy.mounts import file_system_of, tells_changes
from pixels_mcp.cli.command_phrases import COMMAND_PHRASES
from pixels_mcp.errors import PathNotAllowedError
from pixels_mcp.library.library_folder import Library
from pixels_mcp.requests import DeployRequest

GOOD = "bevy = { version = '0.19.1', features = ['file_watcher'] }\nbevy_pixels_mcp = { path = '../bevy_bridge' }"


@pytest.fixture
def game(tmp_path: Path) -> Path:
    return make_game(tmp_path / "game", dependencies=GOOD)


@pytest.fixture
def two_players(game: Path) -> Iterator[tuple[int, int]]:
    players = [
        subprocess.Popen([sys.executable, "-c", "print(flush=True); input()"], cwd=game, stdin=-1, stdout=-1)
        for _ in range(2)
    ]
    for player in players:
        assert player.stdout is not None
        player.stdout.readline()
    yield players[0].pid, players[1].pid
    for player in players:
        player.kill()
        player.communicate()


def checks_named(checks: list[Check], name: str) -> list[Check]:
    return [check for check in checks if check.name == name]


def one(checks: list[Check], name: str) -> Check:
    (check,) = checks_named(checks, name)
    return check


def test_a_game_that_is_ready_has_no_problem(game: Path) -> None:
    player = subprocess.Popen([sys.executable, "-c", "input()"], cwd=game, stdin=subprocess.PIPE)
    try:
        with speaking(game, pid=player.pid):
            checks = examine(game)
    finally:
        player.kill()
        player.communicate()

    assert [check.detail for check in checks if check.state != "ok"] == []
    assert "Bevy 0.19.1" in one(checks, "bevy").detail
    assert f"process {player.pid}" in one(checks, "game").detail


def test_every_finding_that_is_not_ok_says_what_to_do(tmp_path: Path) -> None:
    bare = make_game(tmp_path / "bare", bevy="0.18.1", assets=False)

    checks = examine(bare)

    states = {check.name: check.state for check in checks}
    assert states == {
        "bevy": "ok",
        "bevy_pixels_mcp": "warning",
        "hot reload": "problem",
        "sampling": "warning",
        "assets folder": "problem",
        "deployed": "ok",
        "game": "warning",
    }
    assert all(check.in_words(COMMAND_PHRASES) for check in checks if check.state != "ok")
    assert not (bare / ".pixels").exists(), "a doctor touches nothing"


def test_what_is_no_game_is_one_problem(tmp_path: Path) -> None:
    (check,) = examine(tmp_path)
    assert (check.name, check.state) == ("project", "problem")
    (old,) = examine(make_game(tmp_path / "old", bevy="0.15.3"))
    assert "Bevy 0.15.3" in old.detail


@pytest.mark.parametrize(
    ("dependencies", "features", "state"),
    [
        ("bevy = { version = '0.19', features = ['dev'] }", "", "ok"),
        ("bevy = '0.19'\nbevy_pixels_mcp = { path = 'x', features = ['hot_reload'] }", "", "ok"),
        ("bevy = '0.19'", "default = ['fast']\nfast = ['bevy/file_watcher']", "ok"),
        ("bevy = '0.19'", "edit = ['bevy/file_watcher']", "ok"),
        ("bevy = { version = '0.19', features = ['png'] }", "edit = ['bevy/wayland']", "problem"),
    ],
)
def test_hot_reload_is_found_wherever_it_is_switched_on(
    tmp_path: Path, dependencies: str, features: str, state: str
) -> None:
    game = make_game(tmp_path / "game", dependencies=dependencies)
    with (game / "Cargo.toml").open("a") as manifest:
        manifest.write(f"[features]\n{features}\n")

    check = one(examine(game), "hot reload")

    assert check.state == state
    assert ("--features edit" in str(check.next)) == features.startswith("edit = ['bevy/file_watcher']")


def test_the_crate_and_another_bevy_do_not_go_together(tmp_path: Path) -> None:
    game = make_game(tmp_path / "game", bevy="0.18.1", dependencies="bevy = '0.18'\nbevy_pixels_mcp = '0.1'")

    assert one(examine(game), "bevy_pixels_mcp").state == "problem"


OURS_OF_OLD = '[package]\nname = "bevy_pixels"\ndescription = "Sprite sheets from pixels-mcp in a running game"\n'
FRAME_BUFFER = '[package]\nname = "bevy_pixels"\ndescription = "Bevy plugin for Pixels, a tiny pixel buffer"\n'
OURS = '[package]\nname = "bevy_pixels_mcp"\n'


@pytest.mark.parametrize(
    ("line", "crate", "state", "told"),
    [
        ("bevy_pixels_mcp = '0.1'", None, "ok", "uses the crate bevy_pixels_mcp"),
        ("bevy_pixels_mcp = { path = '../crate' }", OURS, "ok", "uses the crate bevy_pixels_mcp"),
        ("sheets = { package = 'bevy_pixels_mcp', version = '0.1' }", None, "ok", "uses the crate bevy_pixels_mcp"),
        ("bevy_pixels = '0.15'", None, "warning", "another crate, a frame buffer"),
        ("bevy_pixels = { git = 'https://example.org/x' }", None, "warning", "another crate, a frame buffer"),
        ("bevy_pixels = { path = '../crate' }", FRAME_BUFFER, "warning", "another crate, a frame buffer"),
        ("bevy_pixels = { path = '../crate' }", None, "warning", "another crate, a frame buffer"),
        ("bevy_pixels = { path = '../crate' }", OURS_OF_OLD, "ok", "uses the crate bevy_pixels_mcp"),
        ("bevy_pixels = { path = '../crate' }", OURS, "problem", "old name bevy_pixels"),
        ("bevy_pixels = '0.15'\nbevy_pixels_mcp = '0.1'", None, "ok", "uses the crate bevy_pixels_mcp"),
    ],
)
def test_the_crate_is_told_from_another_one_of_its_old_name(
    tmp_path: Path, line: str, crate: str | None, state: str, told: str
) -> None:
    game = make_game(tmp_path / "game", dependencies=f"bevy = '0.19'\n{line}")
    if crate is not None:
        (tmp_path / "crate").mkdir()
        (tmp_path / "crate" / "Cargo.toml").write_text(crate)

    check = one(examine(game), "bevy_pixels_mcp")

    assert (check.state, told in check.detail) == (state, True), check
    assert state == "ok" or "cargo add bevy_pixels_mcp --path" in str(check.next)
    added = init(game).cargo_add
    assert (added is None) == (state == "ok")


def test_animations_that_the_game_asks_for_in_vain_are_named(game: Path) -> None:
    sprites = game / "assets" / "sprites"
    sprites.mkdir()
    idle = AtlasClip(frames=(0,), ms=(100,))
    sheet = single_sprite("hero.png", 32, 32).model_copy(update={"animations": {"idle": idle}})
    (sprites / "hero.sprite.ron").write_text(sheet.to_ron())
    missing = [{"sheet": "sprites/hero.sprite.ron", "animation": name} for name in ("swim", "walk")]
    missing.append({"sheet": "sprites/gone.sprite.ron", "animation": "walk"})

    with speaking(game, missing_animations=missing):
        hero, gone = checks_named(examine(game), "animations")

    assert hero.state == "warning"
    assert "sprites/hero.sprite.ron for 'swim', 'walk', which it lacks" in hero.detail
    assert "one that it has (idle)" in str(hero.next)
    assert "cannot be read now" in str(gone.next)


def test_a_game_built_with_the_crate_under_its_old_name_is_still_heard(game: Path) -> None:
    with speaking(game, bevy_pixels="0.1.0"):
        assert "bevy_pixels_mcp 0.1.0" in one(examine(game), "game").detail
    with speaking(game, bevy_pixels_mcp="0.2.0"):
        assert "bevy_pixels_mcp 0.2.0" in one(examine(game), "game").detail


def test_habits_in_the_sources_that_slow_sprites_down_are_named(game: Path) -> None:
    (game / "src" / "window.rs").write_text("WinitSettings::desktop_app(); AssetMode::Processed")
    (game / "src" / "images.rs").write_text("ImagePlugin::default_nearest()")

    checks = examine(game)

    assert "src/window.rs" in one(checks, "updates").detail
    assert one(checks, "asset processor").state == "warning"
    assert "default_nearest" in one(checks, "sampling").detail


def test_a_linked_assets_folder_is_a_warning(tmp_path: Path) -> None:
    game = make_game(tmp_path / "game", dependencies=GOOD, assets=False)
    (game / "art").mkdir()
    (game / "assets").symlink_to("art")

    assert one(examine(game), "assets folder").state == "warning"


def test_deployed_files_that_were_changed_since_are_named(game: Path, tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    request = DeployRequest(sprite_id=keep(library, 1), project=str(game))
    png, manifest = (Path(file.path) for file in deploy(library, request, [game], confirm=False).files)
    assert one(examine(game), "deployed").state == "ok"

    png.write_bytes(b"edited")
    manifest.unlink()

    check = one(examine(game), "deployed")
    assert check.state == "warning"
    assert "sprites/hero.png (changed by hand), sprites/hero.sprite.ron (gone)" in check.detail


def test_a_game_that_does_not_watch_stands_still_or_loads_elsewhere_is_told(game: Path) -> None:
    with speaking(game, watching=False, assets_root="/somewhere/assets"):
        os.utime(game / ".pixels" / "game.json", (time.time() - 30, time.time() - 30))
        checks = examine(game)

    assert "has not drawn a frame" in one(checks, "game").detail
    assert [check.state for check in checks_named(checks, "hot reload")] == ["ok", "problem"]
    assert "/somewhere/assets" in checks_named(checks, "assets folder")[1].detail


def test_a_game_that_runs_twice_is_told_with_the_silent_process(game: Path, two_players: tuple[int, int]) -> None:
    with speaking(game, pid=two_players[0]):
        check = one(examine(game), "two games")

    assert "runs 2 times" in check.detail
    assert str(two_players[1]) in str(check.next)


def test_the_file_system_of_a_folder_is_the_last_mount_above_it(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "1 0 8:1 / / rw - ext4 /dev/sda rw\n"
        "2 1 8:1 / /mnt/c rw shared:1 - 9p C: rw\n"
        "3 1 8:1 / /home/a\\040b rw - nfs4 server rw\n"
        "4 1 8:1 / /home/a\\040b/local rw - xfs /dev/sdb rw\n"
    )

    def kind(folder: str) -> str | None:
        return file_system_of(Path(folder), mounts)

    assert [kind("/home/me"), kind("/mnt/c/game"), kind("/mnt/cc")] == ["ext4", "9p", "ext4"]
    assert [kind("/home/a b/game"), kind("/home/a b/local/game")] == ["nfs4", "xfs"]
    assert [tells_changes(kind(place)) for place in ("/home/me", "/mnt/c/x", "/home/a b")] == [True, False, False]
    assert file_system_of(Path("/"), tmp_path / "none") is None


def test_init_makes_folders_and_one_line_and_shows_the_rest(tmp_path: Path) -> None:
    game = make_game(tmp_path / "game", assets=False)
    (game / ".git").mkdir()
    (game / ".gitignore").write_text("target")
    sources = {file: file.read_bytes() for file in (game / "Cargo.toml", game / "src" / "main.rs")}

    result = init(game)

    assert (game / "assets" / "sprites").is_dir()
    assert (game / ".gitignore").read_text() == "target\n.pixels/\n"
    assert (game / ".pixels" / ".gitignore").read_text() == "*\n"
    assert len(result.made) == 4
    assert {file: file.read_bytes() for file in sources} == sources
    assert result.dependency is not None
    assert result.dependency.startswith("bevy_pixels_mcp = { path = ")
    assert 'PixelSprite::new("sprites/hero.sprite.ron")' in result.plugin
    assert init(game).made == ()


def test_init_keeps_to_the_folder_that_the_game_has_and_to_the_allowed_ones(game: Path, tmp_path: Path) -> None:
    (game / "assets" / "textures").mkdir()

    result = init(game)

    assert not (game / "assets" / "sprites").exists()
    assert "textures/hero.sprite.ron" in result.plugin
    assert result.dependency is None
    assert not (game / ".gitignore").exists(), "not under git"
    with pytest.raises(PathNotAllowedError):
        init(game, allowed_roots=[tmp_path / "other"])


def test_checks_are_plain_json(game: Path) -> None:
    document = json.loads(json.dumps([check.model_dump(mode="json") for check in examine(game)]))

    assert {"name", "state", "detail", "next"} == set(document[0])
