"""Fifty faces at once find one worker, and however a face ends nothing of it stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from helpers.commands import PIXELS
from helpers.plain_home import plain_home
from helpers.plain_worker import install_plain_model
from helpers.workers import end_worker, until
from pixels_mcp.paths import find_paths
from pixels_mcp.worker.address import read_address

FACES = 50

_FIFTY = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from helpers.plain_worker import plain_worker_command
from helpers.workers import plain_settings
from pixels_mcp.client import Client
from pixels_mcp.paths import find_paths
begin_s = time.time() + 1.0
children = []
for _ in range(int(sys.argv[2])):
    child = os.fork()
    if child == 0:
        time.sleep(max(0.0, begin_s - time.time()))
        try:
            with Client.connect(find_paths(), plain_settings(), face="one of many", timeout_s=100,
                                worker_command=plain_worker_command()) as client:
                os.write(1, b"%d\\n" % client.health().pid)
            os._exit(0)
        except BaseException as error:
            os.write(2, repr(error).encode() + b"\\n")
            os._exit(1)
    children.append(child)
sys.exit(any(os.waitpid(child, 0)[1] for child in children))
"""


def processes_of(home: Path) -> list[psutil.Process]:
    """All living processes whose home this is, this one left out."""
    processes = []
    for process in psutil.process_iter():
        try:
            is_here = process.environ().get("PIXELS_HOME") == str(home)
            if is_here and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                processes.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return processes


def test_fifty_faces_that_start_at_once_have_one_worker(home: Path) -> None:
    install_plain_model(find_paths())
    tests = str(Path(__file__).resolve().parents[1])
    try:
        done = subprocess.run(
            [sys.executable, "-c", _FIFTY, tests, str(FACES)], capture_output=True, text=True, timeout=200
        )

        assert done.stderr == ""
        assert done.returncode == 0
        pids = done.stdout.split()
        assert len(pids) == FACES
        assert len(set(pids)) == 1
        commands = [" ".join(process.cmdline()) for process in processes_of(home)]
        assert sum("plain_worker.py" in command for command in commands) == 1
    finally:
        end_worker(find_paths())


@pytest.fixture
def short_lived_worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home whose worker ends itself one second after the last face and the last sprite."""
    monkeypatch.setenv("PIXELS_IDLE_EXIT_S", "1")
    with plain_home(step_s=0.01) as home:
        yield home


def test_however_a_face_ends_it_leaves_no_process_behind(short_lived_worker: Path) -> None:
    home = short_lived_worker
    address = read_address(find_paths())
    assert address is not None
    faces: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> subprocess.Popen[bytes]:
        faces.append(
            subprocess.Popen(
                [*PIXELS, *words], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        )
        return faces[-1]

    servers = [start("serve") for _ in range(4)]
    drawing = [start("generate", f"thing {n}", "--count", "16", "--steps", "150") for n in range(3)]
    waiting = [start("status", "--wait", "nosuch-0001")]
    until(lambda: len([one for one in processes_of(home) if "generate" in one.cmdline()]) <= 3, "they run")
    time.sleep(2)  # into the middle of what they do, wherever that is on this machine
    assert servers[0].stdin is not None
    servers[0].stdin.close()
    for process, number in zip(
        [*servers[1:], *drawing], [signal.SIGTERM, signal.SIGINT, signal.SIGKILL] * 2, strict=True
    ):
        process.send_signal(number)

    for process in faces:
        process.wait(60)
        if process.stdin is not None:
            process.stdin.close()
    until(lambda: not processes_of(home), f"nothing is left: {processes_of(home)}", timeout_s=60)
    assert waiting[0].returncode == 1
