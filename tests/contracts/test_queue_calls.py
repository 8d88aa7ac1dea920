"""The queue as a face sees it, over every transport: in serving order, moved, tried again, followed as a whole."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.plain_engine import PlainEngine
from helpers.plain_worker import install_plain_model
from helpers.waiting import PATIENCE_S, until
from helpers.workers import TRANSPORTS, Connect, threaded_worker, worker_process
from pixels_mcp.client import Client
from pixels_mcp.errors import ModelFileError, NoAnswerError, NothingToRetryError, NotWaitingError, UnknownModelError
from pixels_mcp.events import Failed, Finished, Preview, Update
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import BatchItem, BatchRequest, SpriteRequest

RUBY = SpriteRequest(prompt="a ruby potion", seed=7)
BATCH = BatchRequest(items=tuple(BatchItem(prompt=f"item {n}", seed=n, steps=2) for n in range(4)), name="loot")


@pytest.fixture(params=TRANSPORTS)
def slow(request: pytest.FixtureRequest, home: Path) -> Iterator[Connect]:
    """A worker whose first sprite takes long, so that what comes after it waits."""
    with threaded_worker(home, request.param, engine=PlainEngine(step_s=0.05), rows_max=1) as connect:
        client = connect()
        client.submit(SpriteRequest(prompt="blocker", steps=150))
        until(lambda: client.health().parts_running, "it runs")
        yield connect


def follow(client: Client) -> list[Update]:
    """Collect what a follower of all jobs hears, in a thread that ends with the connection."""
    heard: list[Update] = []

    def listen() -> None:
        with contextlib.suppress(NoAnswerError):  # the test is over
            heard.extend(client.follow_all())

    threading.Thread(target=listen, daemon=True).start()
    return heard


def ends(heard: list[Update]) -> Counter[str]:
    return Counter(update.part_id for update in heard if isinstance(update, Finished | Failed))


def test_the_queue_tells_what_runs_and_then_what_waits_in_its_order(slow: Connect) -> None:
    client = slow()
    sword, loot = client.submit(SpriteRequest(prompt="a sword")), client.submit_batch(BATCH)
    until(lambda: client.health().parts_running, "the first runs")
    running = until(lambda: entry if (entry := client.queue().jobs[0]).share_done > 0 else None, "it is denoised")

    queue = client.queue()

    assert running is not None
    assert running.running is not None
    assert (running.place, running.running.state, running.running.stage) == (None, "running", "denoising")
    assert 0 < running.share_done < 1
    waiting = queue.jobs[1:]
    assert [(entry.job_id, entry.place) for entry in waiting] == [(sword.job_id, 1), (loot.job_id, 2)]
    assert [(entry.parts, entry.parts_queued, entry.share_done) for entry in waiting] == [(1, 1, 0.0), (4, 4, 0.0)]
    assert (queue.parts_queued, queue.parts_running, queue.jobs_left_out) == (5, 1, 0)
    assert client.queue(limit=1).jobs_left_out == 1


def test_a_moved_job_is_drawn_first_and_says_so(slow: Connect) -> None:
    client = slow()
    loot, late = client.submit_batch(BATCH), client.submit(SpriteRequest(prompt="late", steps=1))
    assert late.queue_position == 4

    assert client.move(late.job_id, "first").queue_position == 0

    assert [entry.job_id for entry in client.queue().jobs[1:]] == [late.job_id, loot.job_id]
    client.cancel(client.queue().jobs[0].job_id)
    client.wait(late.job_id, PATIENCE_S)
    assert all(part.state != "done" for part in client.job(loot.job_id).parts)
    with pytest.raises(NotWaitingError):
        client.move(late.job_id, "up")


def test_a_batch_moved_to_the_front_is_drawn_whole_before_the_others(slow: Connect) -> None:
    client = slow()
    other = client.submit(SpriteRequest(prompt="other", steps=1))
    loot = client.submit_batch(BATCH)
    client.move(loot.job_id, "first")
    client.cancel(client.queue().jobs[0].job_id)

    assert client.wait(loot.job_id, PATIENCE_S).state == "done"

    assert client.job(other.job_id).state != "done"


def test_what_was_cancelled_is_drawn_again_with_its_seed_once(slow: Connect) -> None:
    client = slow()
    loot = client.submit_batch(BATCH)
    client.cancel(loot.parts[1].part_id)
    client.cancel(loot.parts[3].part_id)

    again = client.retry(loot.job_id)

    assert [(part.prompt, part.seed) for part in again.parts] == [("item 1", 1), ("item 3", 3)]
    assert again.job_id.startswith("loot-")
    assert client.retry(loot.job_id).job_id == again.job_id
    assert client.retry(loot.parts[1].part_id).job_id == again.job_id
    with pytest.raises(NothingToRetryError):
        client.retry(loot.parts[0].part_id)
    client.cancel(client.queue().jobs[0].job_id)
    assert client.wait(again.job_id, PATIENCE_S).state == "done"
    assert [part.state for part in client.job(loot.job_id).parts][1::2] == ["cancelled"] * 2, "ends are final"
    assert client.retry(loot.job_id).job_id == again.job_id, "what was drawn is not drawn again"


def test_what_was_refused_is_checked_anew_when_it_is_tried_again(home: Path) -> None:
    with threaded_worker(home) as connect:
        client = connect()
        items = (BatchItem(prompt="good"), BatchItem(prompt="needs another model", model="other", seed=5))
        loot = client.wait(client.submit_batch(BatchRequest(items=items)).job_id, PATIENCE_S)
        assert client.retry(loot.job_id).state == "failed"

        install_plain_model(find_paths(), "other")

        again = until(lambda: job if (job := client.retry(loot.job_id)).state != "failed" else None, "it is accepted")
        assert again is not None
        assert [(part.prompt, part.seed) for part in again.parts] == [("needs another model", 5)]
        assert client.wait(again.job_id, PATIENCE_S).state == "done"


def test_a_model_is_loaded_before_anything_is_asked_for(home: Path) -> None:
    with threaded_worker(home, engine=PlainEngine(load_s=0.4)) as connect:
        client = connect()
        assert not any(model.loaded for model in client.models())

        assert client.warm("plain").loaded

        assert client.health().loaded_models == ("plain",)
        assert client.jobs() == []
        assert client.warm("plain", timeout_s=0).loaded, "what is loaded is not loaded again"


def test_a_model_that_cannot_be_loaded_is_named(home: Path) -> None:
    with threaded_worker(home, engine=PlainEngine(broken=True)) as connect:
        client = connect()

        with pytest.raises(ModelFileError, match="cut short"):
            client.warm("plain")
        with pytest.raises(UnknownModelError, match="nosuch"):
            client.warm("nosuch")


def test_a_follower_of_all_jobs_hears_each_end_once_and_no_preview(slow: Connect) -> None:
    client, other = slow(), slow()
    heard = follow(other)
    jobs = [client.submit(SpriteRequest(prompt=f"thing {n}", steps=2)) for n in range(3)]
    client.cancel(client.queue().jobs[0].job_id)
    loot = client.submit_batch(BATCH)
    for job in (*jobs, loot):
        client.wait(job.job_id, PATIENCE_S)
    parts = {part.part_id for job in (*jobs, loot) for part in job.parts}

    until(lambda: parts <= set(ends(heard)), "all ends are heard")

    assert set(ends(heard).values()) == {1}
    assert {update.type for update in heard} >= {"accepted", "started", "stage", "step", "finished"}
    assert not any(isinstance(update, Preview) for update in heard)
    for part_id in parts:
        steps = [update.step for update in heard if update.part_id == part_id and update.type == "step"]
        assert steps == sorted(set(steps))


def test_previews_go_to_those_who_follow_the_job_only(home: Path) -> None:
    with threaded_worker(home, "zmq", engine=PlainEngine(step_s=0.4)) as connect:
        client, other = connect(), connect()
        heard = follow(other)
        job = client.submit(SpriteRequest(prompt="a", steps=6))

        own = list(client.follow(job.job_id, timeout_s=PATIENCE_S))

        until(lambda: ends(heard), "the end is heard")
    assert any(isinstance(update, Preview) for update in own)
    assert not any(isinstance(update, Preview) for update in heard)


def test_a_follower_of_all_jobs_that_comes_late_is_told_where_they_stand(slow: Connect) -> None:
    client = slow()
    jobs = [client.submit(SpriteRequest(prompt=f"thing {n}")) for n in range(2)]
    until(lambda: client.queue().jobs[0].share_done > 0, "the first is denoised")

    told = list(itertools.islice(client.follow_all(timeout_s=PATIENCE_S), 5))

    assert {update.job_id for update in told if update.type == "accepted"} >= {jobs[0].job_id}
    assert [update.type for update in told][:3] == ["accepted", "started", "stage"]


def test_a_follower_of_all_jobs_misses_no_end_when_the_worker_dies(home: Path) -> None:
    import os
    import signal

    from helpers.workers import worker_pid

    with worker_process(step_s=0.1) as connect:
        client, other = connect(), connect()
        heard = follow(other)
        jobs = [client.submit(SpriteRequest(prompt=f"thing {n}", steps=3)) for n in range(3)]
        until(lambda: ends(heard), "the first end is heard")
        os.kill(worker_pid(find_paths()), signal.SIGKILL)

        for job in jobs:
            assert client.wait(job.job_id, PATIENCE_S).state == "done"

        until(lambda: set(ends(heard)) == {job.job_id for job in jobs}, "all ends are heard")
        assert set(ends(heard).values()) == {1}
        assert any(update.type == "stage" for update in heard if update.job_id == jobs[-1].job_id), "it hears on"
