"""A server for assistants, over stdio and HTTP, and the screens leave no process behind however they end."""

from __future__ import annotations

import contextlib
import os
import pty
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


@pytest.mark.parametrize("end", ["the terminal is gone", "TERM", "INT", "KILL", "HUP"])
def test_the_screens_leave_nothing_behind_however_they_end(end: str) -> None:
    with plain_home(step_s=0.1):
        terminal, screens = pty.openpty()
        # A session of its own without a terminal of its own, as in a container: no signal tells that it is gone.
        process = subprocess.Popen(
            [*PIXELS, "tui"], stdin=screens, stdout=screens, stderr=screens, start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        )  # fmt: skip
        os.close(screens)
        shown = b""
        while b"Draw" not in shown:
            shown += os.read(terminal, 65_536)
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        if end != "the terminal is gone":
            process.send_signal(getattr(signal, f"SIG{end}"))
            _read_to_its_end(terminal)
        os.close(terminal)

        process.wait(20)
        _, left = psutil.wait_procs([one for one in family if _lives(one)], timeout=20)
        assert left == []


def _read_to_its_end(terminal: int) -> None:
    """Take what the screens still write, so that they do not wait for a reader."""
    with contextlib.suppress(OSError):  # how a terminal tells that nobody has it open any more
        while os.read(terminal, 65_536):
            pass


def _lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def _is_up(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has used the processor for long enough to be in the middle of what it does, or has ended."""
    if process.poll() is not None:
        return True
    times = psutil.Process(process.pid).cpu_times()
    return times.user + times.system > 0.6
