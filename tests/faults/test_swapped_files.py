"""Files that change under the worker: a model while it is loaded, a game's folder while something is put there."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from helpers.bevy_games import keep, make_game
from helpers.plain_worker import MODEL
from helpers.toolchains import skip_or_fail
from helpers.waiting import PATIENCE_S, until
from helpers.workers import worker_process
from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.bevy.deploy import deploy
from pixels_mcp.bevy.undo import undo
from pixels_mcp.errors import DeployError, PathNotAllowedError, PixelsError
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import DeployRequest, SpriteRequest


def test_a_model_swapped_while_it_is_loaded_is_named_and_no_sprite_claims_the_old_one(home: Path) -> None:
    with worker_process(load_s=1.5) as connect:
        client = connect()
        job = client.submit(SpriteRequest(prompt="a key"))
        until(lambda: client.job(job.job_id).parts[0].stage == "loading", "it is loaded")
        index = find_paths().models / "checkpoints" / MODEL / "model_index.json"
        other = index.with_name("other.tmp")
        other.write_text(json.dumps({**json.loads(index.read_text()), "swapped": True}))
        other.replace(index)

        failed = client.wait(job.job_id, PATIENCE_S)
        error = failed.parts[0].error
        assert error is not None
        assert (failed.state, error.code) == ("failed", "ModelFileError")
        assert "was changed while it was loaded; ask again" in f"{error.message}; {error.hint}"
        assert Library(find_paths().library).search() == []
        again = client.wait(client.submit(SpriteRequest(prompt="a key")).job_id, PATIENCE_S)
        assert again.state == "done", "the new one is drawn with"


def test_a_model_cut_short_while_it_is_loaded_is_named_although_it_ends_the_drawing_process(home: Path) -> None:
    with worker_process(load_s=1.0, maps=True) as connect:
        client = connect()
        job = client.submit(SpriteRequest(prompt="a key", count=2))
        until(lambda: client.job(job.job_id).parts[0].stage == "loading", "it is loaded")
        index = find_paths().models / "checkpoints" / MODEL / "model_index.json"
        whole = index.read_bytes()
        os.truncate(index, 0)

        failed = client.wait(job.job_id, PATIENCE_S)
        error = failed.parts[0].error
        assert error is not None
        assert (failed.state, error.code) == ("failed", "ModelFileError")
        assert "was changed while it was loaded" in error.message
        assert Library(find_paths().library).search() == []
        index.write_bytes(whole)
        assert client.wait(client.submit(SpriteRequest(prompt="a key")).job_id, PATIENCE_S).state == "done"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    kept = Library(tmp_path / "library")
    for seed in range(1, 5):
        keep(kept, seed)
    return kept


def put(library: Library, game: Path, seed: int, name: str) -> None:
    words = {"sprite_id": f"hero-{seed:04d}.1", "project": str(game), "name": name, "on_conflict": "replace"}
    deploy(library, parse_request(DeployRequest, words), [game], confirm=False)


@contextlib.contextmanager
def swapping(folder: Path, link: Path) -> Generator[None]:
    """While the block runs, a folder and a link take each other's place at once, as often as it goes."""
    if not hasattr(library_c := ctypes.CDLL(None), "renameat2"):
        skip_or_fail("two names can take each other's place at once on Linux only")
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            for _ in range(2):
                library_c.renameat2(-100, os.fsencode(folder), -100, os.fsencode(link), 2)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_link_swapped_in_while_deploying_leads_nowhere(library: Library, tmp_path: Path) -> None:
    game, outside = make_game(tmp_path / "game"), tmp_path / "outside"
    sprites = game / "assets" / "sprites"
    sprites.mkdir()
    outside.mkdir()
    (outside / "n1.png").write_bytes(b"somebody's")
    link = game / "assets" / "link"
    link.symlink_to(outside)
    put(library, game, 1, "n0")
    refused = 0
    with swapping(sprites, link):
        for number in range(80):
            try:
                put(library, game, number % 4 + 1, f"n{number % 3}")
            except (DeployError, PathNotAllowedError):
                refused += 1

    assert [file.name for file in outside.iterdir()] == ["n1.png"]
    assert (outside / "n1.png").read_bytes() == b"somebody's"
    assert refused, "the link was met"
    put(library, game, 1, "n2")
    put(library, game, 2, "n2")
    undo(game, "n2", [game])
    assert (sprites / "n2.png").is_file(), "what stood before is there again"


def test_a_game_that_goes_away_while_deploying_is_a_named_error_and_undo_stays_whole(
    library: Library, tmp_path: Path
) -> None:
    game = make_game(tmp_path / "game")
    put(library, game, 1, "n0")
    gone, stop = tmp_path / "gone", threading.Event()

    def leave_and_return() -> None:
        while not stop.is_set():
            game.rename(gone)
            gone.rename(game)

    thread = threading.Thread(target=leave_and_return)
    thread.start()
    try:
        for number in range(30):
            with contextlib.suppress(PixelsError):
                put(library, game, number % 4 + 1, "n0")
    finally:
        stop.set()
        thread.join()

    assert sorted(file.name for file in tmp_path.iterdir()) == ["game", "library"]
    put(library, game, 3, "n1")
    shutil.copytree(game, gone)
    undo(game, "n1", [game])
    assert not (game / "assets" / "sprites" / "n1.png").exists()
