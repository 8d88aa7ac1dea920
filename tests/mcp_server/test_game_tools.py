"""Sprites go into a game, and the game is seen, over MCP."""

from __future__ import annotations

import base64
import io
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from helpers.bevy_games import keep, make_game, speaking, wait_until
from helpers.mcp_faces import ERAS, Era, images_of, run_async, server_here, text_of, told
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import find_paths
from pixels_mcp.png import encode_png


@pytest.fixture
def game(tmp_path: Path) -> Path:
    return make_game(tmp_path / "game")


@pytest.fixture
def sprite_id(home: Path) -> str:
    return keep(Library(find_paths().library), seed=3)


@pytest.mark.parametrize("era", ERAS)
@run_async
async def test_a_deployed_sprite_is_confirmed_by_the_game(era: Era, game: Path, sprite_id: str) -> None:
    async with server_here(era, projects=(game,)) as client:
        with speaking(game, "sprites/hero.png"):
            result = await client.call_tool("deploy_to_bevy", {"sprite_id": sprite_id, "name": "hero"})
        again = told(await client.call_tool("deploy_to_bevy", {"sprite_id": sprite_id, "name": "hero"}))

    answer = told(result)
    assert result.structured_content is None
    assert (answer["state"], answer["asset"]) == ("confirmed", "sprites/hero.sprite.ron")
    assert answer["confirmed_ms"] < 3_000
    assert [Path(file["path"]).is_file() for file in answer["files"]] == [True, True]
    assert again["state"] == "unchanged"


@run_async
async def test_a_taken_name_is_an_error_that_says_what_to_do(game: Path, sprite_id: str) -> None:
    (game / "assets" / "sprites").mkdir(exist_ok=True)
    (game / "assets" / "sprites" / "hero.png").write_bytes(b"somebody's own")
    words = {"sprite_id": sprite_id, "name": "hero"}
    async with server_here(projects=(game,)) as client:
        refused = await client.call_tool("deploy_to_bevy", words)
        renamed = told(await client.call_tool("deploy_to_bevy", {**words, "on_conflict": "rename"}))

    assert refused.is_error
    assert "on_conflict" in text_of(refused)
    assert renamed["name"] != "hero"
    assert (game / "assets" / "sprites" / "hero.png").read_bytes() == b"somebody's own"


@run_async
async def test_only_the_named_game_is_touched(game: Path, sprite_id: str, tmp_path: Path) -> None:
    other = make_game(tmp_path / "other")
    async with server_here(projects=(game,)) as client:
        elsewhere = await client.call_tool("deploy_to_bevy", {"sprite_id": sprite_id, "project": str(other)})
        around = await client.call_tool(
            "deploy_to_bevy", {"sprite_id": sprite_id, "project": str(game / ".." / "other")}
        )
        here = await client.call_tool("deploy_to_bevy", {"sprite_id": sprite_id, "project": str(game)})
    async with server_here() as client:
        nowhere = await client.call_tool("deploy_to_bevy", {"sprite_id": sprite_id})

    assert not here.is_error
    for refused in (elsewhere, around, nowhere):
        assert refused.is_error
        assert "Next: " in text_of(refused)
    assert not list(other.rglob("*.png"))


@run_async
async def test_a_game_that_does_not_run_cannot_be_seen_and_the_answer_says_how(game: Path, home: Path) -> None:
    async with server_here(projects=(game,)) as client:
        result = await client.call_tool("view_game", {})
    async with server_here() as client:
        nowhere = await client.call_tool("view_game", {})

    assert result.is_error
    assert "cargo run" in text_of(result)
    assert nowhere.is_error
    assert "project" in text_of(nowhere)


def answer_one_request(game: Path, window: np.ndarray) -> threading.Thread:
    """Do what the crate does when it is asked for a picture of its window."""

    def run() -> None:
        request = game / ".pixels" / "screenshot.request"
        wait_until(request.exists, what="a request")
        number = json.loads(request.read_bytes())["id"]
        request.unlink()
        shots = game / ".pixels" / "screenshots"
        shots.mkdir(exist_ok=True)
        (shots / f"{number}.png").write_bytes(encode_png(window))
        one = {
            "sheet": "sprites/hero.sprite.ron",
            "frame": 0,
            "source_px": [0, 0, 32, 32],
            "screen_px": [96, 96, 96, 96],
            "z": 5.0,
        }
        ground = [
            {**one, "sheet": "sprites/ground.sprite.ron", "screen_px": [x * 8, y * 8, 8, 8], "z": 0.0}
            for x in range(20)
            for y in range(12)
        ]
        sprites = [*ground, one]
        words = {"id": number, "ok": True, "error": None, "image": f"{number}.png", "frame": 9, "sprites": sprites}
        unfinished = shots / "unfinished"
        unfinished.write_text(json.dumps({**words, "width_px": window.shape[1], "height_px": window.shape[0]}))
        unfinished.replace(shots / f"{number}.json")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize(("width_px", "height_px", "shown_px"), [(640, 480, (640, 480)), (1920, 1080, (960, 540))])
