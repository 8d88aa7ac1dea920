from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest

from helpers.bevy_games import keep, make_game, picture, shown, speaking
from helpers.commands import PIXELS, pixels
from helpers.waiting import PATIENCE_S
from pixels_mcp import png
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import find_paths


@pytest.fixture
def library(home: Path) -> Library:
    return Library(find_paths().library)


@pytest.fixture
def game(tmp_path: Path) -> Path:
    return make_game(tmp_path / "game")


def test_deploy_prints_the_files_and_says_on_stderr_what_the_game_said(library: Library, game: Path) -> None:
    keep(library, 1, "potion")

    done = pixels("deploy", "potion-0001.1", "--project", str(game))

    assert done.returncode == 0, done.stderr
    sprites = game / "assets" / "sprites"
    assert done.stdout.splitlines() == [str(sprites / "potion.png"), str(sprites / "potion.sprite.ron")]
    assert "not confirmed: no running game answers" in done.stderr
    assert "next:" in done.stderr

    with speaking(game, "sprites/potion.png"):
        keep(library, 2, "potion")
        words = ("deploy", "potion-0002.1", "-p", str(game), "--on-conflict", "replace", "--json")
        told = json.loads(pixels(*words).stdout)
    assert told["state"] == "confirmed"


def test_the_game_of_the_working_folder_or_the_setting_is_meant_when_none_is_named(
    library: Library, game: Path, tmp_path: Path
) -> None:
    keep(library, 1)
    nowhere = pixels("deploy", "hero-0001.1", cwd=tmp_path)
    assert nowhere.returncode == 1
    assert "holds a Cargo.toml" in nowhere.stderr

    assert pixels("deploy", "hero-0001.1", "--dry-run", cwd=game / "src").returncode == 0
    by_setting = pixels("deploy", "hero-0001.1", cwd=tmp_path, extra={"PIXELS_PROJECT": str(game)})
    assert by_setting.returncode == 0
    assert (game / "assets" / "sprites" / "hero.png").is_file()


def test_undo_from_the_command_line(library: Library, game: Path) -> None:
    keep(library, 1)
    pixels("deploy", "hero-0001.1", "-p", str(game))

    back = pixels("deploy", "--undo", "hero", "-p", str(game))

    assert back.returncode == 0
    assert "removed" in back.stderr
    assert not (game / "assets" / "sprites" / "hero.png").exists()
    again = pixels("deploy", "--undo", "hero", "-p", str(game))
    assert again.returncode == 1
    assert "no earlier state of 'hero' is kept" in again.stderr


def test_several_sprites_become_a_sheet_or_each_its_own(library: Library, game: Path) -> None:
    keep(library, 1)
    keep(library, 2)

    sheet = pixels("deploy", "hero-0001.1", "hero-0002.1", "--animation", "walk", "-p", str(game), "--json")
    assert json.loads(sheet.stdout)["width_px"] == 64
    keep(library, 3, "potion")
    keep(library, 4, "sword")
    each = pixels("deploy", "potion-0003.1", "sword-0004.1", "-p", str(game), "--json")
    assert [one["name"] for one in json.loads(each.stdout)] == ["potion", "sword"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "no sprite was named"),
        (("hero-0001.1", "hero-0002.1", "--name", "x"), "one name for 2 sprites"),
        (("hero-0001.1", "--pivot", "0", "1"), "belongs to a sheet"),
        (("hero-0001.1", "--on-conflict", "maybe"), "on_conflict"),
        (("hero 1",), "sprite_id"),
        (("--undo", "hero", "--name", "x"), "takes a name and nothing else"),
        (("hero-0001.1", "--bob", "--play", "Backwards"), "play"),
    ],
)
def test_words_that_do_not_fit_are_exit_code_2(game: Path, home: Path, words: tuple[str, ...], says: str) -> None:
    done = pixels("deploy", *words, "-p", str(game))

    assert done.returncode == 2
    assert says in done.stderr


def test_init_and_doctor_of_a_game(game: Path, home: Path, tmp_path: Path) -> None:
    made = pixels("bevy", "init", str(game))
    assert made.returncode == 0
    assert "bevy_pixels_mcp = { path" in made.stdout
    assert "made" in made.stderr

    sick = pixels("bevy", "doctor", str(game))
    assert sick.returncode == 1
    assert "PROBLEM  hot reload" in sick.stdout
    states = [check["state"] for check in json.loads(pixels("bevy", "doctor", str(game), "--json").stdout)]
    assert "problem" in states

    nothing = pixels("bevy", "doctor", str(tmp_path))
    assert (nothing.returncode, "PROBLEM  project" in nothing.stdout) == (1, True)


def test_a_screenshot_without_a_game_is_an_error_with_the_next_step(game: Path, home: Path) -> None:
    done = pixels("bevy", "screenshot", str(game))

    assert done.returncode == 1
    assert "cargo run" in done.stderr
    assert pixels("bevy", "screenshot", str(game), "--out", "x.jpg").returncode == 2


def test_watch_tells_a_line_for_each_edit_and_ends_at_ctrl_c(library: Library, game: Path) -> None:
    keep(library, 1)
    pixels("deploy", "hero-0001.1", "-p", str(game))
    hero = game / "assets" / "sprites" / "hero.png"
    edited = picture(1)
    edited[5, 5] = (1, 2, 3, 255)

    watch = subprocess.Popen(
        [*PIXELS, "watch", str(game), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert watch.stdout is not None
        assert watch.stderr is not None
        assert "watching" in watch.stderr.readline()
        hero.write_bytes(png.encode_png(edited))
        told = json.loads(watch.stdout.readline())
        watch.send_signal(signal.SIGINT)
        assert watch.wait(timeout=PATIENCE_S) == 0
    finally:
        watch.kill()
        watch.communicate()

    assert (told["name"], told["result"]["state"]) == ("hero", "unconfirmed")
    assert np.array_equal(shown(hero), edited)


def test_watching_a_folder_that_is_not_there_is_exit_code_2(game: Path, home: Path) -> None:
    done = pixels("watch", str(game), "--art", str(game / "nowhere"))

    assert done.returncode == 2
    assert "there is no folder" in done.stderr
