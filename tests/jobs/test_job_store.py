"""The job store: what was queued ends once, in a fair order, and survives everything."""

# Whether SQLite reads through an index is told by the store's own connection alone.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pixels_mcp.errors import DamagedStoreError, KeyReusedError, NewerStoreError, QueueFullError, UnknownJobError
from pixels_mcp.events import ErrorInfo, SpriteInfo, State
from pixels_mcp.jobs.job_store import STARTS_MAX, JobStore
from pixels_mcp.jobs.records import Job, NewPart
from pixels_mcp.jobs.schema import MIGRATIONS
from pixels_mcp.requests import LoraChoice, SpriteRequest


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "jobs.sqlite"


@pytest.fixture
def store(file: Path) -> Iterator[JobStore]:
    store = JobStore(file)
    yield store
    store.close()


def add(store: JobStore, *prompts: str, key: str | None = None, queue_limit: int = 100) -> Job:
    """Queue a generate job of one prompt, or a batch of several."""
    parts = [NewPart(SpriteRequest(prompt=prompt), seed=1) for prompt in prompts]
    kind = "batch" if len(prompts) > 1 else "generate"
    label = "batch" if kind == "batch" else "".join(prompts)
    return store.add(kind, label, parts, fingerprint="|".join(prompts), idempotency_key=key, queue_limit=queue_limit)


def sprite(sprite_id: str) -> SpriteInfo:
    return SpriteInfo(
        sprite_id=sprite_id, path="/x.png", sha256="0" * 64, seed=1, width_px=32, height_px=32, prompt="x", model="m",
        facts={"colors": 3},
    )  # fmt: skip


def states(store: JobStore, job: Job) -> list[str]:
    return [part.state for part in store.parts(job)]


def test_a_part_is_given_back_as_it_was_asked(store: JobStore) -> None:
    request = SpriteRequest(prompt="a ruby potion", loras=(LoraChoice(name="x", weight=0.5),), count=3, seed=9)
    job = store.add("generate", "ruby", [NewPart(request, 9, "a" * 64, '{"x": 1}')], fingerprint="f", queue_limit=10)

    (part,) = store.parts(job)

    assert part.request == request
    assert part.request.model_fields_set == request.model_fields_set
    assert (part.part_id, part.seed, part.reference_sha256, part.recipe) == (job.job_id, 9, "a" * 64, '{"x": 1}')


def test_numbers_rise_over_jobs_and_parts_and_beyond_the_librarys(file: Path) -> None:
    store = JobStore(file, largest_number=41)
    ids = [add(store, "ruby potion").job_id, add(store, "a", "b").job_id, add(store, "ruby potion").job_id]
    store.close()
    store = JobStore(file)
    ids.append(add(store, "ruby potion").job_id)
    store.close()

    assert ids == ["ruby-potion-0042", "batch-0043", "ruby-potion-0046", "ruby-potion-0047"]


def test_of_two_that_end_a_part_one_wins(store: JobStore) -> None:
    add(store, "x")
    (part,) = store.next_parts(10)
    store.start([part.number])
    wins: list[bool] = []

    def end(state: State) -> None:
        wins.append(store.end(part.number, state))

    states: list[State] = ["done", "failed"] * 4
    threads = [threading.Thread(target=end, args=(state,)) for state in states]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(wins) == 1


def test_a_part_that_waits_cannot_end_without_being_drawn(store: JobStore) -> None:
    job = add(store, "x")
    (part,) = store.parts(job)

    assert store.end(part.number, "done") is False
    assert states(store, job) == ["queued"]


def test_what_was_cancelled_stays_cancelled(store: JobStore) -> None:
    job = add(store, "x")
    (part,) = store.parts(job)
    store.start([part.number])
    store.cancel(job.job_id)

    assert store.end(part.number, "done") is False
    assert store.start([part.number]) == set()
    assert store.give_back([part.number]) == set()
    assert store.cancel(job.job_id) == []
    assert store.job(job.job_id).state == "cancelled"
    assert (store.queued, store.running) == (0, 0)


