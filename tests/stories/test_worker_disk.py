"""A full disk is named, and nothing is half-written or lost."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import skip_or_fail
from helpers.workers import until, worker_process
from pixels_mcp.errors import DiskFullError
from pixels_mcp.library.store import Library
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest

RUBY = SpriteRequest(prompt="a ruby potion", steps=4)


@pytest.fixture
def small_disk(home: Path) -> Iterator[Path]:
    """A home on a file system of its own, of 24 MiB."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(home)], capture_output=True, check=False
    )
    if mounted.returncode:
        skip_or_fail(f"a small file system cannot be mounted: {mounted.stderr.decode().strip()}")
    yield home
    subprocess.run(["umount", "--lazy", str(home)], check=True)


def _fill(folder: Path, *, leave_bytes: int) -> Path:
    filler = folder / "filler"
    with filler.open("wb") as stream:
        try:
            os.posix_fallocate(stream.fileno(), 0, shutil.disk_usage(folder).free - leave_bytes)
        except OSError:
            stream.write(b"\0")
    return filler


def test_with_little_space_nothing_is_begun_and_it_goes_on_when_there_is_some(small_disk: Path) -> None:
    with worker_process() as connect:
        client = connect()
        filler = _fill(small_disk, leave_bytes=2**20)

        job = client.submit(RUBY)

        held = until(lambda: client.health().busy_with, "it says why it waits")
        assert held is not None
        assert "waiting for disk space" in held
        assert "free some" in (client.job(job.job_id).next or "")
        filler.unlink()
        assert client.wait(job.job_id, 30).state == "done"


def test_a_disk_that_fills_while_a_sprite_is_drawn_fails_it_by_name(small_disk: Path) -> None:
    with worker_process(step_s=0.3) as connect:
        client = connect()
        job = client.submit(RUBY)
        until(lambda: client.job(job.job_id).parts[0].step >= 1, "it is denoised")
        filler = _fill(small_disk, leave_bytes=0)

        until(lambda: client.health().busy_with != job.job_id, "it came to its end")
        filler.unlink()
        job = client.wait(job.job_id, 30)

        error = job.parts[0].error
        assert job.state == "failed"
        assert error is not None
        assert (error.code, "free" in error.hint) == ("DiskFullError", True)
        assert Library(find_paths().library).search() == []
        assert client.wait(client.submit(RUBY).job_id, 30).state == "done"


def test_a_job_that_cannot_be_written_down_is_refused_by_name(small_disk: Path) -> None:
    with worker_process() as connect:
        client = connect()
        client.wait(client.submit(RUBY).job_id, 30)
        filler = _fill(small_disk, leave_bytes=0)
        kept = len(client.jobs(limit=1_000))

        error: DiskFullError | None = None
        while error is None and kept < 500:  # the log file that SQLite has begun may still hold a few
            try:
                client.submit(SpriteRequest(prompt=f"thing {kept} " + "x" * 900))
                kept += 1
            except DiskFullError as found:
                error = found

        assert error is not None
        assert "free some disk space" in error.hint
        filler.unlink()
        assert len(client.jobs(limit=1_000)) == kept
        assert client.wait(client.submit(RUBY).job_id, 60).state == "done"
