"""The whole way over MCP: a real client, a real server process, a real worker, the embedded model, a game's folder."""

from __future__ import annotations

import base64
import hashlib
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import anyio
import numpy as np
import pytest
from PIL import Image

from helpers.commands import end_worker, pixels
from helpers.mcp_faces import ERAS, Era, draw, ended, images_of, run_async, server_process, told
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import find_paths


@pytest.fixture(scope="module", autouse=True)
def shared_home() -> Iterator[Path]:
    """One home and one worker for all tests of this file; loading the model takes the longest."""
    with tempfile.TemporaryDirectory(prefix="px-", dir="/tmp") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXELS_HOME", folder)
        yield Path(folder)
        end_worker()


@pytest.fixture
def game(tmp_path: Path) -> Path:
    folder = tmp_path / "game"
    (folder / "src").mkdir(parents=True)
    (folder / "assets").mkdir()
    (folder / "Cargo.toml").write_text('[package]\nname = "game"\n[dependencies]\nbevy = "0.19"\n')
    (folder / "src" / "main.rs").write_text("fn main() {}\n")
    return folder


@pytest.mark.parametrize("era", ERAS)
@run_async
async def test_a_prompt_becomes_a_file_in_a_game(era: Era, game: Path) -> None:
    async with server_process(era, arguments=("--project", str(game))) as client:
        listed = told(await client.call_tool("list_models", {}))
        assert [32, 32] in next(model["sizes_px"] for model in listed["models"] if model.get("default"))

        job = await draw(client, prompt="a ruby potion 🧪 جرعة", seed=7, name="potion")
        (sprite,) = job["sprites"]
        kept = Path(sprite["path"])
        assert hashlib.sha256(kept.read_bytes()).hexdigest() == sprite["sha256"]
        assert (sprite["width_px"], sprite["height_px"], sprite["seed"]) == (32, 32, 7)
        assert sprite["facts"]["on_grid"]
        assert sprite["facts"]["alpha_levels"] <= 2

        looked = await client.call_tool("view_sprite", {"sprite_ids": [sprite["sprite_id"]]})
        assert looked.structured_content is None
        (shown,) = images_of(looked)
        png = base64.b64decode(shown.data)
        assert shown.mime_type == "image/png"
        assert len(png) <= 100_000
        assert 256 <= max(Image.open(io.BytesIO(png)).size) <= 512

        dry = told(await client.call_tool("deploy_to_bevy", {"sprite_id": sprite["sprite_id"], "dry_run": True}))
        assert dry["state"] == "dry_run"
        assert not list((game / "assets").rglob("*.png"))

        done = await client.call_tool("deploy_to_bevy", {"sprite_id": sprite["sprite_id"]})
        assert done.structured_content is None
        assert told(done)["cause"] == "game_not_running"

    file = game / "assets" / "sprites" / "potion.png"
    assert (game / "assets" / "sprites" / "potion.sprite.ron").is_file()
    with Image.open(file) as deployed, Image.open(kept) as library:
        assert np.array_equal(np.array(deployed.convert("RGBA")), np.array(library.convert("RGBA")))


@run_async
async def test_a_sprite_is_made_again_byte_by_byte() -> None:
    async with server_process() as client:
        job = await draw(client, prompt="a ruby potion", count=3, seed=11, steps=4)
    for sprite in job["sprites"]:
        done = await anyio.to_thread.run_sync(lambda path=sprite["path"]: pixels("regenerate", path, "--check"))
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == sprite["path"]


@run_async
async def test_a_worker_that_is_killed_in_a_batch_loses_nothing() -> None:
    items = [{"prompt": prompt} for prompt in ("a ruby potion", "an iron sword", "a shield")]
    async with server_process() as client:
        job = told(await client.call_tool("batch_generate", {"items": items, "seed": 5, "steps": 6, "wait_s": 0}))
        while told(await client.call_tool("get_status", {"job_id": job["job_id"]}))["job"]["state"] == "queued":
            await anyio.sleep(0.05)
        await anyio.to_thread.run_sync(lambda: end_worker(kill=True))
        job = await ended(client, job["job_id"])

    assert job["parts_by_state"]["done"] == 3
    drawn = sorted(sprite["sprite_id"] for part in job["parts"] for sprite in part["sprites"])
    parts = {part["part_id"] for part in job["parts"]}
    kept = [sprite for sprite in Library(find_paths().library).search(limit=1000) if sprite.sprite_id[:-2] in parts]
    assert drawn == sorted(f"{part_id}.1" for part_id in parts)
    assert sorted(sprite.sprite_id for sprite in kept) == drawn
    assert all(Path(sprite.path).is_file() for sprite in kept)
