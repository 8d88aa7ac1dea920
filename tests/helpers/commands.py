"""Running `pixels-mcp` as a person does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

from helpers.waiting import PATIENCE_S
from pixels_mcp.paths import find_paths
from pixels_mcp.worker.address import read_address

PIXELS = (sys.executable, "-m", "pixels_mcp")


def pixels(
    *words: str, cwd: Path | None = None, extra: Mapping[str, str] | None = None, timeout_s: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end; stdout and stderr are kept apart."""
    return subprocess.run(
        [*PIXELS, *words],
        cwd=cwd,
        env={**os.environ, **(extra or {})},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        stdin=subprocess.DEVNULL,
    )


def end_worker(*, kill: bool = False) -> int | None:
    """End the worker of the home that `PIXELS_HOME` names, and wait until it is gone; its process number, if it ran."""
    address = read_address(find_paths())
    if address is None or not psutil.pid_exists(address.pid):
        return None
    worker = psutil.Process(address.pid)
    helpers = worker.children(recursive=True)
    worker.kill() if kill else worker.terminate()
    _, alive = psutil.wait_procs([worker, *helpers], timeout=PATIENCE_S)
    for process in alive:
        process.kill()
    return address.pid
