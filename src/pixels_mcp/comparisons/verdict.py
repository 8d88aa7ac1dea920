"""What the votes prove: win rates with their Wilson intervals, and whether that is a difference.

Source: E. B. Wilson, 1927, "Probable inference, the law of succession, and statistical inference".
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from pixels_mcp.comparisons.ballots import count_open
from pixels_mcp.comparisons.rounds import Comparison, Vote, Voter

Z_95 = 1.959964


@dataclass(frozen=True)
class ArmVerdict:
    """How one arm did: `rate` is wins and shared ties over `trials`, `low` to `high` its 95 % interval."""

    arm: int
    name: str
    wins: int
    ties: int
    trials: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class Verdict:
    """What one kind of voter's votes prove.

    Attributes:
        votes: Votes that were cast.
        open: Ballots without a vote.
        void_rounds: Rounds that do not count.
        arms: In the order of the comparison.
        fair_share: What every arm would win if all were alike.
        leader: The arm of the highest rate, None without votes or where several share it.
        is_decided: The leader's interval lies above the fair share.
        more_votes: About how many votes more would decide it at this rate; None where that cannot be told.
        left_won: How often the leftmost picture won; far from the fair share, the place decided and not the picture.
        contradictions: Pairs of which the assistant chose the same place in both orders; they count as ties.
    """

    voter: Voter
    votes: int
    open: int
    void_rounds: int
    arms: tuple[ArmVerdict, ...]
    fair_share: float
    leader: int | None
    is_decided: bool
    more_votes: int | None
    left_won: int
    contradictions: int = 0

    def in_words(self) -> str:
        """The verdict in a sentence."""
        if not self.votes:
            return "no votes yet"
        if self.leader is None:
            return "no difference shown yet: the leading arms are level"
        leader = self.arms[self.leader]
        rate = f"{leader.name} won {leader.rate:.0%} of {leader.trials} ({leader.low:.0%} to {leader.high:.0%})"
        if self.is_decided:
            return f"{rate}: it is better than the others"
        more = f", about {self.more_votes} more votes at this rate" if self.more_votes else ""
        return f"{rate}: not decided{more}"


def judge(comparison: Comparison, voter: Voter) -> Verdict:
    """Count one kind of voter's votes; a person's over rounds of all arms, an assistant's over pairs."""
    votes = [vote for vote in comparison.votes if vote.voter == voter]
    contradictions = 0
    if voter == "person":
        trials = [(vote.shown, vote.winner) for vote in votes]
        fair_share = 1 / len(comparison.arms)
    else:
        trials, contradictions = _pairs(votes)
        fair_share = 1 / 2
    arms = tuple(_arm_verdict(comparison, arm, trials) for arm in range(len(comparison.arms)))
    leader = _leader(arms)
    best = None if leader is None else arms[leader]
    return Verdict(
        voter=voter,
        votes=len(votes),
        open=count_open(comparison, voter),
        void_rounds=sum(one.void is not None for one in comparison.rounds),
        arms=arms,
        fair_share=fair_share,
        leader=leader,
        is_decided=best is not None and best.low > fair_share,
        more_votes=None if best is None else more_votes(best.rate, best.trials, fair_share),
        left_won=sum(vote.winner == vote.shown[0] for vote in votes),
        contradictions=contradictions,
    )


def wilson(wins: float, trials: int) -> tuple[float, float]:
    """The interval that holds the true rate in 95 of 100 such experiments; 0 to 1 without trials.

    Args:
        wins: From 0 to `trials`; shared ties make it broken.
    """
    if trials == 0:
        return 0.0, 1.0
    rate = wins / trials
    spread = Z_95**2 / trials
    middle = (rate + spread / 2) / (1 + spread)
    half = Z_95 / (1 + spread) * math.sqrt(rate * (1 - rate) / trials + spread / (4 * trials))
    return max(0.0, middle - half), min(1.0, middle + half)


def more_votes(rate: float, trials: int, fair_share: float) -> int | None:
    """About how many more votes put the interval above the fair share if the rate stays; None where none would.

    The Wilson interval leaves the fair share out exactly where |rate - share| > z sqrt(share (1 - share) / trials).
    """
    if trials == 0 or rate <= fair_share:
        return None
    needed = math.floor(Z_95**2 * fair_share * (1 - fair_share) / (rate - fair_share) ** 2) + 1
    return max(0, needed - trials)


def _arm_verdict(comparison: Comparison, arm: int, trials: list[tuple[tuple[int, ...], int | None]]) -> ArmVerdict:
    own = [(shown, winner) for shown, winner in trials if arm in shown]
    wins = sum(winner == arm for _, winner in own)
    shared = sum(1 / len(shown) for shown, winner in own if winner is None)
    low, high = wilson(wins + shared, len(own))
    rate = (wins + shared) / len(own) if own else 0.0
    ties = sum(winner is None for _, winner in own)
    return ArmVerdict(arm, comparison.arms[arm].name, wins, ties, len(own), rate, low, high)


def _pairs(votes: list[Vote]) -> tuple[list[tuple[tuple[int, ...], int | None]], int]:
    """Put both orders of each pair together: a winner where both agree, else a tie; pairs asked once do not count."""
    asked: defaultdict[tuple[int, tuple[int, ...]], list[Vote]] = defaultdict(list)
    for vote in votes:
        asked[vote.round, tuple(sorted(vote.shown))].append(vote)
    trials: list[tuple[tuple[int, ...], int | None]] = []
    contradictions = 0
    for (_, pair), said in asked.items():
        if len(said) < 2:
            continue
        first, second = (vote.winner for vote in said)
        contradictions += first is not None and second is not None and first != second
        trials.append((pair, first if first == second else None))
    return trials, contradictions


def _leader(arms: tuple[ArmVerdict, ...]) -> int | None:
    best = max(arms, key=lambda one: one.rate)
    if best.trials == 0 or sum(one.rate == best.rate for one in arms) > 1:
        return None
    return best.arm
