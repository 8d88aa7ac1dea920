"""A server for assistants, over stdio and HTTP, leaves no process behind however it ends."""

from __future__ import annotations

import signal
import subprocess

import psutil
import pytest

from helpers.commands import PIXELS
from helpers.plain_home import plain_home
from helpers.workers import until

ENDS = ("end of input", "TERM", "INT", "KILL")


@pytest.mark.parametrize("words", [["serve"], ["serve", "--http", "127.0.0.1:0"]], ids=["stdio", "http"])
def test_a_server_leaves_nothing_behind_however_it_ends(words: list[str]) -> None:
    with plain_home(step_s=0.1):
        started = [
            subprocess.Popen(
                [*PIXELS, *words], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            for _ in ENDS
        ]
        until(lambda: all(_is_up(process) for process in started), "all run", timeout_s=60)
        families = [
            [root, *root.children(recursive=True)] for root in (psutil.Process(process.pid) for process in started)
        ]
        for process, end in zip(started, ENDS, strict=True):
            assert process.stdin is not None
            if end == "end of input":
                process.stdin.close()
                if len(words) > 1:  # over HTTP it does not read it, and goes on as under `nohup`
                    process.send_signal(signal.SIGTERM)
            else:
                process.send_signal(getattr(signal, f"SIG{end}"))
        for process in started:
            process.wait(60)
            if process.stdin is not None:
                process.stdin.close()

        left = [one for family in families for one in family if _lives(one)]
        psutil.wait_procs(left, timeout=20)
        assert [one for one in left if _lives(one)] == []


def _lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def _is_up(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has used the processor for long enough to be in the middle of what it does, or has ended."""
    if process.poll() is not None:
        return True
    times = psutil.Process(process.pid).cpu_times()
    return times.user + times.system > 0.6
