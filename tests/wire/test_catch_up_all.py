"""Following all jobs, thousands of them: what waits is told without a question for each, and no end is missed."""

from __future__ import annotations

from pixels_mcp.events import Accepted, Finished, JobInfo, PartInfo, QueueEntry, QueueInfo, Started, State
from pixels_mcp.wire.catch_up_all import SeenAll


def waiting(number: int, *, running: bool = False) -> QueueEntry:
    """One job of one part."""
    job_id = f"key-{number:04d}"
    part = PartInfo(part_id=job_id, state="running", prompt="a key") if running else None
    return QueueEntry(
        job_id=job_id, kind="generate", prompt="a key", created_s=0.0, place=None if running else number, parts=1,
        parts_queued=int(not running), parts_running=int(running), parts_done=0, parts_failed=0, parts_cancelled=0,
        share_done=0.0, running=part,
    )  # fmt: skip


def queue(*jobs: QueueEntry, left_out: int = 0) -> QueueInfo:
    """What is not ended."""
    return QueueInfo(jobs=jobs, jobs_left_out=left_out, parts_queued=len(jobs) + left_out, parts_running=0)


class Worker:
    """Answers how a job is, and counts the questions."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.states: dict[str, State] = {}

    def __call__(self, job_id: str) -> JobInfo:
        self.asked.append(job_id)
        part = PartInfo(part_id=job_id, state=self.states.get(job_id, "queued"), prompt="a key")
        return JobInfo(job_id=job_id, kind="generate", state=part.state, parts=(part,), created_s=0.0)


def test_a_thousand_jobs_that_wait_are_told_without_a_question() -> None:
    seen, worker = SeenAll(), Worker()
    shown = queue(*(waiting(number) for number in range(1_000)), left_out=19_000)

    told = list(seen.missed(shown, worker))

    assert [update.job_id for update in told] == [entry.job_id for entry in shown.jobs]
    assert all(isinstance(update, Accepted) and update.parts == 1 for update in told)
    assert list(seen.missed(shown, worker)) == []
    assert worker.asked == []


def test_jobs_that_were_heard_of_and_wait_behind_those_that_are_told_are_not_asked_for() -> None:
    seen, worker = SeenAll(), Worker()
    for number in range(2_000):
        seen.is_new(Accepted(job_id=f"key-{number:04d}", part_id=f"key-{number:04d}", parts=1))

    assert list(seen.missed(queue(*(waiting(number) for number in range(1_000)), left_out=1_000), worker)) == []

    assert worker.asked == []


def test_one_that_began_and_is_gone_is_asked_for_and_its_end_told_also_while_thousands_wait() -> None:
    seen, worker = SeenAll(), Worker()
    seen.is_new(Accepted(job_id="key-0000", part_id="key-0000", parts=1))
    seen.is_new(Started(job_id="key-0000", part_id="key-0000"))
    worker.states["key-0000"] = "done"

    told = list(seen.missed(queue(waiting(1), left_out=5_000), worker))

    assert worker.asked == ["key-0000"]
    ends = [update for update in told if isinstance(update, Finished)]
    assert [(end.job_id, end.state) for end in ends] == [("key-0000", "done")]
    assert list(seen.missed(queue(waiting(1), left_out=5_000), worker)) == []


def test_one_whose_beginning_was_not_heard_is_asked_for() -> None:
    seen, worker = SeenAll(), Worker()
    seen.is_new(Accepted(job_id="key-0003", part_id="key-0003", parts=1))
    worker.states["key-0003"] = "running"

    told = list(seen.missed(queue(waiting(3, running=True)), worker))

    assert [type(update) for update in told] == [Started]
    assert seen.is_waiting
