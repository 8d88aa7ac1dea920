"""A full disk is named, and nothing is half-written or lost."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers import mounts
from helpers.plain_engine import PlainEngine
from helpers.toolchains import skip_or_fail
from helpers.waiting import PATIENCE_S, until
from helpers.workers import threaded_worker, worker_process
from pixels_mcp.errors import DiskFullError
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.worker import parts_in_hand

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
        assert client.wait(job.job_id, PATIENCE_S).state == "done"


def test_a_disk_that_fills_while_a_sprite_is_drawn_keeps_it_waiting_and_not_failing(small_disk: Path) -> None:
    log = small_disk / "renders"
    with worker_process(step_s=0.3, log=str(log)) as connect:
        client = connect()
        job = client.submit(RUBY)
        until(lambda: client.job(job.job_id).parts[0].step >= 1, "it is denoised")
        filler = _fill(small_disk, leave_bytes=0)

        held = until(lambda: (client.health().busy_with or "").startswith("waiting for disk space"), "it waits")
        assert held
        assert client.job(job.job_id).state == "running"
        assert "free some disk space" in (client.job(job.job_id).next or "")
        assert (client.job(job.job_id).next or "").endswith("the job goes on by itself")
        assert list(find_paths().library.rglob("*.png")) == []
        filler.unlink()

        done = client.wait(job.job_id, PATIENCE_S)
        assert done.state == "done"
        assert len(done.parts[0].sprites) == len(Library(find_paths().library).search()) == 1
        assert len(log.read_text().splitlines()) == 1, "it was not drawn again"
        assert client.health().busy_with is None


@pytest.fixture
def full_library(home: Path) -> Iterator[Path]:
    """A library on a full disk of its own; everything else has room."""
    folder = home / "elsewhere"
    folder.mkdir()
    with mounts.small_disk(folder, "512k"):
        (folder / "filler").write_bytes(b"\0" * 2**19)
        yield folder / "library"


def test_what_waits_for_room_can_be_cancelled(home: Path, full_library: Path) -> None:
    with threaded_worker(home, library_dir=full_library) as connect:
        client = connect()
        job = client.submit(RUBY)
        until(lambda: (client.health().busy_with or "").startswith("waiting for disk space"), "it waits")

        client.cancel(job.job_id)

        assert client.job(job.job_id).state == "cancelled"
        (full_library.parent / "filler").unlink()
        assert client.wait(client.submit(RUBY).job_id, PATIENCE_S).state == "done"
        assert len(Library(full_library).search()) == 1


def test_a_part_that_finds_no_room_again_and_again_fails_by_name(
    home: Path, full_library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts_in_hand, "ROOM_WAIT_S", 0.0)
    log = home / "renders"
    with threaded_worker(home, engine=PlainEngine(log=str(log)), library_dir=full_library) as connect:
        client = connect()

        job = client.wait(client.submit(RUBY).job_id, PATIENCE_S)

    error = job.parts[0].error
    assert job.state == "failed"
    assert error is not None
    assert (error.code, "free" in error.hint) == ("DiskFullError", True)
    assert len(log.read_text().splitlines()) == parts_in_hand.UNSTORED_MAX


def test_a_worker_that_ends_while_a_sprite_waits_for_room_leaves_it_to_the_next_one(small_disk: Path) -> None:
    with worker_process(step_s=0.3) as connect:
        client = connect()
        job = client.submit(RUBY)
        until(lambda: client.job(job.job_id).parts[0].step >= 1, "it is denoised")
        filler = _fill(small_disk, leave_bytes=0)
        until(lambda: (client.health().busy_with or "").startswith("waiting for disk space"), "it waits")
    filler.unlink()

    with worker_process() as connect:
        assert connect().wait(job.job_id, PATIENCE_S).state == "done"


def test_a_picture_is_held_for_a_while_only_and_drawn_again_when_there_is_room(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts_in_hand, "ROOM_WAIT_S", 0.0)
    log = small_disk / "renders"
    with threaded_worker(small_disk, engine=PlainEngine(step_s=0.3, log=str(log))) as connect:
        client = connect()
        job = client.submit(RUBY)
        until(lambda: client.job(job.job_id).parts[0].step >= 1, "it is denoised")
        filler = _fill(small_disk, leave_bytes=0)

        until(lambda: "are free in" in (client.health().busy_with or ""), "nothing is begun")
        assert client.job(job.job_id).state == "running"
        filler.unlink()

        assert client.wait(job.job_id, PATIENCE_S).state == "done"
    assert len(log.read_text().splitlines()) == 2


def test_a_job_that_cannot_be_written_down_is_refused_by_name(small_disk: Path) -> None:
    with worker_process() as connect:
        client = connect()
        client.wait(client.submit(RUBY).job_id, PATIENCE_S)
        filler = _fill(small_disk, leave_bytes=0)
        kept = len(client.jobs(limit=1_000))

        error: DiskFullError | None = None
        while error is None and kept < 500:  # the log file that SQLite has begun may still hold a few
            try:
                client.submit(SpriteRequest(prompt=f"thing {kept} " + "x" * 900))
                kept += 1
            except DiskFullError as refused:
                error = refused

        assert error is not None
        assert "free some disk space" in error.hint
        filler.unlink()
        assert len(client.jobs(limit=1_000)) == kept
        assert client.wait(client.submit(RUBY).job_id, PATIENCE_S).state == "done"
