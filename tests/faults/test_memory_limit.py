"""A drawing process that the system ends because memory ran out: its batch is drawn again, in smaller ones."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from helpers.waiting import PATIENCE_S, until
from helpers.workers import plain_settings, worker_pid, worker_process
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest

_V1, _V2 = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")


@pytest.fixture
def group() -> Iterator[Path]:
    """A control group of this test's own, with the name of the file that limits its memory."""
    root, limit = (_V1, "memory.limit_in_bytes") if _V1.is_dir() else (_V2, "memory.max")
    folder = root / f"pixels-test-{os.getpid()}"
    try:
        folder.mkdir()
        if not (folder / limit).exists():
            raise OSError(f"{limit} is not there")
    except OSError as error:
        with contextlib.suppress(OSError):
            folder.rmdir()
        pytest.skip(f"limiting memory by a control group is not allowed here: {error}")
    yield folder / limit
    until(lambda: not (folder / "cgroup.procs").read_text().split(), "its processes have ended")
    folder.rmdir()


def test_a_drawing_process_beyond_its_memory_is_ended_by_the_system_and_fewer_rows_are_drawn(
    home: Path, group: Path
) -> None:
    log = home / "renders"
    with worker_process(plain_settings(rows_max=8), row_mib=40, log=str(log)) as connect:
        client = connect()
        client.wait(client.submit(SpriteRequest(prompt="first")).job_id, PATIENCE_S)
        worker = worker_pid(find_paths())
        (engine,) = psutil.Process(worker).children()
        group.write_text(str(engine.memory_info().rss + 200 * 2**20))
        with contextlib.suppress(OSError):  # its pages may go to no other place
            group.with_name("memory.swappiness").write_text("0")
        group.with_name("cgroup.procs").write_text(str(engine.pid))
        log.unlink()

        job = client.wait(client.submit(SpriteRequest(prompt="a potion", count=8, steps=3)).job_id, PATIENCE_S)

        assert job.state == "done", job.parts[0].error
        assert len(job.parts[0].sprites) == 8
        assert worker_pid(find_paths()) == worker
        assert not engine.is_running(), "the system ended it"
    rows = [int(line.split()[0]) for line in log.read_text("utf-8").splitlines()]
    assert rows[0] == 8
    assert rows[1] == 4
