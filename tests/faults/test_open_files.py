"""Few open files: 64 are enough for a worker and some faces, fewer are named, a low limit is raised where it may."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import pytest

from helpers.plain_worker import install_plain_model, plain_worker_command
from helpers.waiting import PATIENCE_S
from helpers.workers import end_worker, plain_settings, worker_pid
from pixels_mcp.client import Client
from pixels_mcp.errors import SettingsError
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest

_LIMITED = (
    "import os, resource, sys\n"
    "resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))\n"
    "os.execv(sys.argv[3], sys.argv[3:])\n"
)


def limited(soft: int, hard: int) -> tuple[str, ...]:
    """The command of a worker that may have so many files open, and may raise that so far."""
    return (sys.executable, "-c", _LIMITED, str(soft), str(hard), *plain_worker_command())


def connect(command: tuple[str, ...]) -> Client:
    """A face that starts such a worker where none runs."""
    return Client.connect(find_paths(), plain_settings(), face="test", worker_command=command)


def test_sixty_four_open_files_are_enough_for_a_worker_and_a_few_faces(home: Path) -> None:
    install_plain_model(find_paths())
    faces = []
    try:
        faces = [connect(limited(64, 64)) for _ in range(4)]
        pid = worker_pid(find_paths())
        jobs = [face.submit(SpriteRequest(prompt="a key", count=4)) for face in faces]

        assert [face.wait(job.job_id, PATIENCE_S).state for face, job in zip(faces, jobs, strict=True)] == ["done"] * 4
        assert worker_pid(find_paths()) == pid
    finally:
        for face in faces:
            face.close()
        end_worker(find_paths())


def test_a_worker_that_may_have_fewer_files_open_says_so_and_does_not_begin(home: Path) -> None:
    install_plain_model(find_paths())

    with pytest.raises(SettingsError, match=r"may have 40 files open, it needs 64; raise the limit: ulimit -n"):
        connect(limited(40, 40))


def test_a_low_limit_is_raised_so_that_many_faces_do_not_end_the_worker(home: Path) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    install_plain_model(find_paths())
    faces: list[Client] = []
    try:
        for _ in range(40):
            faces.append(connect(limited(64, 4096 if hard == resource.RLIM_INFINITY else min(hard, 4096))))
        pid = worker_pid(find_paths())

        assert {face.health().pid for face in faces} == {pid}
        assert faces[0].wait(faces[0].submit(SpriteRequest(prompt="a key")).job_id, PATIENCE_S).state == "done"
    finally:
        for face in faces:
            face.close()
        end_worker(find_paths())
