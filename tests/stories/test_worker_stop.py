"""`worker stop` ends the worker and loses nothing, whatever it is doing and however often it is asked."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from helpers.waiting import PATIENCE_S, until
from helpers.workers import end_worker, is_alive, worker_pid, worker_process
from pixels_mcp.errors import WorkerStuckError
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import BatchItem, BatchRequest
from pixels_mcp.worker.address import end_running


def test_a_worker_stopped_in_the_middle_of_a_batch_gives_back_what_it_drew(home: Path) -> None:
    paths = find_paths()
    with worker_process(step_s=0.2) as connect:
        client = connect()
        job = client.submit_batch(BatchRequest(items=tuple(BatchItem(prompt=f"thing {n}") for n in range(4)), steps=4))
        until(lambda: client.job(job.job_id).parts[0].step >= 1, "it is denoised")
        pid = worker_pid(paths)

        ended = end_running(paths, timeout_s=20)

        assert ended is not None
        assert ended.pid == pid
        until(lambda: not is_alive(pid), "its process is gone")
        store = JobStore(paths.jobs_db)
        assert [(part.state, part.starts) for part in store.parts(store.job(job.job_id))] == [("queued", 0)] * 4
        store.close()
        assert end_running(paths, timeout_s=1) is None
        assert client.wait(job.job_id, PATIENCE_S).state == "done", "the next call starts the next worker"


def test_a_worker_that_does_not_end_is_named_with_what_helps(home: Path) -> None:
    paths = find_paths()
    with worker_process() as connect:
        connect()
        pid = worker_pid(paths)
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(WorkerStuckError, match=rf"kill -9 {pid}"):
                end_running(paths, timeout_s=0.3)
        finally:
            os.kill(pid, signal.SIGCONT)
        until(lambda: not is_alive(pid), "it ends when it goes on")
        end_worker(paths)
