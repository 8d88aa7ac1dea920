"""Disks that take nothing: without inodes, turned read-only, full when the worker begins or at its very last step.

What waits for one goes on by itself when it takes something again, the true reason is named, and nothing spins.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import psutil
import pytest

from helpers import mounts
from helpers.plain_worker import install_plain_model
from helpers.waiting import PATIENCE_S, until
from helpers.workers import end_worker, plain_settings, worker_pid, worker_process
from pixels_mcp.client import Client
from pixels_mcp.errors import DiskFullError, DiskReadOnlyError, StoreError
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest

RUBY = SpriteRequest(prompt="a ruby potion", steps=4)


def _held(client: Client) -> str:
    return until(
        lambda: told if (told := client.health().busy_with or "").startswith("waiting for") else None, "it waits"
    )


@contextlib.contextmanager
def _without_inodes(folder: Path) -> Generator[None]:
    """A disk that takes no further file, as long as the block runs."""
    made: list[Path] = []
    with contextlib.suppress(OSError):
        while True:
            made.append(folder / f"filler-{len(made)}")
            made[-1].touch()
    try:
        yield
    finally:
        for file in made:
            file.unlink(missing_ok=True)


def test_a_disk_without_inodes_is_named_and_what_is_drawn_waits_for_one(home: Path) -> None:
    with mounts.few_files(home, 150), worker_process(step_s=0.2) as connect:
        client = connect()
        job = client.submit(RUBY)
        until(lambda: client.job(job.job_id).parts[0].step >= 1, "it is denoised")
        with _without_inodes(home):
            held = _held(client)
            assert "0 of 150 files (inodes) are free" in held
            assert client.job(job.job_id).state == "running"
            assert (client.job(job.job_id).next or "").endswith("the job goes on by itself")

        assert client.wait(job.job_id, PATIENCE_S).state == "done"


def test_with_few_inodes_nothing_is_begun(home: Path) -> None:
    with mounts.few_files(home, 150), worker_process() as connect:
        client = connect()
        client.wait(client.submit(RUBY).job_id, PATIENCE_S)
        with _without_inodes(home):
            job = client.submit(RUBY)

            assert "files (inodes) are free" in _held(client)
            assert client.job(job.job_id).state == "queued"

        assert client.wait(job.job_id, PATIENCE_S).state == "done"


def test_a_disk_that_turns_read_only_is_called_that_and_nothing_spins(home: Path, tmp_path: Path) -> None:
    image = tmp_path / "disk.ext4"
    with mounts.breaking_disk(home, image) as break_it, worker_process(step_s=0.2) as connect:
        client = connect()
        client.wait(client.submit(RUBY).job_id, PATIENCE_S)
        job = client.submit(RUBY)
        until(lambda: client.job(job.job_id).parts[0].step >= 1, "it is denoised")
        os.sync()  # a job is safe from a broken disk once it reached it, as from a power cut
        break_it()

        assert "is read-only; make it writable again" in _held(client)
        worker = psutil.Process(worker_pid(find_paths()))
        before_s = sum(worker.cpu_times()[:2])
        for _ in range(20):
            assert client.ping() < 5
        with pytest.raises(DiskReadOnlyError, match="read-only"):
            client.submit(SpriteRequest(prompt="another"))
        assert client.job(job.job_id).state == "running"
        assert sum(worker.cpu_times()[:2]) - before_s < 1
    with mounts.again(home, image), worker_process() as connect:
        assert connect().wait(job.job_id, PATIENCE_S).state == "done", "the next worker draws it on the mended disk"


def test_a_worker_that_begins_on_a_read_only_disk_says_so(home: Path) -> None:
    install_plain_model(find_paths())
    find_paths().data.joinpath("worker.lock").touch()
    with mounts.read_only(home), pytest.raises(StoreError, match=r"read-only|Read-only"):
        Client.connect(find_paths(), plain_settings(), face="test")


def test_a_worker_that_begins_on_a_full_disk_says_so_and_another_begins_when_there_is_room(home: Path) -> None:
    with mounts.small_disk(home, "8m"):
        install_plain_model(find_paths())
        with (
            mounts.full(home),
            pytest.raises(DiskFullError, match=r"no room|0 KiB are free"),
            worker_process() as connect,
        ):
            connect()

        with worker_process() as connect:
            client = connect()
            assert client.wait(client.submit(RUBY).job_id, PATIENCE_S).state == "done"


def test_who_follows_all_jobs_hears_on_after_no_worker_could_begin_on_a_full_disk(home: Path) -> None:
    with mounts.small_disk(home, "24m"), worker_process(step_s=0.1) as connect:
        client, follower = connect(), connect()
        job = client.submit(RUBY)
        until(lambda: client.job(job.job_id).parts[0].step >= 1, "it is denoised")
        # With what a killed worker leaves beside its databases the next one could begin, and would wait for room.
        end_worker(find_paths(), signal.SIGTERM)
        assert not list(home.rglob("*.sqlite-*"))
        with mounts.full(home), pytest.raises(DiskFullError):
            for _ in follower.follow_all(timeout_s=PATIENCE_S):
                pass

        told: list[str] = []
        for update in follower.follow_all(timeout_s=PATIENCE_S):
            told.append(update.type)
            if update.type == "finished":
                break

    assert {"accepted", "started", "stage", "step", "finished"} <= set(told)


@pytest.fixture
def full_at_the_end(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """A home on a small disk whose library has a disk of its own: pictures have room, their job's end has none."""
    library = tmp_path_factory.mktemp("roomy") / "library"
    with mounts.small_disk(home, "24m"):
        yield home, library


def test_a_job_whose_very_last_step_finds_no_room_ends_by_itself(full_at_the_end: tuple[Path, Path]) -> None:
    home, library = full_at_the_end
    settings = plain_settings(library_dir=library)
    log = library.parent / "renders"
    with worker_process(settings, step_s=0.2, log=str(log)) as connect:
        client = connect()
        client.wait(client.submit(RUBY).job_id, PATIENCE_S)
        job = client.submit(RUBY)
        until(lambda: client.job(job.job_id).parts[0].step >= 1, "it is denoised")
        with mounts.full(home):
            until(lambda: len(Library(library).search()) == 2, "the picture is kept")
            until(lambda: "no room to write the job store" in (client.health().busy_with or ""), "its end waits")
            assert client.job(job.job_id).state == "running"

        assert client.wait(job.job_id, PATIENCE_S).state == "done"
    assert len(Library(library).search()) == 2
    assert len(log.read_text().splitlines()) == 2, "it was not drawn again"


def test_a_worker_that_was_ended_at_that_step_leaves_the_end_to_the_next_one(
    full_at_the_end: tuple[Path, Path],
) -> None:
    home, library = full_at_the_end
    settings = plain_settings(library_dir=library)
    log = library.parent / "renders"
    with worker_process(settings, step_s=0.2, log=str(log)) as connect:
        client = connect()
        job = client.submit(RUBY)
        until(lambda: client.job(job.job_id).parts[0].step >= 1, "it is denoised")
        with mounts.full(home):
            until(lambda: "no room to write the job store" in (client.health().busy_with or ""), "its end waits")
            end_worker(find_paths())
            with pytest.raises(DiskFullError):
                client.ping()

    with worker_process(settings, log=str(log)) as connect:
        done = connect().wait(job.job_id, PATIENCE_S)
        assert done.state == "done"
        assert [sprite.sprite_id for sprite in done.parts[0].sprites] == [f"{job.job_id}.1"]
    assert len(Library(library).search()) == 1
    assert len(log.read_text().splitlines()) == 1, "it was not drawn again"
