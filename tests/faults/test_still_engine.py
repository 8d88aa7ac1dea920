"""A drawing process that stands still: the worker answers, tells of it, and gives it up when nobody wants its batch."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest

from helpers.waiting import PATIENCE_S, until
from helpers.workers import is_alive, worker_pid, worker_process
from pixels_mcp.client import Client
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest

RUBY = SpriteRequest(prompt="a ruby potion", steps=4)


def _drawing(client: Client) -> tuple[str, psutil.Process]:
    """A job in the middle of its steps, and the process that draws it."""
    job_id = client.submit(RUBY).job_id
    until(lambda: client.job(job_id).parts[0].step >= 1, "it is denoised")
    (engine,) = psutil.Process(worker_pid(find_paths())).children()
    return job_id, engine


def test_a_stopped_engine_is_told_of_and_given_up_when_its_job_is_cancelled(home: Path) -> None:
    with worker_process(step_s=0.2, still_s=1.0) as connect:
        client = connect()
        job_id, engine = _drawing(client)
        engine.send_signal(signal.SIGSTOP)

        assert min(client.ping() for _ in range(20)) < 0.1
        told = until(
            lambda: busy if (busy := client.health().busy_with or "").startswith("waiting for") else None, "it tells"
        )
        assert f"the drawing process {engine.pid} has done nothing for" in told
        assert "has done nothing for" in (client.job(job_id).next or "")

        client.cancel(job_id)
        assert client.job(job_id).state == "cancelled"
        assert client.wait(client.submit(RUBY).job_id, PATIENCE_S).state == "done", "another one draws what waits"
        assert not is_alive(engine.pid)
        assert client.health().busy_with is None


def test_an_engine_that_only_paused_goes_on_where_it_was(home: Path) -> None:
    with worker_process(step_s=0.2, still_s=1.0) as connect:
        client = connect()
        job_id, engine = _drawing(client)
        engine.send_signal(signal.SIGSTOP)
        until(lambda: "has done nothing for" in (client.health().busy_with or ""), "it tells")
        engine.send_signal(signal.SIGCONT)

        assert client.wait(job_id, PATIENCE_S).state == "done"
        assert is_alive(engine.pid)


def test_a_worker_whose_engine_stands_still_ends_when_told_and_keeps_the_queue(home: Path) -> None:
    with worker_process(step_s=0.2, still_s=1.0) as connect:
        client = connect()
        job_id, engine = _drawing(client)
        engine.send_signal(signal.SIGSTOP)
    assert not is_alive(engine.pid)

    with worker_process() as connect:
        assert connect().wait(job_id, PATIENCE_S).state == "done"


@pytest.mark.parametrize("first", ["cancel", "kill"])
def test_a_lane_lost_while_its_job_is_cancelled_leaves_it_cancelled_once(home: Path, first: str) -> None:
    with worker_process(step_s=0.2) as connect:
        client = connect()
        job_id, engine = _drawing(client)
        ends: list[str] = []
        updates = client.follow(job_id, timeout_s=PATIENCE_S)
        if first == "cancel":
            client.cancel(job_id)
            os.kill(engine.pid, signal.SIGKILL)
        else:
            os.kill(engine.pid, signal.SIGKILL)
            client.cancel(job_id)

        ends = [update.type for update in updates if update.type in ("finished", "failed")]
        job = client.job(job_id)
        assert len(ends) <= 1
        assert client.wait(client.submit(RUBY).job_id, PATIENCE_S).state == "done"
        assert client.job(job_id).state == job.state
        assert job.state == "cancelled" or (first == "kill" and job.parts[0].error is not None)
        assert len(Library(find_paths().library).search()) == 1
