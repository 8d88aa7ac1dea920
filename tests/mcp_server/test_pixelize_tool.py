"""Any picture becomes pixel art over MCP: inside the game's folder, in a process of its own."""

from __future__ import annotations

import base64
import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from helpers.mcp_faces import images_of, run_async, server_here, server_process, servers_over_pipes, text_of, told
from helpers.waiting import PATIENCE_S

AUTO = {"max_colors": 0}

pytestmark = pytest.mark.usefixtures("home")


def gem() -> np.ndarray:
    """A 16 x 16 gem on white, with an outline and two reds."""
    y, x = np.mgrid[:16, :16]
    away = np.abs(x - 7.5) + np.abs(y - 7.5)
    pixels = np.full((16, 16, 4), 255, dtype=np.uint8)
    pixels[away < 7.5] = (30, 10, 20, 255)
    pixels[away < 6] = (200, 30, 50, 255)
    pixels[(away < 6) & (y < x)] = (150, 20, 60, 255)
    return pixels


@pytest.fixture
def game(tmp_path: Path) -> Path:
    (tmp_path / "art").mkdir()
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "game"\n[dependencies]\nbevy = "0.19"\n')
    large = Image.fromarray(gem()).resize((208, 208), Image.Resampling.NEAREST).convert("RGB")
    large.save(tmp_path / "art" / "gem.png")
    return tmp_path


async def pixelize(game: Path, **words: Any) -> Any:
    async with server_here(projects=(game,)) as client:
        return await client.call_tool("pixelize_image", {"path": "art/gem.png", **words})


@run_async
async def test_fake_pixels_become_true_ones(game: Path) -> None:
    result = await pixelize(game)

    answer = told(result)
    assert answer["path"] == str(game / "art" / "gem.pixel.png")
    assert hashlib.sha256(Path(answer["path"]).read_bytes()).hexdigest() == answer["sha256"]
    assert answer["source_cell_px"] == [13.0, 13.0]
    assert result.structured_content is None
    with Image.open(answer["path"]) as written:
        pixels = np.array(written)
    wanted = gem()
    wanted[(wanted[..., :3] == 255).all(-1)] = 0
    assert np.array_equal(pixels[pixels[..., 3] > 0], wanted[wanted[..., 3] > 0])
    (shown,) = images_of(result)
    assert max(Image.open(io.BytesIO(base64.b64decode(shown.data))).size) >= 256


@run_async
async def test_the_same_again_changes_nothing_and_another_picture_is_not_overwritten(game: Path) -> None:
    first = told(await pixelize(game))
    again = told(await pixelize(game))
    other = await pixelize(game, palette="game-boy")
    replaced = told(await pixelize(game, palette="game-boy", on_conflict="replace"))

    assert again == first
    assert other.is_error
    assert "on_conflict" in text_of(other)
    assert replaced["sha256"] != first["sha256"]
    assert replaced["facts"]["colors"] <= 4


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ({"path": "art/none.png"}, "not a file"),
        ({"path": "Cargo.toml"}, "Cargo.toml"),
        ({"width_px": 16}, "height_px"),
        ({"palette": "#ff0000"}, "1 color"),
        ({"palette": "art/gem.png"}, "no palette"),
        ({"output": "../gem.png"}, "outside"),
        ({"output": "art/gem.jpg"}, ".png"),
        ({"cell_px": 0.5}, "cell_px"),
        ({"max_colors": -1}, "max_colors: Input should be greater than or equal to 0"),
        ({"max_colors": 1}, "or 0 for the few that an artist would use"),
        ({"max_colors": 257}, "max_colors"),
        ({"max_colors": "many"}, "max_colors"),
        ({"colors": 4}, "colors: unknown argument"),
    ],
)
@run_async
async def test_wrong_words_are_refused_and_nothing_is_written(game: Path, words: dict[str, Any], named: str) -> None:
    before = sorted(game.rglob("*"))
    result = await pixelize(game, **words)

    assert result.is_error
    assert named in text_of(result)
    assert "Next: " in text_of(result)
    assert sorted(game.rglob("*")) == before


@run_async
async def test_the_server_stays_small_and_leaves_no_process_behind(game: Path) -> None:
    async with server_process(arguments=("--project", str(game))) as client:
        assert not (await client.call_tool("pixelize_image", {"path": "art/gem.png"})).is_error
        (server,) = servers_over_pipes()
        everyone = [server, *server.children(recursive=True)]
        assert server.memory_info().rss < 120 * 2**20
    gone, alive = psutil.wait_procs(everyone, timeout=PATIENCE_S)
    assert len(gone) == len(everyone)
    assert not alive


@run_async
async def test_the_few_colors_that_an_artist_would_use_can_be_asked(game: Path) -> None:
    ramp = gem()
    ramp[..., 0] = np.where(ramp[..., 0] == 200, 190 + np.arange(16)[:, None], ramp[..., 0])
    Image.fromarray(ramp).resize((208, 208), Image.Resampling.NEAREST).save(game / "art" / "gem.png")

    colors = [told(await pixelize(game, on_conflict="replace", **words))["facts"]["colors"] for words in ({}, AUTO)]

    assert colors[0] > colors[1]
