"""What a client can rely on, whichever way its calls travel: in process and over ZeroMQ."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.plain_engine import PlainEngine
from helpers.waiting import PATIENCE_S, until
from helpers.workers import TRANSPORTS, Connect, threaded_worker
from pixels_mcp.client import Client
from pixels_mcp.errors import (
    InvalidArgumentError,
    KeyReusedError,
    MessageTooLargeError,
    PixelArtError,
    QueueFullError,
    SizeNotSupportedError,
    UnknownJobError,
    UnknownModelError,
    UnknownSpriteError,
)
from pixels_mcp.events import Accepted, Failed, Finished, Started, Step
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.next_steps import NextStep
from pixels_mcp.operations.edit_request import EditRequest
from pixels_mcp.operations.edits.redraws import redraw_of
from pixels_mcp.png import encode_png
from pixels_mcp.requests import BatchItem, BatchRequest, SpriteRequest
from pixels_mcp.wire import messages

RUBY = SpriteRequest(prompt="a ruby potion", seed=7)


@pytest.fixture(params=TRANSPORTS)
def connect(request: pytest.FixtureRequest, home: Path) -> Iterator[Connect]:
    with threaded_worker(home, request.param) as connect:
        yield connect


@pytest.fixture
def client(connect: Connect) -> Client:
    return connect()


@pytest.fixture(params=TRANSPORTS)
def slow(request: pytest.FixtureRequest, home: Path) -> Iterator[Connect]:
    """A worker whose sprites take about 6 seconds, with room for three waiting parts."""
    with threaded_worker(home, request.param, engine=PlainEngine(step_s=0.5), queue_limit=3, rows_max=1) as connect:
        yield connect


def test_a_request_becomes_a_sprite_that_can_be_fetched(client: Client) -> None:
    job = client.wait(client.submit(RUBY).job_id, PATIENCE_S)

    (part,) = job.parts
    (sprite,) = part.sprites
    assert (job.state, part.part_id, sprite.sprite_id) == ("done", job.job_id, f"{job.job_id}.1")
    assert (sprite.width_px, sprite.height_px, sprite.seed) == (32, 32, 7)
    assert client.fetch(sprite.sprite_id) == Path(sprite.path).read_bytes()
    assert client.sprite(sprite.sprite_id) == sprite
    assert read_recipe(Path(sprite.path)).plan["seed"] == 7


def test_a_batch_names_its_parts_and_ends_when_all_have(client: Client) -> None:
    items = (BatchItem(prompt="a ruby potion"), BatchItem(prompt="an iron sword", count=2, seed=3))
    job = client.submit_batch(BatchRequest(items=items, style="dark", palette="pico-8", name="loot"))

    job = client.wait(job.job_id, PATIENCE_S)

    assert job.job_id == "loot-0001"
    assert [part.part_id for part in job.parts] == ["a-ruby-potion-0002", "an-iron-sword-0003"]
    assert [len(part.sprites) for part in job.parts] == [1, 2]
    assert [part.prompt for part in job.parts] == ["a ruby potion", "an iron sword"]
    assert [sprite.prompt for part in job.parts for sprite in part.sprites][-1] == "an iron sword, dark"
    assert client.job("an-iron-sword-0003").job_id == "loot-0001"


def test_a_batchs_seed_gives_each_item_its_own_and_the_same_when_others_come_and_go(client: Client) -> None:
    def seeds(*items: BatchItem) -> list[int | None]:
        job = client.wait(client.submit_batch(BatchRequest(items=items, seed=5)).job_id, PATIENCE_S)
        assert [sprite.seed for part in job.parts for sprite in part.sprites] == [part.seed for part in job.parts]
        return [part.seed for part in job.parts]

    potion, sword, own = BatchItem(prompt="a potion"), BatchItem(prompt="a sword"), BatchItem(prompt="x", seed=3)
    first = seeds(potion, sword, potion, own)

    assert len({*first}) == 4
    assert first[3] == 3
    assert seeds(own, sword) == [3, first[1]]


def test_following_a_job_tells_its_beginning_its_steps_and_its_end(client: Client) -> None:
    updates = list(client.follow(client.submit(RUBY).job_id, timeout_s=PATIENCE_S))

    assert isinstance(updates[0], Accepted)
    assert isinstance(updates[-1], Finished)
    assert len(updates[-1].sprites) == 1
    assert sum(isinstance(update, Started) for update in updates) == 1
    steps = [update.step for update in updates if isinstance(update, Step)]
    assert steps == sorted(set(steps))


def test_following_an_ended_job_tells_its_end_at_once(client: Client) -> None:
    job = client.wait(client.submit(RUBY).job_id, PATIENCE_S)

    updates = list(client.follow(job.job_id, timeout_s=PATIENCE_S))

    assert [update.type for update in updates] == ["accepted", "started", "finished"]


def test_a_wait_that_is_too_short_gives_the_live_job_with_its_next_step(slow: Connect) -> None:
    client = slow()

    job = client.wait(client.submit(RUBY).job_id, 0.1)

    assert job.state in ("queued", "running")
    assert job.next == f"it is {job.state}"
    assert job.steps == (NextStep("follow_job", job.job_id), NextStep("cancel_job", job.job_id))


def test_cancelling_a_running_job_ends_it_and_what_waits_goes_on(slow: Connect) -> None:
    client = slow()
    first, second = client.submit(RUBY), client.submit(RUBY.model_copy(update={"steps": 1}))
    until(lambda: client.job(first.job_id).parts[0].step >= 1, "the first is denoised")

    assert client.cancel(first.job_id).state == "cancelled"

    assert client.wait(second.job_id, PATIENCE_S).state == "done"
    assert client.job(first.job_id).parts[0].sprites == ()
    assert client.cancel(first.job_id).state == "cancelled"


def test_cancelling_one_part_of_a_batch_leaves_the_others(slow: Connect) -> None:
    client = slow()
    job = client.submit_batch(BatchRequest(items=(BatchItem(prompt="a"), BatchItem(prompt="b")), steps=1))

    client.cancel(job.parts[1].part_id)

    job = client.wait(job.job_id, PATIENCE_S)
    assert [part.state for part in job.parts] == ["done", "cancelled"]
    assert job.state == "done"


def test_somebody_who_waits_hears_of_a_cancellation_at_once(slow: Connect) -> None:
    client, other = slow(), slow()
    job = client.submit(RUBY)
    states: list[str] = []
    waiting = threading.Thread(target=lambda: states.append(client.wait(job.job_id, PATIENCE_S).state))
    waiting.start()

    other.cancel(job.job_id)

    waiting.join(15)  # who hears nothing asks again after 20 s
    assert states == ["cancelled"]


def test_a_full_queue_refuses_more_and_keeps_nothing_of_it(slow: Connect) -> None:
    client = slow()
    for _ in range(3):
        client.submit(RUBY)
    batch = BatchRequest(items=tuple(BatchItem(prompt=f"item {n}") for n in range(3)))

    with pytest.raises(QueueFullError, match=r"3 more .* at most 3"):
        client.submit_batch(batch)

    assert len(client.jobs()) == 3


def test_the_same_key_gives_the_same_job(client: Client) -> None:
    first = client.submit(RUBY, idempotency_key="k")

    assert client.submit(RUBY, idempotency_key="k").job_id == first.job_id
    with pytest.raises(KeyReusedError, match=first.job_id):
        client.submit(SpriteRequest(prompt="another"), idempotency_key="k")
    assert len(client.jobs()) == 1


@pytest.mark.parametrize(
    ("request_", "error", "says"),
    [
        (SpriteRequest(prompt="x", model="nosuch"), UnknownModelError, "plain"),
        (SpriteRequest(prompt="x", width_px=24, height_px=24), SizeNotSupportedError, "32x32"),
        (SpriteRequest(prompt="x", width_px=64, transparent=False), SizeNotSupportedError, "32x32"),
        (SpriteRequest(prompt="x", palette="nosuch"), PixelArtError, "nosuch"),
        (SpriteRequest(prompt="x", palette="#12345,#fff"), PixelArtError, ""),
        (SpriteRequest(prompt="x", reference="no/such.png"), InvalidArgumentError, "absolute"),
        (SpriteRequest(prompt="x", reference="/no/such.png"), PixelArtError, "/no/such.png"),
        (SpriteRequest(prompt="x", reference="ruby-potion-0007.1"), UnknownSpriteError, "ruby-potion-0007.1"),
        (SpriteRequest(prompt="x", reference="none", strength=0.5), InvalidArgumentError, "strength"),
        (SpriteRequest(prompt="x", negative_prompt="y", guidance_scale=1.0), InvalidArgumentError, "negative"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name_and_nothing_is_queued(
    client: Client, request_: SpriteRequest, error: type[Exception], says: str
) -> None:
    with pytest.raises(error) as caught:
        client.submit(request_)

    assert says in str(caught.value)
    assert client.jobs() == []


def test_a_bad_item_of_a_batch_fails_by_name_and_the_others_are_drawn(client: Client) -> None:
    items = (BatchItem(prompt="good"), BatchItem(prompt="bad", width_px=9))

    job = client.wait(client.submit_batch(BatchRequest(items=items)).job_id, PATIENCE_S)

    assert [part.state for part in job.parts] == ["done", "failed"]
    assert job.state == "done"
    error = job.parts[1].error
    assert error is not None
    assert error.code == "SizeNotSupportedError"


def test_unknown_ids_are_named(client: Client) -> None:
    with pytest.raises(UnknownJobError, match="nosuch-0001"):
        client.job("nosuch-0001")
    with pytest.raises(UnknownJobError):
        client.cancel("nosuch-0001")
    with pytest.raises(UnknownJobError):
        list(client.follow("nosuch-0001"))
    with pytest.raises(UnknownSpriteError):
        client.fetch("nosuch-0001.1")


def test_a_failed_job_names_its_error(home: Path) -> None:
    with threaded_worker(home, engine=PlainEngine(broken=True)) as connect:
        client = connect()
        job = client.submit(RUBY)

        updates = list(client.follow(job.job_id, timeout_s=PATIENCE_S))

        assert isinstance(updates[-1], Failed)
        error = client.job(job.job_id).parts[0].error
        assert error is not None
        assert (error.code, error.hint) == ("ModelFileError", "get them again")


def test_a_message_that_is_too_large_is_not_sent(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixels_mcp.wire.codec.MESSAGE_BYTES_MAX", 2_000)

    with pytest.raises(MessageTooLargeError, match="2,000"):
        client.submit(SpriteRequest(prompt="x" * 1_000, negative_prompt="y" * 1_000))
    assert client.ping() < 5


def test_an_answer_that_is_too_large_is_an_error_with_the_next_step(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = client.submit(SpriteRequest(prompt="x" * 1_000, count=16))
    client.wait(job.job_id, PATIENCE_S)
    monkeypatch.setattr("pixels_mcp.wire.codec.MESSAGE_BYTES_MAX", 4_000)

    with pytest.raises(MessageTooLargeError, match="ask for less"):
        client.job(job.job_id)


def test_many_threads_share_one_client(client: Client) -> None:
    prompts: list[str] = []

    def ask(number: int) -> None:
        job = client.submit(SpriteRequest(prompt=f"thing {number}", seed=number))
        prompts.append(client.wait(job.job_id, PATIENCE_S).parts[0].prompt)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)

    assert sorted(prompts) == [f"thing {number}" for number in range(8)]


def test_health_counts_what_waits_and_what_runs(slow: Connect) -> None:
    client = slow()
    for _ in range(3):
        client.submit(RUBY)

    until(lambda: client.health().busy_with, "one runs")
    health = client.health()

    assert (health.parts_queued, health.parts_running, health.queue_limit) == (2, 1, 3)
    assert health.device_name == "plain"
    assert health.busy_with == "a-ruby-potion-0001"
    assert [model.name for model in client.models() if model.default] == ["plain"]


def test_every_call_has_an_answer(slow: Connect, home: Path) -> None:
    """No call of the protocol is left out by the desk."""
    client = slow()
    job = client.wait(client.submit(RUBY.model_copy(update={"steps": 1})).job_id, PATIENCE_S)
    sprite_id = job.parts[0].sprites[0].sprite_id
    recipe = read_recipe(client.fetch(sprite_id)).model_dump()
    edit = EditRequest(sprite_id=sprite_id, operation="vary", prompt="a sapphire")
    redraw = redraw_of(edit, Library(home / "data" / "library"))
    client.submit(RUBY)
    waiting, lost = client.submit(RUBY), client.cancel(client.submit(RUBY).job_id)
    calls = [
        messages.Hello(version="1", face="test", pid=1),
        messages.Ping(),
        messages.Generate(request=RUBY),
        messages.Batch(request=BatchRequest(items=(BatchItem(prompt="x"),))),
        messages.Redraw(request=redraw),
        messages.DrawStep(workflow="forest", run_key="run", ask_key="trees", request=redraw),
        messages.EndRun(job_id="forest", error=None),
        messages.Regenerate(recipe=recipe),
        messages.Status(job_id=job.job_id),
        messages.Wait(job_id=job.job_id, wait_s=1),
        messages.ListJobs(),
        messages.ListQueue(),
        messages.Move(job_id=waiting.job_id, direction="first"),
        messages.Retry(job_id=lost.job_id),
        messages.Warm(model="plain", wait_s=1),
        messages.Cancel(job_id=job.job_id),
        messages.ListModels(),
        messages.Health(),
        messages.LetGo(),
        messages.DescribeSprite(sprite_id=sprite_id),
        messages.Fetch(sprite_id=sprite_id),
        messages.KeepPicture(png=encode_png(np.full((4, 4, 4), 255, np.uint8))),
        messages.CountFrom(number=7),
        messages.Foresee(draws=(messages.DrawsAhead(requests=(RUBY,)),)),
    ]
    types = {call.type for call in calls}

    answers: list[Any] = []
    for call in calls:
        if isinstance(call, messages.EndRun):
            call = call.model_copy(update={"job_id": answers[-1].job.job_id})
        answers.append(client.link.transport.start(call).wait(PATIENCE_S))
        if call.type in ("generate", "batch", "redraw", "end_run", "regenerate"):
            client.cancel(answers[-1].job.job_id)  # the queue is short

    assert all(answer is not None and answer.type != "error" for answer in answers)
    every = messages.Ask.model_json_schema()["properties"]["call"]["discriminator"]["mapping"]
    assert types == set(every) - {"pair"}, "which only another machine asks"
