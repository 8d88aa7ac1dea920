"""Jobs over MCP: bounded waits, progress, cancelling, several servers, servers that die; with a real worker."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from typing import Any

import anyio
import psutil
import pytest

from helpers import plain_worker
from helpers.mcp_faces import (
    draw,
    ended,
    images_of,
    run_async,
    server_here,
    server_process,
    servers_over_pipes,
    text_of,
    told,
)
from helpers.plain_home import plain_home
from helpers.server_pipes import call, pipe_of, running_server
from helpers.waiting import PATIENCE_S
from pixels_mcp.paths import find_paths
from pixels_mcp.worker.address import read_address

SLOW = {"prompt": "a ruby potion", "steps": 150}
"""A request that is still being drawn when the next call comes: 15 s with 0.1 s a step."""
ENDS_WITHIN_S = 10.0
"""Far below the 45 s that its call would wait."""


@pytest.fixture(scope="module", autouse=True)
def home_with_worker() -> Iterator[Path]:
    with plain_home(step_s=0.1) as home:
        yield home


@run_async
async def test_progress_comes_at_least_every_two_seconds_and_always_grows() -> None:
    heard: list[tuple[float, float, str]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        assert total == 100
        heard.append((time.monotonic(), progress, message or ""))

    async with server_process() as client:
        began_s = time.monotonic()
        result = await client.call_tool("generate_sprite", {**SLOW, "wait_s": 3.5}, progress_callback=hear)
        took_s = time.monotonic() - began_s
        job = told(result)
        await client.call_tool("cancel_job", {"job_id": job["job_id"]})

    assert job["state"] in ("queued", "running")
    assert job["job_id"] in job["next"]
    assert 3.4 < took_s < 7, "the wait is bounded"
    times = [began_s, *(at for at, _, _ in heard), began_s + took_s]
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) <= 2.0
    values = [value for _, value, _ in heard]
    assert all(earlier < later for earlier, later in itertools.pairwise(values))
    assert any(job["job_id"] in message for _, _, message in heard)


@run_async
async def test_a_call_that_the_client_gives_up_leaves_its_job() -> None:
    async with server_process() as client:
        with anyio.move_on_after(2) as patience:
            await client.call_tool("generate_sprite", {**SLOW, "steps": 30, "name": "given-up", "wait_s": 45})
        assert patience.cancelled_caught
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
    info: dict[str, Any] = process.info
    line: list[str] = info["cmdline"] or []
    environment: dict[str, str] = info["environ"] or {}
    home = environment.get("PIXELS_HOME")
    is_worker = line[-1:] == ["worker"] or line[1:2] == [plain_worker.__file__]
    return is_worker and home == os.environ["PIXELS_HOME"]


@run_async
async def test_cancelling_stops_within_a_step_and_keeps_the_queue_going() -> None:
    async with server_process() as client:
        slow = told(await client.call_tool("generate_sprite", {**SLOW, "wait_s": 0}))
        queued = told(await client.call_tool("generate_sprite", {"prompt": "an iron sword", "wait_s": 0}))
        while told(await client.call_tool("get_status", {"job_id": slow["job_id"]}))["job"]["state"] == "queued":
            await anyio.sleep(0.05)
        began_s = time.monotonic()
        answer = told(await client.call_tool("cancel_job", {"job_id": slow["job_id"]}))
        assert answer["sprite_ids"] == []
        assert (await ended(client, slow["job_id"]))["state"] == "cancelled"
        assert time.monotonic() - began_s < 3, "150 steps of 0.1 s were to come"
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
    seeds = [part["sprites"][0]["seed"] for part in job["parts"]]
    assert seeds[1] == 3
    assert len({*seeds}) == 3, "each item starts from noise of its own"
    assert len(images_of(sheet)) == 1
    assert all(sprite["facts"]["colors"] <= 16 for part in job["parts"] for sprite in part["sprites"])


def name_of(way: str) -> str:
    """A job's name."""
    return way.replace(" ", "-").lower()


LEAVING: dict[str, Callable[[Popen[bytes]], object]] = {
    "end of input": lambda process: pipe_of(process.stdin).close(),
    "SIGTERM": lambda process: process.send_signal(signal.SIGTERM),
    "SIGINT": lambda process: process.send_signal(signal.SIGINT),
    "a reader that is gone": lambda process: (pipe_of(process.stdout).close(), pipe_of(process.stdin).close()),
}


@run_async
async def test_the_server_ends_soon_and_the_job_goes_on() -> None:
    """Four servers at once, each left in another way; their jobs are drawn beside each other."""
    with contextlib.ExitStack() as servers:
        running = {way: servers.enter_context(running_server()) for way in LEAVING}
        for way, process in running.items():
            words = {**SLOW, "steps": 40, "name": name_of(way), "wait_s": 45}
            asked = call(2, "tools/call", {"name": "generate_sprite", "arguments": words})
            pipe_of(process.stdin).write(asked)
            pipe_of(process.stdin).flush()
        async with server_here() as client:
            job_ids: dict[str, str] = {}
            while not {name_of(way) for way in LEAVING} <= set(job_ids):
                for job in told(await client.call_tool("get_status", {}))["jobs"]:
                    job_ids[job["job_id"].rpartition("-")[0]] = job["job_id"]
            for way, process in running.items():
                began_s = time.monotonic()
                LEAVING[way](process)
                process.wait(timeout=PATIENCE_S)
                assert time.monotonic() - began_s < ENDS_WITHIN_S, way
            states = [(await ended(client, job_ids[name_of(way)]))["state"] for way in LEAVING]

    assert states == ["done"] * len(LEAVING)


