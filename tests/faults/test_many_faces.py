"""Fifty faces that start at once find one worker."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from helpers.plain_worker import install_plain_model
from helpers.workers import end_worker, processes_of
from pixels_mcp.paths import find_paths

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
