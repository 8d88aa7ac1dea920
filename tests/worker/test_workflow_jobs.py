"""A workflow's run is one job: its parts come step by step, and it ends when the run does."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from helpers.plain_engine import PlainEngine
from helpers.waiting import PATIENCE_S, until
from helpers.workers import threaded_worker
from pixels_mcp.client import Client
from pixels_mcp.client.workflow_job import WorkflowJob
from pixels_mcp.errors import UnknownModelError, WorkflowStepError
from pixels_mcp.events import Accepted, Finished, JobInfo
from pixels_mcp.requests import BatchItem, BatchRequest
from pixels_mcp.worker.desk import workflow_jobs


def batch(*prompts: str) -> BatchRequest:
    return BatchRequest(items=tuple(BatchItem(prompt=prompt, seed=1) for prompt in prompts))


def run_of(client: Client, run_key: str = "run") -> WorkflowJob:
    def wait(job: JobInfo) -> JobInfo:
        return client.wait(job.job_id, PATIENCE_S, parts_only=True)

    return WorkflowJob(lambda call: call(client), "forest", run_key, wait)


def test_the_draws_of_all_steps_are_parts_of_one_job_that_ends_with_the_run(home: Path) -> None:
    with threaded_worker(home) as connect:
        client = connect()
        with run_of(client) as run:
            first = run.draw(batch("oak", "pine"), "trees")
            second = run.draw(batch("stone"), "stones")
            assert run.job_id is not None
            between = client.job(run.job_id)
            again = run.draw(batch("oak", "pine"), "trees")
        (listed,) = client.jobs()
        ended = client.job(run.job_id)

    assert [part.prompt for part in first.parts] == ["oak", "pine"]
    assert [part.prompt for part in second.parts] == ["stone"]
    assert again.parts == first.parts, "the same draw of a run is drawn once"
    assert (between.kind, between.state, len(between.parts)) == ("workflow", "running", 3)
    assert (listed.job_id, listed.kind, listed.state, listed.parts_done) == (run.job_id, "workflow", "done", 3)
    assert run.job_id.startswith("forest-")
    assert ended.state == "done"
    assert len({sprite.sprite_id for part in ended.parts for sprite in part.sprites}) == 3


def test_a_run_that_fails_after_its_draws_has_a_failed_job_that_says_why(home: Path) -> None:
    with threaded_worker(home) as connect:
        client = connect()
        run = run_of(client)
        run.draw(batch("oak"), "trees")
        with pytest.raises(WorkflowStepError), run:
            raise WorkflowStepError("oak-0002.1: colors is 9, at most 4", hint="give a looser bound")
        assert run.job_id is not None
        failed = client.job(run.job_id)
        with run_of(client) as next_run:
            next_run.draw(batch("oak"), "trees")

    assert failed.state == "failed"
    assert failed.error is not None
    assert (failed.error.code, failed.error.message) == ("WorkflowStepError", "oak-0002.1: colors is 9, at most 4")
    assert next_run.job_id != run.job_id


def test_a_run_that_broke_goes_on_in_its_job(home: Path) -> None:
    with threaded_worker(home) as connect:
        client = connect()
        broken = run_of(client)
        broken.draw(batch("oak"), "trees")
        with pytest.raises(KeyboardInterrupt), broken:
            raise KeyboardInterrupt
        assert broken.job_id is not None
        left = client.job(broken.job_id)
        with run_of(connect()) as going_on:
            kept = going_on.draw(batch("oak"), "trees")
            going_on.draw(batch("stone"), "stones")
        with run_of(connect(), "another run") as other:
            other.draw(batch("oak"), "trees")

    assert left.state == "running"
    assert "when it is run again" in str(left.next)
    assert going_on.job_id == broken.job_id
    assert kept.parts == left.parts
    assert other.job_id != broken.job_id


def test_cancelling_the_job_between_two_steps_ends_the_run(home: Path) -> None:
    with threaded_worker(home) as connect:
        client = connect()
        run = run_of(client)
        run.draw(batch("oak"), "trees")
        assert run.job_id is not None
        assert client.cancel(run.job_id).state == "cancelled"
        with pytest.raises(WorkflowStepError, match="was cancelled"), run:
            run.draw(batch("stone"), "stones")
        stopped = client.job(run.job_id)

    assert stopped.state == "cancelled"
    assert [part.state for part in stopped.parts] == ["done"], "what stands stays"


def test_cancelling_while_a_step_is_drawn_stops_it(home: Path) -> None:
    with threaded_worker(home, engine=PlainEngine(step_s=0.2)) as connect:
        client = connect()
        run = run_of(client)
        drawn: list[JobInfo] = []
        drawing = threading.Thread(target=lambda: drawn.append(run.draw(batch("oak", "pine"), "trees")))
        drawing.start()
        running = until(lambda: next((one for one in client.jobs() if one.state == "running"), None), "it is drawn")
        client.cancel(running.job_id)
        drawing.join(PATIENCE_S)

        assert [part.state for part in drawn[0].parts] == ["cancelled", "cancelled"]
        assert client.job(running.job_id).state == "cancelled"


def test_what_cannot_be_drawn_is_a_failed_part_and_the_run_fails_by_name(home: Path) -> None:
    with threaded_worker(home) as connect:
        client = connect()
        run = run_of(client)
        drawn = run.draw(BatchRequest(items=(BatchItem(prompt="oak"),), model="gone"), "trees")
        assert drawn.parts[0].error is not None
        with pytest.raises(UnknownModelError), run:
            raise drawn.parts[0].error.as_error()
        assert run.job_id is not None
        job = client.job(run.job_id)

    assert job.state == "failed"
    assert job.error is not None
    assert job.error.code == "UnknownModelError"


def test_a_run_that_was_left_is_ended_with_the_reason(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflow_jobs, "LEFT_AFTER_S", 0.3)
    with threaded_worker(home) as connect:
        client = connect()
        run = run_of(client)
        run.draw(batch("oak"), "trees")
        assert run.job_id is not None
        ended = client.wait(run.job_id, PATIENCE_S)

    assert ended.state == "failed"
    assert ended.error is not None
    assert "asked for nothing" in ended.error.message
    assert "run it again" in ended.error.hint


def test_followers_hear_of_every_part_and_stop_at_the_end_of_the_run(home: Path) -> None:
    with threaded_worker(home) as connect:
        client, listener = connect(), connect()
        run = run_of(client)
        run.draw(batch("oak"), "trees")
        assert run.job_id is not None
        job_id, heard = run.job_id, list[object]()
        following = threading.Thread(target=lambda: heard.extend(listener.follow(job_id, timeout_s=2 * PATIENCE_S)))
        following.start()
        until(lambda: heard or None, "it follows")
        with run:
            run.draw(batch("stone"), "stones")
        following.join(PATIENCE_S)

    ends = [update.part_id for update in heard if isinstance(update, Finished)]
    accepted = [update.parts for update in heard if isinstance(update, Accepted)]
    assert not following.is_alive()
    assert len(ends) == len(set(ends)) == 2
    assert accepted[-1] == 2