def end_input(server: psutil.Process) -> None:
    """What the SDK's client does when it closes: stdin ends."""


WAYS: dict[str, Callable[[psutil.Process], object]] = {
    "end of input": end_input,
    "SIGTERM": lambda server: server.terminate(),
    "SIGINT": lambda server: server.send_signal(signal.SIGINT),
    "SIGKILL": lambda server: server.kill(),
}


@run_async
async def test_the_queue_survives_however_a_server_ends() -> None:
    """Four servers at once, each ended in another way."""
    job_ids: list[str] = []
    servers: list[psutil.Process] = []
    async with contextlib.AsyncExitStack() as clients:
        for way in WAYS:
            client = await clients.enter_async_context(server_process())
            job_ids.append(
                told(await client.call_tool("generate_sprite", {**SLOW, "steps": 30, "wait_s": 0}))["job_id"]
            )
            (server,) = [one for one in servers_over_pipes() if one not in servers]
            servers.append(server)
            WAYS[way](server)
        worker = read_address(find_paths())
    gone, _ = await anyio.to_thread.run_sync(lambda: psutil.wait_procs(servers, timeout=PATIENCE_S))
    assert len(gone) == len(WAYS)
    async with server_process() as client:
        assert [(await ended(client, job_id))["state"] for job_id in job_ids] == ["done"] * len(WAYS)
    assert read_address(find_paths()) == worker


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ({"model": "sdxl-turbo-extra"}, "mini"),
        ({"palette": "#ff0000"}, "palette"),
        ({"palette": "#12345"}, "palette"),
        ({"palette": "no-such-palette"}, "pico-8"),
        ({"palette": ",".join(f"#0000{k:02x},#0100{k:02x}" for k in range(129))}, "256"),
        ({"width_px": 24, "height_px": 24}, "32"),
        ({"loras": [{"name": "nope"}]}, "nope"),
        ({"reference": "ruby-potion-9999.1"}, "ruby-potion-9999.1"),
    ],
    ids=lambda value: str(value)[:40],
)
@run_async
async def test_what_only_the_worker_can_judge_is_refused_by_name_too(words: dict[str, Any], named: str) -> None:
    async with server_here() as client:
        before = told(await client.call_tool("get_status", {}))["jobs"]
        result = await client.call_tool("generate_sprite", {"prompt": "a ruby potion", "wait_s": 0, **words})
        after = told(await client.call_tool("get_status", {}))["jobs"]

    assert result.is_error
    assert named in text_of(result)
    assert "Next: " in text_of(result)
    assert len(after) == len(before), "nothing was queued"


@run_async
async def test_a_sprite_that_cannot_be_drawn_is_an_error_with_the_next_step() -> None:
    with plain_home(broken=True):
        async with server_here() as client:
            result = await client.call_tool("generate_sprite", {"prompt": "a ruby potion", "wait_s": 30})
            batch = await client.call_tool("batch_generate", {"items": [{"prompt": "a ruby potion"}], "wait_s": 30})

    for failed in (result, batch):
        assert failed.is_error
        assert failed.structured_content is None
        assert "the weights are cut short" in text_of(failed)
        assert "get them again" in text_of(failed)
        assert "next" in text_of(failed)


@pytest.mark.parametrize("tool", ["get_status", "cancel_job"])
@run_async
async def test_an_unknown_job_is_named_and_the_tool_that_lists_them(tool: str) -> None:
    async with server_here() as client:
        result = await client.call_tool(tool, {"job_id": "ruby-potion-9999"})

    assert result.is_error
    assert "ruby-potion-9999" in text_of(result)
    assert "Next: get_status lists" in text_of(result)


@run_async
async def test_the_queue_and_the_worker_are_told() -> None:
    async with server_here() as client:
        await draw(client, prompt="a ruby potion", steps=2)
        result = await client.call_tool("get_status", {})

    status = told(result)
    assert result.structured_content is None
    assert status["worker"]["device_name"] == "plain"
    assert status["worker"]["loaded_models"] == ["plain"]
    assert len(status["jobs"]) <= 20
    assert {"job_id", "state", "prompt", "parts", "parts_done"} <= set(status["jobs"][0])


@run_async
async def test_models_are_told_with_their_problems(home_with_worker: Path) -> None:
    broken = home_with_worker / "data" / "models" / "checkpoints" / "cut.safetensors"
    broken.write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00{")
    async with server_here() as client:
        everything = await client.call_tool("list_models", {})
        search = await client.call_tool("list_models", {"query": "elixir"})
        nothing = await client.call_tool("list_models", {"query": "flurble"})
        refused = await client.call_tool("generate_sprite", {"prompt": "a ruby potion", "model": "cut"})

    listed, searched = told(everything), told(search)
    models = {model["name"]: model for model in listed["models"]}
    assert len(images_of(everything)) == 1, "the looks, shown"
    assert len(images_of(search)) == 1, "what was found, shown"
    assert images_of(nothing) == []
    assert models["plain"]["default"]
    assert models["plain"]["sizes_px"] == [[32, 32]]
    assert models["cut"]["problem"]
    assert "pico-8" in listed["palettes"]
    assert "potion" in [thing["word"] for thing in searched["drawable"]]
    assert "potion" in listed["kinds"]
    assert refused.is_error
    assert "cut" in text_of(refused)
