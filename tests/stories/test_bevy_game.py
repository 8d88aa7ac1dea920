"""Sprites meet the real game, built from examples/bevy_game and run without a window."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from helpers import mounts
from helpers.bevy_games import keep, make_game, picture, shown, wait_until
from helpers.real_game import BUILD_S, built_game, running, start_game
from helpers.waiting import PATIENCE_S
from pixels_mcp import png
from pixels_mcp.bevy.deploy import deploy, deploy_sheet
from pixels_mcp.bevy.doctor import examine
from pixels_mcp.bevy.game import read_game
from pixels_mcp.bevy.project import find_project
from pixels_mcp.bevy.results import DeployResult
from pixels_mcp.bevy.sheets import SheetRequest
from pixels_mcp.bevy.undo import undo
from pixels_mcp.library.library_folder import Library
from pixels_mcp.requests import DeployRequest
from pixels_mcp.watch.watcher import Told, Watcher

pytestmark = [pytest.mark.bevy, pytest.mark.timeout(BUILD_S + 300)]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    built_game()
    return make_game(tmp_path / "game")


def put(library: Library, project: Path, sprite_id: str, name: str) -> DeployResult:
    request = DeployRequest(sprite_id=sprite_id, project=str(project), name=name, on_conflict="replace")
    return deploy(library, request, [project])


@pytest.mark.parametrize("watcher", ["fast", "stock"])
def test_a_deployed_sprite_is_confirmed_also_when_it_grows_becomes_a_sheet_and_is_taken_back(
    library: Library, project: Path, watcher: str
) -> None:
    with running(project, "--headless", "--watcher", watcher):
        first = put(library, project, keep(library, 1), "hero")
        larger = put(library, project, keep(library, 2, size_px=(48, 64)), "hero")
        request = SheetRequest(
            sprite_ids=(keep(library, 3),), project=str(project), name="hero", bob=True, on_conflict="replace"
        )
        sheet = deploy_sheet(library, request, [project])
        back = undo(project, "hero", [project])

    assert [result.state for result in (first, larger, sheet, back)] == ["confirmed"] * 4
    assert back.sprite_ids == ("hero-0002.1",)
    assert all(0 < float(result.confirmed_ms or 0) < 3_000 for result in (first, larger, sheet, back))


def test_a_sprite_that_the_game_does_not_use_is_not_confirmed(library: Library, project: Path) -> None:
    with running(project, "--headless"):
        result = put(library, project, keep(library, 1, "dragon"), "dragon")

    assert (result.state, result.cause) == ("unconfirmed", "asset_not_loaded")


def test_an_animation_that_the_sheet_lacks_is_told_once_in_the_log_and_by_whoever_asks(
    library: Library, project: Path
) -> None:
    def missed() -> list[str]:
        return [check.detail for check in examine(project) if check.name == "animations"]

    with running(project, "--headless") as game:
        put(library, project, keep(library, 1), "hero")  # the game plays `walk`
        wait_until(lambda: len(missed()) == 1, what="the doctor knows")
        assert "asks sprites/hero.sprite.ron for 'walk', which it lacks" in missed()[0]
        again = put(library, project, keep(library, 2), "hero")
        assert "for the animation 'walk', which it lacks" in again.notes[-1]
        request = SheetRequest(
            sprite_ids=("hero-0002.1",),
            project=str(project),
            name="hero",
            bob=True,
            animation="walk",
            on_conflict="replace",
        )
        deploy_sheet(library, request, [project])
        wait_until(lambda: missed() == [], what="nothing is missed any more")

    lines = [line for line in game.log.read_text().splitlines() if "has no animation" in line]
    assert len(lines) == 1
    assert 'sprites/hero.sprite.ron has no animation "walk" (it has: none)' in lines[0]


def test_a_picture_that_the_game_cannot_load_is_told_with_its_reason(library: Library, project: Path) -> None:
    with running(project, "--headless") as game:
        hero = Path(put(library, project, keep(library, 1), "hero").files[0].path)
        old_manifest = hero.with_name("hero.sprite.ron").read_text()
        # The picture comes, and something else keeps writing a manifest that does not fit it.
        stop = threading.Event()

        def spoil() -> None:
            wait_until(lambda: not np.array_equal(shown(hero), picture(1)), what="the new picture")
            while not stop.wait(0.05):
                hero.with_name("hero.sprite.ron").write_text(old_manifest.replace("(32, 32)", "(40, 40)"))

        spoiler = threading.Thread(target=spoil)
        spoiler.start()
        result = put(library, project, keep(library, 2, size_px=(16, 16)), "hero")
        stop.set()
        spoiler.join()
        assert game.process.poll() is None

    assert (result.state, result.cause) == ("unconfirmed", "decode_failed")
    assert "hero.sprite.ron" in str(result.detail)


def test_a_game_that_is_closed_in_the_middle_leaves_whole_files(library: Library, project: Path) -> None:
    with running(project, "--headless") as game:
        hero = Path(put(library, project, keep(library, 1), "hero").files[0].path)
        os.kill(game.process.pid, signal.SIGSTOP)

        def close() -> None:
            wait_until(lambda: not np.array_equal(shown(hero), picture(1)), what="the new picture")
            game.process.kill()
            game.process.wait()

        closer = threading.Thread(target=close)
        closer.start()
        result = put(library, project, keep(library, 2), "hero")
        closer.join()
        assert np.array_equal(shown(hero), picture(2))

    assert (result.state, result.cause) == ("unconfirmed", "game_closed")
    assert put(library, project, keep(library, 3), "hero").cause == "game_not_running"


def test_of_two_games_one_answers_and_the_other_takes_over(library: Library, project: Path) -> None:
    with running(project, "--headless") as first:
        second = start_game(project, "--headless")
        try:
            wait_until(lambda: "another game reports" in second.log.read_text(), what="the second game says so")
            assert put(library, project, keep(library, 1), "hero").state == "confirmed"
            (check,) = [check for check in examine(project) if check.name == "two games"]
            assert str(second.process.pid) in str(check.next)

            first.end()
            wait_until(second.reports, what="the second game takes over")
            assert put(library, project, keep(library, 2), "hero").state == "confirmed"
        finally:
            second.end()


def test_a_clean_end_leaves_no_heartbeat(project: Path) -> None:
    with running(project, "--headless"):
        assert read_game(project / ".pixels") is not None

    assert read_game(project / ".pixels") is None


@pytest.fixture
def assets_elsewhere(project: Path) -> Iterator[Path]:
    """Assets on a file system of their own."""
    with mounts.small_disk(project / "assets", "1m"):
        yield project


def test_assets_on_another_file_system_are_confirmed_too(library: Library, assets_elsewhere: Path) -> None:
    with running(assets_elsewhere, "--headless"):
        states = [put(library, assets_elsewhere, keep(library, number), "hero").state for number in (1, 2, 3)]

    assert states == ["confirmed"] * 3


def test_what_an_editor_saves_reaches_the_game_also_where_bevy_alone_would_miss_it(
    library: Library, project: Path
) -> None:
    told: list[Told] = []
    stop, ready = threading.Event(), threading.Event()
    with running(project, "--headless"):
        hero = Path(put(library, project, keep(library, 1), "hero").files[0].path)
        watcher = Watcher(find_project(project, allowed_roots=[project]), library, tell=told.append)
        thread = threading.Thread(target=watcher.run, args=(stop,), kwargs={"when_ready": ready.set})
        thread.start()
        try:
            assert ready.wait(PATIENCE_S)
            # As Krita does: written beside it, renamed much later; Bevy's server ignores such a rename.
            beside = hero.with_name("hero.png-saving")
            beside.write_bytes(png.encode_png(picture(9)))
            threading.Event().wait(0.6)
            beside.replace(hero)
            wait_until(lambda: len(told) == 1, what="a report")
        finally:
            stop.set()
            thread.join()

    assert told[0].result is not None
    assert told[0].result.state == "confirmed"
