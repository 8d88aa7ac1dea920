from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from helpers.bevy_games import make_game, picture, speaking, wait_until
from pixels_mcp import png
from pixels_mcp.bevy.screenshot import view_game
from pixels_mcp.errors import GameNotAnsweringError


@pytest.fixture
def game(tmp_path: Path) -> Path:
    return make_game(tmp_path / "game")


class Photographer(threading.Thread):
    """Answers one request for a picture, as the game does: the picture first, the answer last."""

    def __init__(self, game: Path, **answer: object) -> None:
        super().__init__(daemon=True)
        self.folder = game / ".pixels"
        self.answer = answer

    def run(self) -> None:
        request = self.folder / "screenshot.request"
        wait_until(request.exists, what="a request")
        request_id = json.loads(request.read_bytes())["id"]
        request.unlink()
        shots = self.folder / "screenshots"
        shots.mkdir(exist_ok=True)
        words = {"id": request_id, "ok": True, "error": None, "image": f"{request_id}.png", "frame": 9, **self.answer}
        if words["ok"]:
            (shots / f"{request_id}.png").write_bytes(png.encode_png(picture(1, 64, 48)))
        unfinished = shots / "unfinished"
        unfinished.write_text(json.dumps({"width_px": 64, "height_px": 48, "sprites": [], **words}))
        unfinished.replace(shots / f"{request_id}.json")


def test_the_game_is_asked_and_its_picture_found(game: Path) -> None:
    sprite = {
        "name": "hero",
        "sheet": "sprites/hero.sprite.ron",
        "animation": "walk",
        "frame": 1,
        "source_px": [32, 0, 32, 32],
        "screen_px": [96, 96, 96, 96],
        "whole_px": True,
        "flip_x": True,
        "flip_y": False,
        "z": 2.1,
    }
    with speaking(game, screenshots=True):
        Photographer(game, sprites=[sprite]).start()
        view = view_game(game, [game])

    assert (view.width_px, view.height_px, view.frame) == (64, 48, 9)
    assert png.decode_png(Path(view.path).read_bytes())[0].shape == (48, 64, 4)
    (seen,) = view.sprites
    assert (seen.name, seen.frame, seen.screen_px, seen.flip_x) == ("hero", 1, (96, 96, 96, 96), True)


def test_without_a_game_the_next_step_is_to_start_it(game: Path) -> None:
    with pytest.raises(GameNotAnsweringError, match=r"no running game.*cargo run"):
        view_game(game, [game])


def test_a_game_without_a_window_is_not_asked(game: Path) -> None:
    with speaking(game, screenshots=False), pytest.raises(GameNotAnsweringError, match="cannot picture its window"):
        view_game(game, [game])
    assert not (game / ".pixels" / "screenshot.request").exists()


def test_what_the_game_says_about_its_failure_is_passed_on(game: Path) -> None:
    with speaking(game, screenshots=True):
        Photographer(game, ok=False, image=None, error="the window is hidden or minimised").start()
        with pytest.raises(GameNotAnsweringError, match="hidden or minimised"):
            view_game(game, [game])


def test_a_game_that_stays_silent_is_not_waited_for_for_ever_and_its_request_is_taken_back(game: Path) -> None:
    with speaking(game, screenshots=True), pytest.raises(GameNotAnsweringError, match="gave no picture within"):
        view_game(game, [game], patience_s=0.1)
    assert not (game / ".pixels" / "screenshot.request").exists()


def test_an_answer_never_leads_out_of_the_folder_of_screenshots(game: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"secret")
    with speaking(game, screenshots=True):
        Photographer(game, image="../../../secret.png").start()
        with pytest.raises(GameNotAnsweringError, match="could not picture"):
            view_game(game, [game])