@pytest.mark.parametrize(
    ("ends", "state"),
    [
        (("done", "done", "done"), "done"),
        (("done", "failed", "failed"), "done"),
        (("failed", "failed", "failed"), "failed"),
        (("failed", "cancelled", "failed"), "failed"),
        (("cancelled", "cancelled", "cancelled"), "cancelled"),
        (("done", "cancelled", "cancelled"), "done"),
    ],
)
def test_a_batch_ends_when_all_ended_and_fails_only_when_none_succeeded(
    store: JobStore, ends: tuple[str, ...], state: str
) -> None:
    job = add(store, "a", "b", "c")
    for part, end in zip(store.parts(job), ends, strict=True):
        assert store.job(job.job_id).state in ("queued", "running")
        if end == "cancelled":
            store.cancel(part.part_id)
        else:
            store.start([part.number])
            store.end(part.number, end, ErrorInfo(code="X", message="x") if end == "failed" else None)  # type: ignore[arg-type]  # words of a test

    assert store.job(job.job_id).state == state


def test_cancelling_a_whole_job_shows_it_cancelled_also_where_some_is_done(store: JobStore) -> None:
    job = add(store, "a", "b", "c")
    first, second, _ = store.parts(job)
    store.start([first.number, second.number])
    store.end(first.number, "done")

    assert [part.part_id for part in store.cancel(job.job_id)] == ["b-0003", "c-0004"]

    assert store.job(job.job_id).state == "cancelled"
    assert states(store, job) == ["done", "cancelled", "cancelled"]


def test_jobs_take_turns(store: JobStore) -> None:
    batch, single = add(store, "a", "b", "c"), add(store, "x")

    assert [part.part_id for part in store.next_parts(2)] == ["a-0002", "b-0003"]
    store.start([store.next_parts(1)[0].number])
    store.serve_later(batch.number)
    assert [part.part_id for part in store.next_parts(9)] == ["x-0005", "b-0003", "c-0004"]
    store.serve_later(single.number)
    late = add(store, "late")
    assert [part.job_id for part in store.next_parts(9)] == [batch.job_id] * 2 + [single.job_id, late.job_id]


def test_a_place_in_the_line_counts_what_is_drawn_before(store: JobStore) -> None:
    batch = add(store, "a", "b", "c")
    single = store.parts(add(store, "x"))[0]
    assert store.parts_before(single) == 3

    store.start([part.number for part in store.next_parts(2)])

    assert (store.parts_before(single), store.queued, store.running) == (1, 2, 2)
    store.serve_later(batch.number)
    assert store.parts_before(store.part("x-0005")) == 0


def test_a_full_queue_takes_all_of_a_job_or_nothing(store: JobStore) -> None:
    add(store, "a", "b", "c", queue_limit=4)

    with pytest.raises(QueueFullError, match="3 parts wait, 2 more were asked for, at most 4"):
        add(store, "d", "e", queue_limit=4)

    assert store.queued == 3
    add(store, "d", queue_limit=4)


def test_a_key_is_for_one_request(store: JobStore) -> None:
    job = add(store, "x", key="k")

    assert store.find_key("k", "x") == job
    assert store.find_key("other", "x") is None
    with pytest.raises(KeyReusedError, match=job.job_id):
        store.find_key("k", "y")


def test_unknown_jobs_are_named(store: JobStore) -> None:
    for look in (store.job, store.part, store.cancel):
        with pytest.raises(UnknownJobError, match="nosuch-0001"):
            look("nosuch-0001")


def test_a_sprite_is_kept_once_also_for_a_part_that_was_cancelled(store: JobStore) -> None:
    job = add(store, "x")
    (part,) = store.parts(job)
    store.start([part.number])
    store.keep_sprite(part.number, sprite("x-0001.1"))
    store.cancel(job.job_id)

    store.keep_sprite(part.number, sprite("x-0001.2"))
    store.keep_sprite(part.number, sprite("x-0001.1"))

    assert sorted(kept.sprite_id for kept in store.parts(job)[0].sprites) == ["x-0001.1", "x-0001.2"]


def test_a_store_opened_again_knows_everything(file: Path) -> None:
    store = JobStore(file)
    done, batch = add(store, "x"), add(store, "a", "b")
    store.start([1, 3])
    store.keep_sprite(1, sprite("x-0001.1"))
    store.end(1, "done")
    before = store.parts(done), store.parts(batch), store.latest(9)
    store.close()

    store = JobStore(file)

    assert (store.parts(done), store.parts(batch), store.latest(9)) == before
    assert (store.queued, store.running) == (1, 1)
    assert [store.parts_before(part) for part in store.parts(add(store, "late"))] == [1]
    store.close()


