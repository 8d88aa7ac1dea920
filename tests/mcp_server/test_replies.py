"""Answers stay short, and every one that is not the end says what to do next."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pixels_mcp.events import ErrorInfo, JobInfo, PartInfo, SpriteInfo, State
from pixels_mcp.mcp_server.replies import PARTS_TOLD_MAX, CancelReply, JobReply
from pixels_mcp.set_words import ONE_PICTURE

FACTS: dict[str, object] = {"colors": 12, "on_grid": True, "alpha_levels": 2, "palette": ["#102030"] * 64}


def sprite(number: int) -> SpriteInfo:
    return SpriteInfo(
        sprite_id=f"thing-{number:04d}.1",
        path=f"/home/somebody/.local/share/pixels-mcp/library/sprites/ab/{number:064d}.png",
        sha256=f"{number:064d}",
        seed=number,
        width_px=32,
        height_px=32,
        prompt="a thing",
        model="mini",
        facts=FACTS,
    )


def part(number: int, state: State) -> PartInfo:
    return PartInfo(
        part_id=f"thing-{number:04d}",
        state=state,
        prompt="a thing " * 100,
        sprites=(sprite(number),) if state == "done" else (),
        error=ErrorInfo(code="EngineError", message="no", hint="try again") if state == "failed" else None,
    )


def batch(*states: State) -> JobInfo:
    parts = tuple(part(number, state) for number, state in enumerate(states))
    return JobInfo(job_id="batch-9999", kind="batch", state="running", parts=parts, created_s=0.0)


def single(state: State) -> JobInfo:
    return JobInfo(job_id="thing-0001", kind="generate", state=state, parts=(part(1, state),), created_s=0.0)


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_job_that_goes_on_says_how_to_wait_for_it(state: State) -> None:
    assert 'get_status with job_id "thing-0001"' in (JobReply.of(single(state)).next or "")
    assert 'get_status with job_id "thing-0001"' in (CancelReply.of(single(state)).next or "")


def test_what_the_worker_says_about_a_job_that_is_held_up_is_passed_on() -> None:
    held = single("queued").model_copy(update={"next": "the disk is full; free some"})

    assert (JobReply.of(held).next or "").startswith("the disk is full; free some. It goes on")


def test_a_finished_job_says_how_to_use_it() -> None:
    assert 'deploy_to_bevy with sprite_id "thing-0001.1"' in (JobReply.of(single("done"), seen=True).next or "")
    assert 'view_sprite with sprite_ids ["thing-0001.1"]' in (JobReply.of(single("done"), seen=False).next or "")


def test_a_doubtful_sprite_is_told_first_and_is_not_to_be_deployed() -> None:
    low = {"confidence": "low", "matched_words": [], "unmatched_words": ["farmer"], "nearest_words": ["villager"]}
    sure, doubtful = sprite(1), sprite(2).model_copy(update={"facts": {**low, **FACTS}})
    job = single("done")
    alone = job.model_copy(update={"parts": (job.parts[0].model_copy(update={"sprites": (doubtful,)}),)})
    both = batch("done", "done")
    mixed = both.model_copy(
        update={
            "state": "done",
            "parts": tuple(
                part.model_copy(update={"sprites": (one,)})
                for part, one in zip(both.parts, (doubtful, sure), strict=True)
            ),
        }
    )

    told = JobReply.of(alone, seen=True).model_dump(mode="json", exclude_none=True)
    told_mixed = JobReply.of(mixed, seen=True)

    assert list(told)[:2] == ["confidence", "warning"]
    assert "farmer" in told["warning"]
    assert "villager" in told["warning"]
    assert "deploy" not in told["next"]
    assert "villager" in told["next"]
    assert "import_sprite" in told["next"]
    assert "1 of 2" in (told_mixed.warning or "")
    assert f'deploy_to_bevy with sprite_id "{sure.sprite_id}"' in (told_mixed.next or "")


def test_a_prompt_that_asks_for_a_sheet_is_pointed_to_the_tool_that_makes_them() -> None:
    noted = sprite(1).model_copy(update={"notes": (ONE_PICTURE,)})
    job = single("done")
    asked = job.model_copy(update={"parts": (job.parts[0].model_copy(update={"sprites": (noted,)}),)})

    assert 'animate_sprite with sprite_id "thing-0001.1" makes it move' in (JobReply.of(asked, seen=True).next or "")
    assert "animate_sprite" not in (JobReply.of(job, seen=True).next or "")


def test_every_part_of_a_long_batch_is_reached_by_paging_and_none_is_told_twice() -> None:
    states: list[Any] = ["done"] * 85 + ["failed"] * 2
    job = batch(*states).model_copy(update={"state": "done"})
    told: list[str] = []
    offset = 0
    while True:
        reply = JobReply.of(job, offset=offset)
        told += [one.part_id for one in reply.parts or []]
        assert reply.parts_shown == f"{offset + 1} to {min(offset + 40, 87)} of 87"
        if f"offset {offset + 40}" not in (reply.next or ""):
            break
        offset += 40
    assert sorted(told) == sorted(one.part_id for one in job.parts)
    assert JobReply.of(job, offset=999).parts_shown == "0 of 87"


def test_one_sprite_is_told_with_every_fact() -> None:
    assert JobReply.of(single("done")).sprites[0].facts == FACTS


def test_a_batch_of_a_thousand_is_told_in_a_few_thousand_words_with_every_failure_first() -> None:
    states: list[Any] = ["done"] * 900 + ["failed"] * 5 + ["running"] + ["queued"] * 94
    reply = JobReply.of(batch(*states))

    assert reply.parts_by_state == {"queued": 94, "running": 1, "done": 900, "failed": 5, "cancelled": 0}
    assert reply.parts is not None
    assert len(reply.parts) == PARTS_TOLD_MAX
    assert sum(one.state == "failed" for one in reply.parts) == 5
    assert len(json.dumps(reply.model_dump(mode="json", exclude_none=True))) < 30_000
