from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers.bevy_games import keep, make_game, speaking, wait_until
from pixels_mcp.bevy.deploy import deploy
from pixels_mcp.bevy.game import AnswerLog, read_game
from pixels_mcp.bevy.results import DeployResult
from pixels_mcp.bevy.undo import undo
from pixels_mcp.cli.command_phrases import COMMAND_PHRASES
from pixels_mcp.library.library_folder import Library
from pixels_mcp.requests import DeployRequest

HERO = "sprites/hero.png"


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The causes are the same after a shorter time."""
    monkeypatch.setattr("pixels_mcp.bevy.confirm.ANSWER_S", 0.5)
    monkeypatch.setattr("pixels_mcp.bevy.confirm.UNKNOWN_ASSET_S", 0.3)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


@pytest.fixture
def game(tmp_path: Path, library: Library) -> Path:
    """A game in which hero stands already."""
    folder = make_game(tmp_path / "game")
    put(library, folder, keep(library, 1))
    return folder


def put(library: Library, game: Path, sprite_id: str) -> DeployResult:
    return deploy(library, DeployRequest(sprite_id=sprite_id, project=str(game), on_conflict="replace"), [game])


def test_an_answer_with_the_right_checksum_confirms_with_its_milliseconds(library: Library, game: Path) -> None:
    with speaking(game, HERO):
        started = time.monotonic()
        result = put(library, game, keep(library, 2))
        elapsed_ms = (time.monotonic() - started) * 1000

    assert result.state == "confirmed"
    assert result.confirmed_ms is not None
    assert 0 < result.confirmed_ms < elapsed_ms
    assert (result.cause, result.next) == (None, None)


def test_undo_is_confirmed_too(library: Library, game: Path) -> None:
    put(library, game, keep(library, 2))
    with speaking(game, HERO):
        assert undo(game, "hero", [game]).state == "confirmed"


def test_an_old_answer_for_the_same_pixels_does_not_confirm(library: Library, game: Path) -> None:
    put(library, game, keep(library, 2))
    with speaking(game, HERO) as voice:
        put(library, game, "hero-0001.1")
        voice.loaded, voice.known = (), {}

        result = put(library, game, "hero-0002.1")

    assert (result.state, result.cause) == ("unconfirmed", "no_answer")


def test_an_answer_with_other_pixels_does_not_confirm(library: Library, game: Path) -> None:
    with speaking(game, HERO) as voice:
        tell = voice.tell
        voice.tell = lambda path, event: tell(path, event, crc32=1)  # type: ignore[method-assign]  # put in the way for this test
        result = put(library, game, keep(library, 2))

    assert (result.state, result.cause) == ("unconfirmed", "no_answer")
    assert "other pixels" in str(result.detail)


def test_a_move_that_the_watcher_lost_is_told_again_by_a_nudge(library: Library, game: Path) -> None:
    with speaking(game, HERO) as voice:
        voice.deaf_to_moves = True
        result = put(library, game, keep(library, 2))

    assert result.state == "confirmed"
    assert result.confirmed_ms is not None
    assert result.confirmed_ms >= 500


def test_the_cause_is_that_no_game_runs(library: Library, game: Path) -> None:
    started = time.monotonic()

    result = put(library, game, keep(library, 2))

    assert (result.state, result.cause) == ("unconfirmed", "game_not_running")
    assert "cargo run" in str(result.next)
    assert time.monotonic() - started < 1.0


def test_a_game_without_the_crate_is_told_what_it_lacks(library: Library, game: Path) -> None:
    without = put(library, game, keep(library, 2))
    assert "without the crate bevy_pixels_mcp it cannot" in str(without.detail)
    assert "bevy init" in without.in_words(COMMAND_PHRASES)

    with (game / "Cargo.toml").open("a") as manifest:
        manifest.write('bevy_pixels_mcp = { path = "../bevy_bridge" }\n')
    assert "bevy_pixels_mcp" not in str(put(library, game, keep(library, 3)).detail)


def test_a_game_that_crashed_does_not_count_as_running(library: Library, game: Path) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    facts = {"watching": True, "assets_root": str(game / "assets")}
    (game / ".pixels" / "game.json").write_text(json.dumps({"pid": int(gone.stdout), **facts}))
    assert put(library, game, keep(library, 2)).cause == "game_not_running"

    # Its number was given to another process meanwhile; its lock is gone.
    (game / ".pixels" / "game.json").write_text(json.dumps({"pid": os.getpid(), **facts}))
    (game / ".pixels" / "game.lock").touch()
    assert put(library, game, keep(library, 3)).cause == "game_not_running"


def test_the_cause_is_that_the_game_does_not_watch(library: Library, game: Path) -> None:
    with speaking(game, HERO, watching=False):
        result = put(library, game, keep(library, 2))

    assert (result.state, result.cause) == ("unconfirmed", "watching_off")
    assert "file_watcher" in str(result.next)


def test_the_cause_is_that_the_game_loads_from_elsewhere(library: Library, game: Path, tmp_path: Path) -> None:
    with speaking(game, HERO, assets_root=str(tmp_path / "other" / "assets")):
        result = put(library, game, keep(library, 2))

    assert result.cause == "other_assets_folder"
    assert str(tmp_path / "other" / "assets") in str(result.detail)


def test_the_cause_is_that_the_game_never_asked_for_the_sprite(library: Library, game: Path) -> None:
    with speaking(game, HERO):
        result = put(library, game, keep(library, 5, "potion"))

    assert (result.state, result.cause) == ("unconfirmed", "asset_not_loaded")
    assert 'PixelSprite::new("sprites/potion.sprite.ron")' in str(result.next)


def test_a_sprite_that_the_game_misses_is_confirmed_when_it_comes(library: Library, game: Path) -> None:
    with speaking(game, HERO, "sprites/potion.png"):
        assert put(library, game, keep(library, 5, "potion")).state == "confirmed"


def test_the_cause_is_what_the_game_says_of_a_picture_that_it_cannot_load(library: Library, game: Path) -> None:
    with speaking(game, HERO) as voice:
        voice.complaint = "unexpected end of file"
        result = put(library, game, keep(library, 2))

    assert (result.state, result.cause) == ("unconfirmed", "decode_failed")
    assert "unexpected end of file" in str(result.detail)


def test_a_failure_that_the_next_load_heals_is_no_failure(library: Library, game: Path) -> None:
    with speaking(game, HERO) as voice:
        tell = voice.tell

        def stumble(path: str, event: str, crc32: int | None = None) -> None:
            voice.complaint = "the sheet is larger than the picture"
            tell(path, "failed")
            voice.complaint = None
            tell(path, event, crc32)

        voice.tell = stumble
        assert put(library, game, keep(library, 2)).state == "confirmed"


def test_the_cause_is_that_the_game_was_closed_meanwhile(library: Library, game: Path) -> None:
    player = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    sprite_id = keep(library, 2)
    with speaking(game, HERO, pid=player.pid) as voice:
        voice.loaded, voice.known = (), {}
        before = (game / "assets" / HERO).stat().st_ino

        import threading

        def close_when_placed() -> None:
            wait_until(lambda: (game / "assets" / HERO).stat().st_ino != before, what="the file is there")
            player.kill()
            player.wait()

        closer = threading.Thread(target=close_when_placed)
        closer.start()
        result = put(library, game, sprite_id)
        closer.join()

    assert (result.state, result.cause) == ("unconfirmed", "game_closed")
    assert [file.action for file in result.files] == ["written", "unchanged"]


def test_the_cause_is_that_the_game_has_stopped_drawing(library: Library, game: Path) -> None:
    with speaking(game, HERO) as voice:
        voice.known = {}
        os.utime(game / ".pixels" / "game.json", (time.time() - 60, time.time() - 60))
        result = put(library, game, keep(library, 2))

    assert result.cause == "game_paused"


def test_the_answers_are_followed_when_the_game_cuts_their_file(tmp_path: Path) -> None:
    def line(seq: int, pid: int = 1) -> str:
        return json.dumps({"pid": pid, "seq": seq, "path": f"{seq}.png", "event": "added"}) + "\n"

    file = tmp_path / "ack.jsonl"
    file.write_text(line(1) + line(2))
    log = AnswerLog(tmp_path)
    with file.open("a") as stream:
        stream.write(line(3) + line(4)[:10])
    assert [answer.seq for answer in log.new()] == [3]
    with file.open("a") as stream:
        stream.write(line(4)[10:] + "not json\n")
    assert [answer.seq for answer in log.new()] == [4]

    cut = tmp_path / "cut"
    cut.write_text(line(3) + line(4) + line(5))
    cut.replace(file)
    assert [answer.seq for answer in log.new()] == [5]
    assert log.known_paths(1) is None, "the log no longer reaches back to the start"

    file.write_text(line(1, pid=2))
    assert [(answer.pid, answer.seq) for answer in log.new()] == [(2, 1)]
    assert log.known_paths(2) == {"1.png"}


def test_what_is_no_description_of_a_game_is_no_game(tmp_path: Path) -> None:
    assert read_game(tmp_path) is None
    for text in ("", "{", "[]", '{"pid": "x"}'):
        (tmp_path / "game.json").write_text(text)
        assert read_game(tmp_path) is None
