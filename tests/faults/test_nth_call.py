"""Whichever write, flush or rename of a sprite's way fails: it is named, what stands is whole, and the rest goes on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from helpers.toolchains import need_program

HELPERS = Path(__file__).resolve().parents[1] / "helpers"


def test_every_single_call_may_fail_and_nothing_is_lost_or_torn(tmp_path: Path) -> None:
    compiler = need_program("cc", "apt-get install gcc")
    shim = tmp_path / "nth_call.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", shim, HELPERS / "nth_call.c", "-ldl"],
        check=True,
        capture_output=True,
    )

    memory = Path("/dev/shm")  # a flush takes no time there
    done = subprocess.run(
        [sys.executable, HELPERS / "nth_call_loop.py"],
        env={**os.environ, "LD_PRELOAD": str(shim), "TMPDIR": str(memory if memory.is_dir() else tmp_path)},
        capture_output=True,
        text=True,
        timeout=200,
    )

    assert done.returncode == 0, done.stderr[-3_000:]
    figures = re.fullmatch(r"(\d+) failing calls: (\d+) named, \d+ survived, 0 lost, 0 torn\n", done.stdout)
    assert figures is not None, done.stdout
    assert int(figures[1]) > 60
    assert int(figures[2]) > 30