def test_a_new_worker_queues_again_what_was_running_but_not_what_kills_workers(file: Path) -> None:
    store = JobStore(file)
    killer = add(store, "killer")
    store.close()
    for deaths in range(STARTS_MAX):
        store = JobStore(file)
        again, given_up = store.recover()
        assert (again, given_up) == (min(deaths, 1), [])
        assert store.start([killer.number]) == {killer.number}
        store.close()

    store = JobStore(file)
    again, given_up = store.recover()

    assert (again, [part.part_id for part in given_up]) == (0, [killer.job_id])
    (part,) = store.parts(killer)
    assert part.state == "failed"
    assert part.error is not None
    assert f"{STARTS_MAX} times" in part.error.message
    store.close()


def test_giving_back_is_not_a_death(store: JobStore) -> None:
    job = add(store, "x")
    for _ in range(STARTS_MAX + 2):
        store.start([job.number])
        store.give_back([job.number])

    assert store.parts(job)[0].starts == 0
    assert store.job(job.job_id).state == "queued"


def test_a_process_killed_while_it_writes_leaves_whole_jobs(file: Path) -> None:
    program = f"""
from pathlib import Path
from pixels_mcp.jobs.records import NewPart
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.requests import SpriteRequest
store = JobStore(Path({str(file)!r}))
parts = [NewPart(SpriteRequest(prompt=f"thing {{n}}"), 1) for n in range(50)]
number = 0
while True:
    store.add("batch", "batch", parts, fingerprint="f", idempotency_key=str(number), queue_limit=10**9)
    print(number, flush=True)
    number += 1
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = [int(process.stdout.readline()) for _ in range(20)][-1]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    store = JobStore(file)
    jobs = store.latest(10_000)

    assert len(jobs) >= told + 1
    assert all(len(store.parts(job)) == job.tally.queued == 50 for job in jobs[:5])
    store.close()


def test_a_file_that_is_no_database_is_named_and_left_alone(file: Path) -> None:
    file.write_bytes(b"no database" * 1_000)

    with pytest.raises(DamagedStoreError, match=r"mv .*jobs\.sqlite") as caught:
        JobStore(file)

    assert "safe in the library" in caught.value.hint
    assert file.read_bytes() == b"no database" * 1_000


def test_a_database_with_a_torn_page_is_named(file: Path) -> None:
    store = JobStore(file)
    for number in range(300):
        add(store, f"thing {number}", queue_limit=1_000)
    store.close()
    data = bytearray(file.read_bytes())
    data[8_192:28_672] = os.urandom(20_480)
    file.write_bytes(data)

    with pytest.raises(DamagedStoreError, match="is damaged"):
        JobStore(file)


def test_a_newer_database_is_refused(file: Path) -> None:
    JobStore(file).close()
    with sqlite3.connect(file) as database:
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()

    with pytest.raises(NewerStoreError, match=f"version {len(MIGRATIONS) + 1}"):
        JobStore(file)


def test_no_question_of_the_worker_looks_at_all_jobs(store: JobStore) -> None:
    """Whatever the worker asks again and again is found by an index, so it stays as fast with 10,000 waiting parts."""
    add(store, "a", "b", key="k")
    plans: list[str] = []
    database = store._db.connection

    def explain(statement: str) -> None:
        if statement.lstrip().startswith(("SELECT", "UPDATE")):
            rows = plan_of.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
            plans.extend(str(row[3]) for row in rows)

    plan_of = sqlite3.connect(store._db.file)
    database.set_trace_callback(explain)
    store.next_parts(10)
    store.start([2])
    store.keep_sprite(2, sprite("a-0002.1"))
    store.end(2, "done")
    store.serve_later(1)
    store.parts(store.job("batch-0001"))
    store.job("b-0003")
    store.move("b-0003", "first")
    store.ranks([1])
    store.waiting_jobs(10)
    store.running_jobs()
    store.count_waiting_jobs()
    store.running_parts()
    store.last_try(store.part("b-0003"))
    store.cancel("batch-0001")
    store.find_key("k", "a|b")
    database.set_trace_callback(None)
    plan_of.close()

    assert plans
    small = ("jobs_in_ring", "parts_running", "tries", "CONSTANT ROW")  # what waits or runs, and the tries of one part
    assert [plan for plan in plans if plan.startswith("SCAN") and not any(name in plan for name in small)] == []
