"""Log lines: whoever does not read them holds up nobody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from helpers.waiting import PATIENCE_S
from pixels_mcp.paths import find_paths

_WARNS = """
import logging
from pixels_mcp.cli.logs import start_logging
start_logging(face="test")
for number in range(2_000):
    logging.warning("%d %s", number, "\N{SNOWMAN}" * 100 if number else "long" * 5_000)
print("done", flush=True)
"""


def test_a_pipe_that_nobody_reads_holds_up_no_command_and_the_log_file_has_every_line(home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _WARNS], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as command:
        assert command.stdout is not None
        assert command.stderr is not None
        assert command.stdout.readline() == b"done\n"
        assert command.wait(PATIENCE_S) == 0
        lines = command.stderr.read().decode().splitlines()

    assert 50 < len(lines) < 2_000
    assert all(line.startswith("WARNING root: ") for line in lines), "each is whole"
    assert len(find_paths().log_file.read_text("utf-8").splitlines()) == 2_000
