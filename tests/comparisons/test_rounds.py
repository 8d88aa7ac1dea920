"""Rounds are fair and repeatable, ballots blind, votes kept at once and taken back."""

from __future__ import annotations

import csv
import io
import threading
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from pixels_mcp.comparisons.arms import read_arm
from pixels_mcp.comparisons.ballots import next_ballot, with_vote, without_last_vote
from pixels_mcp.comparisons.comparison_report import html_report
from pixels_mcp.comparisons.comparison_store import ComparisonStore
from pixels_mcp.comparisons.comparison_tables import VOTE_COLUMNS, arms_csv, as_document, votes_csv
from pixels_mcp.comparisons.rounds import Comparison, batch_request, make_comparison, with_sprites
from pixels_mcp.errors import DamagedStoreError, InvalidArgumentError, UnknownComparisonError
from pixels_mcp.events import ErrorInfo, JobInfo, PartInfo, ReferenceInfo, SpriteInfo
from pixels_mcp.png import encode_png


def planned(*arms: str, prompts: int = 3, seeds: int = 2, shuffle_seed: int = 5, **shared: str | int) -> Comparison:
    return make_comparison(
        "compare-0001",
        [read_arm(arm) for arm in arms or ("steps=8", "steps=20", "steps=30")],
        [f"thing {n}" for n in range(prompts)],
        seeds=seeds,
        first_seed=100,
        shuffle_seed=shuffle_seed,
        shared=shared,
        created_s=0.0,
    )


def drawn(comparison: Comparison, folder: Path, *, failed: int = -1, other_reference: int = -1) -> Comparison:
    """As the batch job would tell, with a small picture for each part."""
    parts: list[PartInfo] = []
    for place, item in enumerate(batch_request(comparison).items):
        file = folder / f"{place}.png"
        file.write_bytes(encode_png(np.full((8, 8, 4), 7 * place % 256, np.uint8)))
        kind = "b" if place == other_reference else "a"
        sprite = SpriteInfo(
            sprite_id=f"thing-{place:04d}.1", path=str(file), sha256="0" * 64, seed=item.seed or 0, width_px=8,
            height_px=8, prompt=item.prompt, model="m", facts={},
            reference=ReferenceInfo(kind="exemplar", name=kind, sha256=kind * 64, strength=0.5),
        )  # fmt: skip
        error = ErrorInfo(code="EngineError", message="it broke") if place == failed else None
        parts.append(
            PartInfo(
                part_id=f"thing-{place:04d}", state="failed" if error else "done", prompt=item.prompt,
                sprites=() if error else (sprite,), error=error,
            )
        )  # fmt: skip
    job = JobInfo(job_id="compare-0001", kind="batch", state="done", parts=tuple(parts), created_s=0.0)
    return with_sprites(comparison, job)


def test_arms_of_a_round_share_all_but_their_own_words() -> None:
    request = batch_request(planned("mini steps=8 lora=px:0.5", "mini palette=pico-8", width_px=16))

    items = request.expand()
    for first, second in zip(items[::2], items[1::2], strict=True):
        assert (first.prompt, first.seed, first.width_px, first.reference) == (
            second.prompt, second.seed, second.width_px, "auto",
        )  # fmt: skip
    assert (items[0].model, items[0].steps, items[0].loras[0].weight) == ("mini", 8, 0.5)
    assert items[1].palette == "pico-8"
    assert len({(item.prompt, item.seed) for item in items}) == 6


def test_arms_of_several_models_draw_from_scratch_unless_a_reference_is_given() -> None:
    assert planned("mini", "sdxl").shared["reference"] == "none"
    assert planned("mini", "sdxl", reference="key-0001.1").shared["reference"] == "key-0001.1"


def test_order_and_places_come_from_the_shuffle_seed_and_are_even() -> None:
    assert planned().rounds == planned().rounds
    assert planned(shuffle_seed=6).rounds != planned().rounds
    many = planned(prompts=100, seeds=3, shuffle_seed=1)
    left = Counter(one.places[0] for one in many.rounds)
    assert all(70 <= left[arm] <= 130 for arm in range(3))
    assert [one.prompt for one in many.rounds] != sorted(one.prompt for one in many.rounds)


@pytest.mark.parametrize(
    ("arms", "says"),
    [
        (("steps=8",), "2 to 4"),
        (("steps=8", "steps=8"), "draw alike"),
        (("steps=8 name=a", "steps=9 name=a"), "two arms are called 'a'"),
        (("steps=8", "step=9"), "'step=9' is no word of an arm"),
        (("steps=8", "steps=0"), "steps"),
        (("steps=8", "steps=8 steps=9"), "steps stands twice"),
        (("steps=8", "lora=x:y"), "weight"),
        (("steps=8", "'"), "quotation"),
        (("steps=8", ""), "empty"),
        (("1", "2", "3", "4", "5"), "5 arms"),
    ],
)
def test_arms_that_cannot_be_compared_are_named(arms: tuple[str, ...], says: str) -> None:
    with pytest.raises(InvalidArgumentError, match=says):
        planned(*arms)


def test_too_much_for_one_job_is_refused_with_the_numbers() -> None:
    with pytest.raises(InvalidArgumentError, match=r"100 prompts x 4 seeds x 3 arms are 1200 sprites, at most 1000"):
        planned(prompts=100, seeds=4)


