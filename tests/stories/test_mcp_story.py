"""The whole way over MCP: a real client, a real server process, a real worker, the embedded model, a game's folder."""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import psutil
import pytest
from mcp import Client
from mcp.types import CallToolResult
from PIL import Image

from helpers.commands import end_worker, pixels
from helpers.mcp_faces import ERAS, Era, images_of, run_async, server_process, text_of
from pixels_mcp.paths import find_paths
from pixels_mcp.worker.address import read_address

SLOW = {"prompt": "a ruby potion", "count": 16, "steps": 150, "reference": "none"}
"""A request that is still being drawn when the next call comes."""


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


def told(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, text_of(result)
    return json.loads(text_of(result))


async def draw(client: Client, **words: Any) -> dict[str, Any]:
    """Generate, waiting in bounded slices as an assistant does."""
    answer = told(await client.call_tool("generate_sprite", {"wait_s": 45, **words}))
    return answer if answer["state"] == "done" else await ended(client, answer["job_id"])


async def ended(client: Client, job_id: str) -> dict[str, Any]:
    for _ in range(6):
        answer = told(await client.call_tool("get_status", {"job_id": job_id, "wait_s": 45}))["job"]
        if answer["state"] not in ("queued", "running"):
            return answer
        assert job_id in answer["next"]
    raise AssertionError(f"{job_id} did not end")


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
        assert done.structured_content == told(done)
        assert done.structured_content is not None
        assert done.structured_content["cause"] == "game_not_running"

    file = game / "assets" / "sprites" / "potion.png"
    assert (game / "assets" / "sprites" / "potion.sprite.ron").is_file()
    with Image.open(file) as deployed, Image.open(kept) as library:
        assert np.array_equal(np.array(deployed.convert("RGBA")), np.array(library.convert("RGBA")))


@run_async
async def test_progress_comes_at_least_every_two_seconds_and_always_grows() -> None:
    heard: list[tuple[float, float, str]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        assert total == 100
        heard.append((time.monotonic(), progress, message or ""))

    async with server_process() as client:
        began_s = time.monotonic()
        result = await client.call_tool("generate_sprite", {**SLOW, "wait_s": 8}, progress_callback=hear)
        took_s = time.monotonic() - began_s
        job = told(result)
        await client.call_tool("cancel_job", {"job_id": job["job_id"]})

    assert job["state"] in ("queued", "running")
    assert job["job_id"] in job["next"]
    assert 7 < took_s < 16, "the wait is bounded"
    times = [began_s, *(at for at, _, _ in heard), began_s + took_s]
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) <= 2.0
    values = [value for _, value, _ in heard]
    assert all(earlier < later for earlier, later in itertools.pairwise(values))
    assert any(job["job_id"] in message for _, _, message in heard)


@run_async
async def test_a_call_that_the_client_gives_up_leaves_its_job(shared_home: Path) -> None:
    async with server_process() as client:
        with anyio.move_on_after(3):
            await client.call_tool(
                "generate_sprite", {**SLOW, "count": 1, "steps": 8, "name": "given-up", "wait_s": 45}
            )
        listed = told(await client.call_tool("get_status", {}))
        (mine,) = [job for job in listed["jobs"] if job["job_id"].startswith("given-up-")]
        assert (await ended(client, mine["job_id"]))["state"] == "done"


@run_async
async def test_two_servers_share_one_worker_and_see_each_others_jobs() -> None:
    async with server_process() as one, server_process("legacy") as other:
        job = told(await one.call_tool("generate_sprite", {"prompt": "an iron sword", "wait_s": 0}))
        seen = told(await other.call_tool("get_status", {"job_id": job["job_id"]}))
        assert seen["job"]["job_id"] == job["job_id"]
        assert (await ended(other, job["job_id"]))["state"] == "done"
    workers = [process for process in psutil.process_iter(["cmdline", "environ"]) if _is_worker(process)]
    assert len(workers) == 1


def _is_worker(process: psutil.Process) -> bool:
    line = process.info["cmdline"] or []
    home = (process.info["environ"] or {}).get("PIXELS_HOME")
    return line[-3:] == ["-m", "pixels_mcp", "worker"] and home == os.environ["PIXELS_HOME"]


@run_async
async def test_cancelling_stops_within_a_step_and_keeps_the_queue_going() -> None:
    async with server_process() as client:
        slow = told(await client.call_tool("generate_sprite", {**SLOW, "wait_s": 0}))
        queued = told(await client.call_tool("generate_sprite", {"prompt": "an iron sword", "wait_s": 0}))
        answer = told(await client.call_tool("cancel_job", {"job_id": slow["job_id"]}))
        assert answer["sprite_ids"] == []
        assert (await ended(client, slow["job_id"]))["state"] == "cancelled"
        assert (await ended(client, queued["job_id"]))["state"] == "done"


@run_async
async def test_a_batch_answers_with_its_parts_and_one_sheet() -> None:
    items = [{"prompt": "a ruby potion"}, {"prompt": "an iron sword", "seed": 3}, {"prompt": "a shield", "count": 2}]
    words = {"items": items, "palette": "pico-8", "style": "dark", "seed": 9, "steps": 4}
    async with server_process() as client:
        result = await client.call_tool("batch_generate", {**words, "wait_s": 45})
        job = told(result)
        if job["state"] != "done":
            job = await ended(client, job["job_id"])
        ids = [sprite["sprite_id"] for part in job["parts"] for sprite in part["sprites"]]
        sheet = await client.call_tool("view_sprite", {"sprite_ids": ids})

    assert job["parts_by_state"]["done"] == 3
    assert [len(part["sprites"]) for part in job["parts"]] == [1, 1, 2]
    assert [part["sprites"][0]["seed"] for part in job["parts"]] == [9, 3, 9]
    assert len(images_of(sheet)) == 1
    assert all(sprite["facts"]["colors"] <= 16 for part in job["parts"] for sprite in part["sprites"])


@pytest.mark.parametrize("way", ["terminate", "send_signal_int", "kill"])
@run_async
async def test_the_queue_survives_however_a_server_ends(way: str) -> None:
    async with server_process() as client:
        await client.call_tool("get_status", {})
        worker = read_address(find_paths())
        job = told(await client.call_tool("generate_sprite", {"prompt": "a shield", "wait_s": 0}))
        server = next(child for child in psutil.Process().children() if "serve" in child.cmdline())
        {"terminate": server.terminate, "kill": server.kill, "send_signal_int": lambda: server.send_signal(2)}[way]()
        gone, _ = await anyio.to_thread.run_sync(lambda: psutil.wait_procs([server], timeout=10))
        assert gone
    async with server_process() as client:
        assert (await ended(client, job["job_id"]))["state"] == "done"
    assert read_address(find_paths()) == worker


@run_async
async def test_a_sprite_is_made_again_byte_by_byte() -> None:
    async with server_process() as client:
        job = await draw(client, prompt="a ruby potion", count=3, seed=11, steps=4)
    for sprite in job["sprites"]:
        done = await anyio.to_thread.run_sync(lambda path=sprite["path"]: pixels("regenerate", path, "--check"))
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == sprite["path"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ({"model": "sdxl-turbo-extra"}, "mini"),
        ({"palette": "#ff0000"}, "palette"),
        ({"palette": "#12345"}, "palette"),
        ({"palette": "no-such-palette"}, "pico-8"),
        ({"palette": ",".join(f"#0000{k:02x},#0100{k:02x}" for k in range(129))}, "256"),
        ({"width_px": 16, "height_px": 16}, "32"),
        ({"loras": [{"name": "nope"}]}, "nope"),
        ({"reference": "ruby-potion-9999.1"}, "ruby-potion-9999.1"),
    ],
    ids=lambda value: str(value)[:40],
)
@run_async
async def test_what_only_the_worker_can_judge_is_refused_by_name_too(words: dict[str, Any], named: str) -> None:
    async with server_process() as client:
        before = told(await client.call_tool("get_status", {}))["jobs"]
        result = await client.call_tool("generate_sprite", {"prompt": "a ruby potion", "wait_s": 0, **words})
        after = told(await client.call_tool("get_status", {}))["jobs"]

    assert result.is_error
    assert named in text_of(result)
    assert "Next: " in text_of(result)
    assert len(after) == len(before), "nothing was queued"
