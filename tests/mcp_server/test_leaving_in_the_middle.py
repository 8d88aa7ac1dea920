"""A client that goes away while the server waits for a job: the server goes at once, the job does not."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from helpers.mcp_faces import ended, run_async, server_here, told
from helpers.plain_home import plain_home
from helpers.server_pipes import call, pipe_of, running_server

SLOW = {"prompt": "a ruby potion", "steps": 40, "wait_s": 45}


@pytest.fixture(scope="module", autouse=True)
def home_with_worker() -> Iterator[Path]:
    with plain_home(step_s=0.1) as home:
        yield home


def name_of(way: str) -> str:
    return way.replace(" ", "-").lower()


WAYS: dict[str, Callable[[Popen[bytes]], object]] = {
    "end of input": lambda process: pipe_of(process.stdin).close(),
    "SIGTERM": lambda process: process.send_signal(signal.SIGTERM),
    "SIGINT": lambda process: process.send_signal(signal.SIGINT),
    "a reader that is gone": lambda process: (pipe_of(process.stdout).close(), pipe_of(process.stdin).close()),
}


@run_async
async def test_the_server_ends_soon_and_the_job_goes_on() -> None:
    """Four servers at once, each left in another way; their jobs are drawn beside each other."""
    with contextlib.ExitStack() as servers:
        running = {way: servers.enter_context(running_server()) for way in WAYS}
        for way, process in running.items():
            arguments = {"name": "generate_sprite", "arguments": {**SLOW, "name": name_of(way)}}
            pipe_of(process.stdin).write(call(2, "tools/call", arguments))
            pipe_of(process.stdin).flush()
        async with server_here() as client:
            job_ids: dict[str, str] = {}
            while len(job_ids) < len(WAYS):
                for job in told(await client.call_tool("get_status", {}))["jobs"]:
                    job_ids[job["job_id"].rpartition("-")[0]] = job["job_id"]
            for way, process in running.items():
                began_s = time.monotonic()
                WAYS[way](process)
                process.wait(timeout=20)
                assert time.monotonic() - began_s < 5, way
            states = [(await ended(client, job_ids[name_of(way)]))["state"] for way in WAYS]

    assert states == ["done"] * len(WAYS)
