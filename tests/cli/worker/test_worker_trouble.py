"""When the worker cannot be had as it should be, every face says so by name with the next step; nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from helpers.commands import PIXELS, end_worker, pixels
from helpers.mcp_faces import run_async, server_here, text_of
from helpers.plain_home import plain_home
from helpers.plain_worker import install_plain_model, plain_worker_command
from helpers.waiting import PATIENCE_S
from pixels_mcp.paths import find_paths
from pixels_mcp.worker.address import find_address


def test_a_second_worker_refuses_to_start_and_the_first_goes_on() -> None:
    with plain_home():
        first = find_address(find_paths())
        done = pixels("worker")

        assert first is not None
        assert done.returncode == 1
        assert f"process {first.pid}" in done.stderr
        assert find_address(find_paths()) == first


@contextmanager
def old_worker(home: Path) -> Generator[None]:
    """A running worker that says it is version 0.0.9."""
    aged = home / "aged"
    aged.mkdir()
    (aged / "sitecustomize.py").write_text("import pixels_mcp\npixels_mcp.__version__ = '0.0.9'\n")
    install_plain_model(find_paths())
    worker = subprocess.Popen(
        plain_worker_command(),
        env={**os.environ, "PYTHONPATH": str(aged)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert worker.stderr is not None
        assert any("is ready" in line for line in worker.stderr)
        yield
    finally:
        end_worker()
        worker.wait()
        if worker.stderr is not None:
            worker.stderr.close()


def test_a_worker_of_another_version_is_named_by_every_face(home: Path) -> None:
    with old_worker(home):
        drawn, looked = pixels("generate", "a ruby potion"), pixels("doctor")
        old = find_address(find_paths())

        @run_async
        async def ask() -> str:
            async with server_here() as client:
                result = await client.call_tool("generate_sprite", {"prompt": "a ruby potion"})
            assert result.is_error
            return text_of(result)

        for told in (drawn.stderr, looked.stdout, ask()):
            assert "0.0.9" in told
            assert "worker stop" in told
        assert (drawn.returncode, looked.returncode) == (1, 1)
        stopped = pixels("worker", "stop", "--json")
        assert old is not None
        assert json.loads(stopped.stdout) == {"stopped": True, "pid": old.pid, "version": "0.0.9"}
        assert find_address(find_paths()) is None
        assert pixels("worker", "stop").stderr.strip() == "no worker runs"


def test_a_damaged_job_store_is_named_and_left_as_it_is(home: Path) -> None:
    damaged = b"this is no database" * 400
    (home / "data").mkdir()
    (home / "data" / "jobs.sqlite").write_bytes(damaged)

    done = pixels("generate", "a ruby potion")

    @run_async
    async def ask() -> str:
        async with server_here() as client:
            result = await client.call_tool("generate_sprite", {"prompt": "a ruby potion"})
        assert result.is_error
        return text_of(result)

    for told in (done.stderr, ask()):
        assert "jobs.sqlite" in told
        assert "next: " in told.lower()
    assert done.returncode == 1
    assert (home / "data" / "jobs.sqlite").read_bytes() == damaged


def test_the_runtime_folder_of_somebody_else_is_refused(home: Path) -> None:
    (home / "run").symlink_to("/etc")

    done = pixels("generate", "a ruby potion")

    assert done.returncode != 0
    assert "run" in done.stderr
    assert "next:" in done.stderr


def test_a_worker_in_the_foreground_ends_with_ctrl_c_and_keeps_the_queue(home: Path) -> None:
    with subprocess.Popen([*PIXELS, "worker"], stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL) as worker:
        assert worker.stderr is not None
        try:
            assert any("is ready" in line for line in worker.stderr)
            left = pixels("generate", "a ruby potion", "--no-wait")
            worker.send_signal(2)
            assert worker.wait(timeout=PATIENCE_S) == 0
        finally:
            worker.kill()

    assert left.returncode == 0
    assert find_address(find_paths()) is None
