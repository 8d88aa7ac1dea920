"""A clock that jumps a day, with and without the one that only counts: waits end, ids are unique, nobody was idle."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from helpers.plain_worker import install_plain_model, plain_worker_command
from helpers.toolchains import need_program, skip_or_fail
from helpers.waiting import PATIENCE_S, until
from helpers.workers import end_worker, is_alive, plain_settings, worker_pid
from pixels_mcp.client import Client
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest

HELPERS = Path(__file__).resolve().parents[1] / "helpers"
DAY_S = 86_400

_WITH_A_CLOCK_OF_ITS_OWN = """
import os, runpy, sys
os.environ.pop("LD_PRELOAD")  # the drawing process keeps the true time: faketime cannot do Python's sleep
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def _both_clocks(offset: Path) -> list[str]:
    for folder in Path("/usr/lib").glob("*/faketime"):
        if (library := folder / "libfaketimeMT.so.1").is_file():
            return [f"LD_PRELOAD={library}", f"FAKETIME_TIMESTAMP_FILE={offset}", "FAKETIME_NO_CACHE=1"]
    skip_or_fail("libfaketime is not installed: apt-get install faketime")
    raise AssertionError


def _wall_clock(offset: Path) -> list[str]:
    library = offset.with_name("wall_clock.so")
    compiler = need_program("cc", "apt-get install gcc")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, HELPERS / "wall_clock.c", "-ldl"], check=True)
    return [f"LD_PRELOAD={library}", f"WALL_CLOCK_OFFSET={offset}"]


@pytest.mark.parametrize("clocks", [_both_clocks, _wall_clock])
def test_a_clock_that_jumps_a_day_loses_nothing(home: Path, clocks: Callable[[Path], Sequence[str]]) -> None:
    offset = home / "offset"
    offset.write_text("+0\n")
    python, *worker = plain_worker_command(step_s=0.05)
    command = ("env", *clocks(offset), python, "-c", _WITH_A_CLOCK_OF_ITS_OWN, *worker)
    install_plain_model(find_paths())
    settings = plain_settings(idle_exit_s=600.0)
    try:
        with Client.connect(find_paths(), settings, face="test", worker_command=command) as client:
            pid = worker_pid(find_paths())
            ids: list[str] = []
            for jump_s in (DAY_S, -DAY_S, 0):
                drawn = client.submit(SpriteRequest(prompt="a key", steps=20))
                ids.append(drawn.job_id)
                until(lambda job_id=drawn.job_id: client.job(job_id).state != "queued", "it is drawn")
                offset.write_text(f"{jump_s:+d}\n")

                assert client.wait(drawn.job_id, PATIENCE_S).state == "done"
                long = client.submit(SpriteRequest(prompt="a key", steps=150))
                ids.append(long.job_id)
                assert abs(long.created_s - time.time() - jump_s) < 60, "its clock did jump"
                begun_s = time.monotonic()
                assert client.wait(long.job_id, 0.5).state != "done"
                assert time.monotonic() - begun_s < 5, "a wait is as long as it was asked to be"
                client.cancel(long.job_id)
            assert len(ids) == len(set(ids))
            assert [job.job_id for job in client.jobs()] == ids[::-1]
        offset.write_text(f"{DAY_S:+d}\n")  # without a face now, and with nothing to do
        with Client.connect(find_paths(), settings, face="test", worker_command=command) as client:
            assert client.health().uptime_s >= 0
        assert is_alive(pid)
        assert worker_pid(find_paths()) == pid
    finally:
        end_worker(find_paths())
