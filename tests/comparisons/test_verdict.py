"""Votes prove what they prove and no more: intervals, how many votes are missing, and an assistant's both orders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixels_mcp.comparisons.arms import Arm
from pixels_mcp.comparisons.rounds import ArmSprite, Comparison, Round, Vote, Voter
from pixels_mcp.comparisons.verdict import judge, more_votes, wilson


def drawn(name: str) -> ArmSprite:
    return ArmSprite(sprite_id=f"{name}-0001.1", path=f"/{name}.png", width_px=32, height_px=32, model="m")


def comparison(arms: int, rounds: int, votes: list[tuple[Voter, int, tuple[int, ...], int | None]]) -> Comparison:
    """A drawn comparison with votes of (voter, round, arms shown, winner)."""
    return Comparison(
        comparison_id="compare-0001",
        created_s=0.0,
        arms=tuple(Arm(name=f"arm {n}", steps=n + 1) for n in range(arms)),
        shuffle_seed=1,
        shared={},
        rounds=tuple(
            Round(
                number=n,
                prompt="x",
                seed=n,
                places=tuple(range(arms)),
                sprites=tuple(drawn(f"{a}") for a in range(arms)),
            )
            for n in range(1, rounds + 1)
        ),
        votes=tuple(
            Vote(voter=voter, ballot=place, round=number, shown=shown, winner=winner, seconds=1, voted_s=place)
            for place, (voter, number, shown, winner) in enumerate(votes, start=1)
        ),
    )


@pytest.mark.parametrize(
    ("wins", "trials", "percent"), [(7, 10, (40, 89)), (21, 30, (52, 83)), (35, 50, (56, 81)), (0, 0, (0, 100))]
)
def test_the_interval_is_wilsons(wins: int, trials: int, percent: tuple[int, int]) -> None:
    assert tuple(round(100 * end) for end in wilson(wins, trials)) == percent


@given(st.integers(1, 400), st.integers(0, 400), st.sampled_from([1 / 2, 1 / 3, 1 / 4]))
def test_so_many_more_votes_decide_it_and_one_less_does_not(trials: int, wins: int, fair_share: float) -> None:
    wins = min(wins, trials)
    rate = wins / trials

    more = more_votes(rate, trials, fair_share)

    if more is None:
        assert rate <= fair_share
        return
    if more == 0:
        assert wilson(wins, trials)[0] > fair_share
        return
    total = trials + more
    assert wilson(rate * total, total)[0] > fair_share
    assert wilson(rate * (total - 1), total - 1)[0] <= fair_share + 1e-9


def test_seven_of_ten_is_not_decided_and_thirty_five_of_fifty_is() -> None:
    def of(wins: int, rounds: int) -> str:
        votes = [("person", n, (0, 1), 0 if n <= wins else 1) for n in range(1, rounds + 1)]
        return judge(comparison(2, rounds, votes), "person").in_words()  # type: ignore[arg-type]  # words of a test

    assert of(7, 10) == "arm 0 won 70% of 10 (40% to 89%): not decided, about 15 more votes at this rate"
    assert of(35, 50) == "arm 0 won 70% of 50 (56% to 81%): it is better than the others"
    assert of(5, 10) == "no difference shown yet: the leading arms are level"
    assert judge(comparison(2, 1, []), "person").in_words() == "no votes yet"


def test_a_tie_is_shared_and_the_left_place_is_counted() -> None:
    verdict = judge(comparison(4, 3, [("person", 1, (2, 0, 1, 3), None), ("person", 2, (2, 0, 1, 3), 2)]), "person")

    assert [one.rate for one in verdict.arms] == [0.125, 0.125, 0.625, 0.125]
    assert (verdict.left_won, verdict.votes, verdict.open, verdict.fair_share) == (1, 2, 1, 0.25)


def test_an_assistant_that_answers_by_place_proves_nothing() -> None:
    by_place = [("assistant", n, order, order[0]) for n in range(1, 31) for order in ((0, 1), (1, 0))]
    by_picture = [("assistant", n, order, 0) for n in range(1, 31) for order in ((0, 1), (1, 0))]

    swayed = judge(comparison(2, 30, by_place), "assistant")  # type: ignore[arg-type]  # words of a test
    sure = judge(comparison(2, 30, by_picture), "assistant")  # type: ignore[arg-type]  # words of a test

    assert (swayed.contradictions, swayed.leader, swayed.left_won) == (30, None, 60)
    assert [one.rate for one in swayed.arms] == [0.5, 0.5]
    assert (sure.leader, sure.is_decided, sure.arms[0].trials) == (0, True, 30)


def test_an_assistants_votes_and_a_persons_are_counted_apart() -> None:
    votes = [
        ("person", 1, (0, 1), 0),
        ("assistant", 1, (0, 1), 1),
        ("assistant", 1, (1, 0), 1),
        ("assistant", 2, (0, 1), 1),
    ]
    both = comparison(2, 2, votes)  # type: ignore[arg-type]  # words of a test

    assert [(one.wins, one.trials) for one in judge(both, "person").arms] == [(1, 1), (0, 1)]
    assert [(one.wins, one.trials) for one in judge(both, "assistant").arms] == [(0, 1), (1, 1)], "one order is no pair"
