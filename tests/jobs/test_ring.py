"""A person moves jobs in the queue, and has tried again what failed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixels_mcp.errors import NothingToRetryError, NotWaitingError, UnknownJobError
from pixels_mcp.events import ErrorInfo
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.jobs.records import Direction, Job, NewPart, Rank
from pixels_mcp.jobs.retrying import parts_to_retry
from pixels_mcp.jobs.ring import moved
from pixels_mcp.jobs.schema import MIGRATIONS
from pixels_mcp.requests import SpriteRequest

BROKEN = ErrorInfo(code="EngineError", message="it broke")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "jobs.sqlite"


@pytest.fixture
def store(file: Path) -> Iterator[JobStore]:
    store = JobStore(file)
    yield store
    store.close()


def add(store: JobStore, *prompts: str, retry_of: int | None = None) -> Job:
    parts = [NewPart(SpriteRequest(prompt=prompt), 1, retry_of=retry_of) for prompt in prompts]
    name, kind = prompts[0], "batch" if len(prompts) > 1 else "generate"
    return store.add(kind, name, parts, fingerprint="f", queue_limit=1_000)


def order(store: JobStore) -> list[str]:
    return [job.label for job in store.waiting_jobs(100)]


def filled(store: JobStore) -> dict[str, str]:
    return {label: add(store, label).job_id for label in ("a", "b", "c", "d")}


@pytest.mark.parametrize(
    ("which", "direction", "expected"),
    [
        ("c", "first", "cabd"),
        ("c", "up", "acbd"),
        ("b", "down", "acbd"),
        ("b", "last", "acdb"),
        ("a", "up", "abcd"),
        ("d", "down", "abcd"),
        ("a", "first", "abcd"),
        ("d", "last", "abcd"),
    ],
)
def test_a_job_goes_where_it_is_moved(store: JobStore, which: str, direction: Direction, expected: str) -> None:
    ids = filled(store)

    store.move(ids[which], direction)

    assert order(store) == list(expected)
    assert [part.job_id for part in store.next_parts(9)] == [ids[label] for label in expected]
    assert [store.parts_before(part) for part in store.next_parts(9)] == [0, 1, 2, 3]


def test_the_first_stays_before_later_jobs_until_it_is_done_and_the_last_behind_them(store: JobStore) -> None:
    ids = filled(store)
    store.move(ids["c"], "first")
    store.move(ids["a"], "last")

    store.serve_later(store.job(ids["c"]).number)
    add(store, "e")

    assert order(store) == ["c", "b", "d", "e", "a"]


def test_who_was_moved_to_the_front_last_is_first(store: JobStore) -> None:
    ids = filled(store)
    for label in ("b", "d"):
        store.move(ids[label], "first")
    assert order(store) == ["d", "b", "a", "c"]

    store.move(ids["a"], "up")
    assert order(store) == ["d", "a", "b", "c"]
    store.move(ids["d"], "down")
    assert order(store) == ["a", "d", "b", "c"]


def test_the_order_survives_the_worker(file: Path) -> None:
    store = JobStore(file)
    ids = filled(store)
    store.move(ids["d"], "first")
    store.move(ids["b"], "down")
    before = order(store), [store.parts_before(part) for part in store.next_parts(9)]
    store.close()

    store = JobStore(file)

    assert (order(store), [store.parts_before(part) for part in store.next_parts(9)]) == before
    assert before[0] == ["d", "a", "c", "b"]
    store.close()


def test_only_what_waits_is_moved(store: JobStore) -> None:
    job = add(store, "a")
    store.start([job.number])

    with pytest.raises(NotWaitingError, match="it is running"):
        store.move(job.job_id, "first")
    with pytest.raises(UnknownJobError):
        store.move("nosuch-0001", "first")


DIRECTIONS = st.sampled_from(["first", "up", "down", "last"])


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.lists(st.tuples(st.integers(0, 5), DIRECTIONS), max_size=12))
def test_however_jobs_are_moved_each_stands_once_where_it_was_sent(
    count: int, moves: list[tuple[int, Direction]]
) -> None:
    ranks = {number: Rank(0, number) for number in range(count)}
    for number, direction in moves:
        number %= count
        before = list(ranks)

        ranks = dict(sorted({**ranks, **moved(ranks, number, direction)}.items(), key=lambda item: item[1]))

        others = [one for one in before if one != number]
        here = before.index(number)
        place = {"first": 0, "last": count - 1, "up": max(0, here - 1), "down": min(count - 1, here + 1)}[direction]
        assert list(ranks) == [*others[:place], number, *others[place:]]
        assert len({rank.turn for rank in ranks.values()}) == count


def test_what_failed_or_was_cancelled_is_tried_again_and_the_rest_is_not(store: JobStore) -> None:
    job = add(store, "a", "b", "c")
    first, second, third = store.parts(job)
    store.start([first.number, second.number])
    store.end(first.number, "failed", BROKEN)
    store.end(second.number, "done")
    store.cancel(third.part_id)

    lost, _ = parts_to_retry(store, job, job.job_id)

    assert [part.part_id for part in lost] == [first.part_id, third.part_id]
    assert [part.part_id for part in parts_to_retry(store, job, third.part_id)[0]] == [third.part_id]
    with pytest.raises(NothingToRetryError, match="it is done"):
        parts_to_retry(store, job, second.part_id)


def test_what_is_tried_already_is_not_tried_twice_but_a_try_that_failed_is(store: JobStore) -> None:
    job = add(store, "a")
    store.cancel(job.job_id)
    again = add(store, "a", retry_of=job.number)

    lost, latest = parts_to_retry(store, store.job(job.job_id), job.job_id)
    assert (lost, latest.job_id) == ([], again.job_id)

    store.start([again.number])
    store.end(again.number, "failed", BROKEN)
    lost, latest = parts_to_retry(store, store.job(job.job_id), job.job_id)
    assert [part.job_id for part in lost] == [again.job_id]
    third = add(store, "a", retry_of=again.number)
    store.start([third.number])
    store.end(third.number, "done")
    lost, latest = parts_to_retry(store, store.job(job.job_id), job.job_id)
    assert (lost, latest.job_id) == ([], third.job_id)


def test_a_store_of_the_first_version_keeps_its_order_and_can_be_moved(file: Path) -> None:
    store = JobStore(file)
    filled(store)
    store.close()
    with sqlite3.connect(file) as database:  # what later versions added is taken away again
        database.execute("DROP INDEX jobs_open")
        for table, column in (("jobs", "run_key"), ("jobs", "error"), ("parts", "ask_key")):
            database.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        database.execute("DROP INDEX jobs_in_ring")
        database.execute("DROP INDEX parts_tried_again")
        database.execute("ALTER TABLE jobs DROP COLUMN tier")
        database.execute("ALTER TABLE parts DROP COLUMN retry_of")
        database.execute("CREATE INDEX jobs_in_ring ON jobs (turn) WHERE queued > 0")
        database.execute("PRAGMA user_version = 1")
    database.close()

    store = JobStore(file)

    assert order(store) == ["a", "b", "c", "d"]
    store.move("d-0004", "first")
    assert order(store) == ["d", "a", "b", "c"]
    database = sqlite3.connect(file)
    assert database.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    database.close()
    assert file.with_name("jobs.version-1.sqlite").is_file()
    store.close()
