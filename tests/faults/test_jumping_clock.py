"""A clock that jumps a day, with and without the one that only counts: waits end, ids are unique, nobody was idle."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from helpers.plain_worker import install_plain_model, plain_worker_command
from helpers.toolchains import skip_or_fail
from helpers.workers import end_worker, is_alive, plain_settings, until, worker_pid
from pixels_mcp.client import Client
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest

_WITH_A_CLOCK_OF_ITS_OWN = """
import os, runpy, sys
os.environ.pop("LD_PRELOAD")  # the drawing process keeps the true time: faketime cannot do Python's sleep
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def _clock_library() -> str:
    for folder in Path("/usr/lib").glob("*/faketime"):
        if (library := folder / "libfaketimeMT.so.1").is_file():
            return str(library)
    skip_or_fail("libfaketime is not installed: apt-get install faketime")
    raise AssertionError


@pytest.mark.parametrize("counting", ["jumps as well", "goes on evenly"])
def test_a_clock_that_jumps_a_day_loses_nothing(home: Path, counting: str) -> None:
    offset = home / "offset"
    offset.write_text("+0\n")
    python, *worker = plain_worker_command(step_s=0.05)
    command = (
        "env",
        f"LD_PRELOAD={_clock_library()}",
        f"FAKETIME_TIMESTAMP_FILE={offset}",
        "FAKETIME_NO_CACHE=1",
        f"FAKETIME_DONT_FAKE_MONOTONIC={int(counting == 'goes on evenly')}",
        python, "-c", _WITH_A_CLOCK_OF_ITS_OWN, *worker,
    )  # fmt: skip
    assert python == sys.executable
    install_plain_model(find_paths())
    settings = plain_settings(idle_exit_s=600.0)
    try:
        with Client.connect(find_paths(), settings, face="test", worker_command=command) as client:
            pid = worker_pid(find_paths())
            ids: list[str] = []
            for jump in ("+1d", "-1d", "+0"):
                drawn = client.submit(SpriteRequest(prompt="a key", steps=20))
                ids.append(drawn.job_id)
                until(lambda job_id=drawn.job_id: client.job(job_id).parts[0].step >= 1, "it is denoised")
                offset.write_text(f"{jump}\n")

                assert client.wait(drawn.job_id, 30).state == "done"
                long = client.submit(SpriteRequest(prompt="a key", steps=150))
                ids.append(long.job_id)
                begun_s = time.monotonic()
                assert client.wait(long.job_id, 0.5).state != "done"
                assert time.monotonic() - begun_s < 5, "a wait is as long as it was asked to be"
                client.cancel(long.job_id)
            assert len(ids) == len(set(ids))
            assert [job.job_id for job in client.jobs()] == ids[::-1]
        offset.write_text("+1d\n")  # without a face now, and with nothing to do
        with Client.connect(find_paths(), settings, face="test", worker_command=command) as client:
            assert client.health().uptime_s >= 0
        assert is_alive(pid)
        assert worker_pid(find_paths()) == pid
    finally:
        end_worker(find_paths())