def test_a_round_that_is_not_whole_or_not_fair_is_void_and_has_no_ballot(tmp_path: Path) -> None:
    comparison = drawn(planned(), tmp_path, failed=4, other_reference=6)

    assert [one.void for one in comparison.rounds[:4]] == [
        None, "steps=20: it broke", "the arms were redrawn from different references", None,
    ]  # fmt: skip
    ballots = [next_ballot(comparison, "person", after=n) for n in (0, 1)]
    assert [(ballot.number, ballot.ballots) for ballot in ballots if ballot] == [(1, 4), (4, 4)]
    with pytest.raises(InvalidArgumentError, match="no ballot 2"):
        with_vote(comparison, "person", 2, "a", seconds=1, voted_s=0)


def test_a_ballot_is_blind_and_its_vote_goes_to_the_arm_that_stood_there(tmp_path: Path) -> None:
    comparison = drawn(planned(), tmp_path)
    ballot = next_ballot(comparison, "person")
    assert ballot is not None
    assert ballot.choices == ("a", "b", "c", "tie")
    assert not any(arm.name in repr(ballot) for arm in comparison.arms)

    voted = with_vote(comparison, "person", 1, "b", seconds=1, voted_s=0)

    (vote,) = voted.votes
    assert vote.winner == comparison.rounds[0].places[1]
    assert comparison.rounds[0].sprites[vote.winner or 0] == ballot.sprites[1]
    with pytest.raises(InvalidArgumentError, match="has a vote"):
        with_vote(voted, "person", 1, "a", seconds=1, voted_s=0)
    with pytest.raises(InvalidArgumentError, match="'d' cannot be voted"):
        with_vote(voted, "person", 2, "d", seconds=1, voted_s=0)
    assert without_last_vote(voted, "person") == comparison
    with pytest.raises(InvalidArgumentError, match="no vote"):
        without_last_vote(comparison, "person")


def test_an_assistant_is_asked_for_every_pair_in_both_orders_far_apart(tmp_path: Path) -> None:
    comparison = drawn(planned(prompts=1, seeds=2), tmp_path)
    asked: list[tuple[int, tuple[int, ...]]] = []
    while (ballot := next_ballot(comparison, "assistant")) is not None:
        comparison = with_vote(comparison, "assistant", ballot.number, "a", seconds=1, voted_s=0)
        asked.append((comparison.votes[-1].round, comparison.votes[-1].shown))

    assert len(asked) == len(set(asked)) == 2 * 3 * 2
    assert all(asked[place + 6] == (number, pair[::-1]) for place, (number, pair) in enumerate(asked[:6]))


def test_votes_of_two_faces_at_once_are_all_kept(tmp_path: Path) -> None:
    store = ComparisonStore(tmp_path / "comparisons")
    comparison = store.create(lambda _: drawn(planned(prompts=4), tmp_path))

    def vote(number: int) -> None:
        store.change(
            comparison.comparison_id, lambda one: with_vote(one, "person", number, "a", seconds=1, voted_s=number)
        )

    threads = [threading.Thread(target=vote, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(vote.ballot for vote in store.get("compare-0001").votes) == list(range(1, 9))
    assert (
        store.create(lambda name: planned().model_copy(update={"comparison_id": name})).comparison_id == "compare-0002"
    )
    assert [one.comparison_id for one in store.latest()] == ["compare-0002", "compare-0001"]
    store.drop("compare-0002")
    with pytest.raises(UnknownComparisonError, match="compare-0002"):
        store.get("compare-0002")
    (tmp_path / "comparisons" / "compare-0003.json").write_text("{")
    with pytest.raises(DamagedStoreError, match=r"compare-0003\.json"):
        store.get("compare-0003")
    assert len(store.latest()) == 1


def test_the_tables_hold_every_picture_that_was_voted_on(tmp_path: Path) -> None:
    comparison = with_vote(drawn(planned(), tmp_path), "person", 1, "b", seconds=1, voted_s=9)

    rows = list(csv.DictReader(io.StringIO(votes_csv(comparison))))
    arms = list(csv.DictReader(io.StringIO(arms_csv(comparison))))

    assert tuple(rows[0]) == VOTE_COLUMNS
    assert [(row["place"], row["won"], row["tie"]) for row in rows] == [
        ("a", "0", "0"),
        ("b", "1", "0"),
        ("c", "0", "0"),
    ]
    assert {row["arm"] for row in rows} == {"steps=8", "steps=20", "steps=30"}
    assert sum(int(row["wins"]) for row in arms) == 1
    assert as_document(comparison)["verdicts"][0]["votes"] == 1


def test_the_report_is_one_file_with_every_picture_and_nothing_of_a_prompt_runs(tmp_path: Path) -> None:
    comparison = planned("steps=8 name='<b>'", "steps=9", prompts=1, seeds=2)
    rounds = tuple(one.model_copy(update={"prompt": "<script>alert(1)</script>"}) for one in comparison.rounds)
    comparison = with_vote(
        drawn(comparison.model_copy(update={"rounds": rounds}), tmp_path), "person", 1, "a", seconds=1, voted_s=0
    )
    (tmp_path / "3.png").unlink()

    report = html_report(comparison)

    assert report.count("data:image/png;base64,") == 3
    assert "its file is gone" in report
    assert "<script" not in report
    assert "<b>:" not in report
    assert "http" not in report
    assert report.count('class="won"') == 1