@run_async
async def test_the_running_game_is_seen(
    game: Path, home: Path, width_px: int, height_px: int, shown_px: tuple[int, int]
) -> None:
    window = np.full((height_px, width_px, 4), (40, 90, 60, 255), dtype=np.uint8)
    async with server_here(projects=(game,)) as client:
        with speaking(game, screenshots=True):
            thread = answer_one_request(game, window)
            result = await client.call_tool("view_game", {})
            thread.join()

    answer = told(result)
    assert (answer["width_px"], answer["height_px"]) == (width_px, height_px)
    hero, ground = answer["sheets"]
    assert (hero["sheet"], hero["count"], hero["highest_z"]) == ("sprites/hero.sprite.ron", 1, 5.0)
    assert hero["places"][0]["screen_px"] == [96, 96, 96, 96]
    assert (ground["count"], len(ground["places"]), answer["sprites_count"]) == (240, 4, 241)
    (shown,) = images_of(result)
    assert Image.open(io.BytesIO(base64.b64decode(shown.data))).size == shown_px
    assert result.structured_content is None


@run_async
async def test_several_are_deployed_together_undone_redone_and_taken_out(game: Path, home: Path) -> None:
    library = Library(find_paths().library)
    first, second = keep(library, 1, "axe"), keep(library, 2, "bow")
    sprites = game / "assets" / "sprites"
    async with server_here(projects=(game,)) as client:

        async def deploy(**words: Any) -> dict[str, Any]:
            return told(await client.call_tool("deploy_to_bevy", words))

        both = await deploy(sprite_ids=[first, second])
        swapped = await deploy(sprite_id=second, name="axe", on_conflict="replace")
        axe = (sprites / "axe.png").read_bytes()
        undone = await deploy(undo="axe")
        before = (sprites / "axe.png").read_bytes()
        await deploy(redo="axe")
        again = (sprites / "axe.png").read_bytes()
        removed = await deploy(remove="bow")
        gone = (sprites / "bow.png").exists()
        back = await deploy(undo="bow")
        sheet = await deploy(sprite_ids=[first, second], name="swap", animation="spin", frame_ms=80, play="PingPong")

    assert both["states"] == {"unconfirmed": 2}
    assert [one["name"] for one in both["results"]] == ["axe", "bow"]
    assert "cargo run" in both["next"]
    assert swapped["sprite_ids"] == [second]
    assert (before == axe, again == axe) == (False, True)
    assert undone["name"] == "axe"
    assert (removed["state"], gone) == ("removed", False)
    assert 'deploy_to_bevy with undo "bow"' in removed["next"]
    assert back["files"]
    assert (sprites / "bow.png").is_file()
    assert sheet["sprite_ids"] == [first, second]
    assert "PingPong" in (sprites / "swap.sprite.ron").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({}, "give sprite_id or sprite_ids"),
        ({"sprite_id": "axe-0001.1", "undo": "axe"}, "give sprite_id or sprite_ids"),
        ({"undo": "axe", "redo": "axe"}, "give sprite_id or sprite_ids"),
        ({"undo": "axe", "name": "bow"}, "undo takes a name and nothing else"),
        ({"remove": "axe", "dry_run": True}, "remove takes a name and nothing else"),
        ({"sprite_ids": ["axe-0001.1", "bow-0002.1"], "name": "both"}, "one name for 2 sprites"),
        ({"remove": "never"}, "nothing is deployed under the name 'never'"),
        ({"undo": "../../x"}, "is not a name"),
        ({"remove": "../../x"}, "nothing is deployed under the name"),
        ({"sprite_ids": ["axe-0001.1", "nothing-0009.1"]}, "nothing-0009.1"),
    ],
    ids=lambda value: str(value)[:40],
)
@run_async
async def test_a_deploy_that_cannot_be_made_writes_nothing(
    game: Path, home: Path, words: dict[str, Any], said: str
) -> None:
    keep(Library(find_paths().library), 1, "axe")
    async with server_here(projects=(game,)) as client:
        result = await client.call_tool("deploy_to_bevy", words)

    assert result.is_error
    assert said in text_of(result)
    assert "Next: " in text_of(result)
    assert not list((game / "assets").rglob("*.png"))
