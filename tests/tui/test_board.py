"""The board: what was heard of the worker becomes what the screens show."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from pixels_mcp.errors import NoWorkerError
from pixels_mcp.events import (
    ErrorInfo,
    Failed,
    Finished,
    JobSummary,
    Preview,
    SpriteInfo,
    Stage,
    State,
    Step,
    Update,
)
from pixels_mcp.tui.board import (
    Board,
    BoardFact,
    Heard,
    JobsTold,
    LinkTold,
    ends_by_time,
    sprites_a_minute,
)
from pixels_mcp.tui.board_updates import with_facts
from pixels_mcp.tui.inbox import Inbox
from pixels_mcp.tui.widgets.top_bar import standing_words


def sprite(number: int) -> SpriteInfo:
    """A finished one."""
    return SpriteInfo(
        sprite_id=f"key-{number:04d}.1", path="x", sha256="", seed=1, width_px=32, height_px=32, prompt="a key",
        model="mini", facts={},
    )  # fmt: skip


def job(state: State, number: int = 1) -> JobSummary:
    """One of a list."""
    return JobSummary(
        job_id=f"key-{number:04d}", kind="generate", state=state, prompt="a key", parts=1, parts_done=0,
        parts_failed=0, created_s=0.0,
    )  # fmt: skip


def heard(*updates: Update, every_s: float = 0.0) -> list[BoardFact]:
    """Updates of job 1, one after the other."""
    return [Heard(update, 100.0 + place * every_s) for place, update in enumerate(updates)]


IDS: dict[str, Any] = {"job_id": "key-0001", "part_id": "key-0001"}


def test_a_step_is_told_with_the_time_that_each_took_also_when_some_were_not_heard() -> None:
    updates = (Stage(**IDS, stage="denoising"), Step(**IDS, step=1, steps=12), Step(**IDS, step=5, steps=12, eta_s=2.0))

    board = with_facts(Board(), heard(*updates, every_s=0.2))

    part = board.running_part("key-0001")
    assert part is not None
    assert (part.stage, part.step, part.steps, part.eta_s) == ("denoising", 5, 12, 2.0)
    assert board.step_ms == pytest.approx((200.0, 50.0))


def test_an_end_takes_the_progress_away_and_brings_the_sprites_the_newest_first() -> None:
    facts = heard(
        Step(**IDS, step=1, steps=12),
        Preview(**IDS, variant=1, step=1, png=b"first"),
        Preview(**IDS, variant=2, step=1, png=b"second"),
        Finished(**IDS, state="done", sprites=(sprite(1), sprite(2))),
    )

    before, after = with_facts(Board(), facts[:3]), with_facts(Board(), [*facts, JobsTold((job("done"),))])

    assert before.previews == {"key-0001": b"first"}
    assert after.progress == after.previews == {}
    assert [one.sprite_id for one in after.sprites] == ["key-0002.1", "key-0001.1"]


def test_sprites_a_minute_are_those_of_the_window() -> None:
    done = Finished(**IDS, state="done", sprites=(sprite(1), sprite(2)))
    failed = Failed(**IDS, error=ErrorInfo(code="EngineError", message="no"))
    board = with_facts(Board(), [Heard(done, 10.0), Heard(done, 70.0), Heard(failed, 71.0)])

    assert sprites_a_minute(board, 75.0, 60.0) == 2.0
    assert sprites_a_minute(board, 75.0, 120.0) == 2.0
    assert sprites_a_minute(board, 200.0, 60.0) == 0.0
    assert ends_by_time(board, 75.0, 120.0, 4) == [0.0, 2.0, 0.0, 2.0]


def test_a_board_is_never_changed() -> None:
    empty = Board()

    with_facts(empty, [JobsTold((job("running"),)), *heard(Step(**IDS, step=1, steps=2))])

    assert empty == Board()


def test_the_worker_stands_in_words() -> None:
    refused = with_facts(Board(), [LinkTold("refused", NoWorkerError("none"))])
    lost = with_facts(Board(), [LinkTold("lost", NoWorkerError("gone"))])

    assert standing_words(Board()) == ". worker starting"
    assert standing_words(refused) == "x no worker (8 says why)"
    assert standing_words(lost) == "! worker lost, looking"


def test_the_inbox_wakes_once_keeps_every_end_and_the_newest_step() -> None:
    woken: list[int] = []
    inbox: Inbox[int] = Inbox(lambda: woken.append(1))

    for step in range(500):
        inbox.put("part-1", step)
    inbox.add(-1)
    inbox.add(-2)
    first, second = inbox.take(), inbox.take()

    assert woken == [1]
    assert (first.told, first.newest) == ((-1, -2), (499,))
    assert (second.told, second.newest) == ((), ())
    inbox.put("part-1", 500)
    assert woken == [1, 1]


def test_of_many_threads_no_end_is_lost() -> None:
    inbox: Inbox[int] = Inbox(lambda: None)
    taken: list[int] = []

    def add(first: int) -> None:
        for place in range(200):
            inbox.add(first + place)

    threads = [threading.Thread(target=add, args=(first,)) for first in range(0, 1_000, 200)]

    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        taken += inbox.take().told
    taken += inbox.take().told

    assert sorted(taken) == list(range(1_000))


def test_a_step_that_is_told_after_the_end_of_its_part_does_not_bring_it_back() -> None:
    finished = Finished(**IDS, state="done", sprites=(sprite(1),))

    board = with_facts(Board(), heard(finished, Step(**IDS, step=7, steps=28), Stage(**IDS, stage="storing")))

    assert board.progress == {}
    assert len(board.sprites) == 1
