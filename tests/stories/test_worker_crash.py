"""Whatever dies, no job is lost, every job ends once, and no sprite stands twice."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from pathlib import Path

import psutil

from helpers.waiting import PATIENCE_S, until
from helpers.workers import is_alive, plain_settings, worker_pid, worker_process
from pixels_mcp.events import JobInfo
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import BatchItem, BatchRequest, SpriteRequest


def _loot(count: int, **words: object) -> BatchRequest:
    items = tuple(BatchItem(prompt=f"thing {number}", seed=number) for number in range(count))
    return BatchRequest.model_validate({"items": items, "name": "loot", **words})


def test_a_worker_killed_in_a_batch_is_replaced_and_every_part_ends_once(home: Path) -> None:
    paths = find_paths()
    with worker_process(plain_settings(rows_max=4), step_s=0.03) as connect:
        client = connect()
        job = client.submit_batch(_loot(20, steps=4))
        killed = set[int]()
        for ended in (3, 9):
            until(lambda: _ended(client.job(job.job_id)) >= ended, f"{ended} parts have ended")  # noqa: B023  # called before the loop goes on
            pid = worker_pid(paths)
            os.kill(pid, signal.SIGKILL)
            until(lambda: not is_alive(pid), "it is dead")  # noqa: B023  # called before the loop goes on
            killed.add(pid)

        job = client.wait(job.job_id, PATIENCE_S)

        assert job.state == "done"
        assert worker_pid(paths) not in killed
        sprites = [sprite for part in job.parts for sprite in part.sprites]
        assert [sprite.sprite_id for sprite in sprites] == [f"{part.part_id}.1" for part in job.parts]
        stored = Counter(sprite.sprite_id for sprite in Library(paths.library).search(limit=1_000))
        assert stored == Counter(sprite.sprite_id for sprite in sprites)
        assert all(client.fetch(sprite.sprite_id) for sprite in sprites)
        assert [sprite.seed for sprite in sprites] == list(range(20)), "what was drawn again has its old seed"


def test_a_dead_worker_leaves_no_drawing_process_behind(home: Path) -> None:
    with worker_process(step_s=0.2) as connect:
        client = connect()
        job = client.submit(SpriteRequest(prompt="a ruby potion"))
        until(lambda: client.job(job.job_id).parts[0].step >= 1, "it is denoised")
        pid = worker_pid(find_paths())
        (engine,) = psutil.Process(pid).children()

        os.kill(pid, signal.SIGKILL)

        until(lambda: not is_alive(engine.pid), "the drawing process ends")


def test_a_follower_hears_the_end_across_the_death_of_a_worker(home: Path) -> None:
    with worker_process(step_s=0.1) as connect:
        client = connect()
        job = client.submit(SpriteRequest(prompt="a ruby potion"))
        types = []
        for update in client.follow(job.job_id, timeout_s=PATIENCE_S):
            types.append(update.type)
            if types.count("step") == 2 and "killed" not in types:
                types.append("killed")
                os.kill(worker_pid(find_paths()), signal.SIGKILL)

        assert types[-1] == "finished"
        assert types.count("finished") == 1


def test_a_drawing_process_that_dies_is_replaced_and_the_worker_goes_on(home: Path) -> None:
    deaths = home / "deaths"
    deaths.touch()
    log = home / "renders"
    with worker_process(deaths=str(deaths), log=str(log)) as connect:
        client = connect()
        pid = worker_pid(find_paths())

        job = client.wait(client.submit_batch(_loot(4)).job_id, PATIENCE_S)

        assert job.state == "done"
        assert worker_pid(find_paths()) == pid
    rows = [int(line.split()[0]) for line in log.read_text("utf-8").splitlines()]
    assert rows == [4, 2, 2], "what killed it is tried again in halves"


def test_a_part_that_alone_kills_the_drawing_process_fails_by_name(home: Path) -> None:
    deaths = home / "deaths"
    deaths.touch()
    with worker_process(deaths=str(deaths)) as connect:
        client = connect()
        job = client.wait(client.submit(SpriteRequest(prompt="poison")).job_id, PATIENCE_S)

        error = job.parts[0].error
        assert job.state == "failed"
        assert error is not None
        assert error.code == "EngineGoneError"
        assert "SIGKILL" in error.message
        assert client.wait(client.submit(SpriteRequest(prompt="cure")).job_id, PATIENCE_S).state == "done"


def test_a_job_asked_for_while_the_worker_dies_is_drawn_once(home: Path) -> None:
    """The worker takes the call and dies before it answers; the client asks the next one, with the same key."""
    with worker_process() as connect:
        client = connect()
        pid = worker_pid(find_paths())
        os.kill(pid, signal.SIGSTOP)  # its socket takes what is sent, nobody reads it
        jobs: list[JobInfo] = []
        asking = threading.Thread(target=lambda: jobs.append(client.submit(SpriteRequest(prompt="a ruby potion"))))
        asking.start()
        os.kill(pid, signal.SIGKILL)
        asking.join(PATIENCE_S)

        assert client.wait(jobs[0].job_id, PATIENCE_S).state == "done"
        assert [summary.job_id for summary in client.jobs()] == [jobs[0].job_id]


def _ended(job: JobInfo) -> int:
    return sum(part.state == "done" for part in job.parts)
