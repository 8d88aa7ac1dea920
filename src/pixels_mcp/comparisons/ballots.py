"""Votes: what is shown blind, what may be said to it, and how a vote is taken back.

A person sees all arms of a round at once. An assistant is asked for each pair of a round in both orders, because
language models favor a place; the two askings of a pair lie far apart.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from pixels_mcp.comparisons.rounds import ArmSprite, Comparison, Round, Vote, Voter
from pixels_mcp.errors import InvalidArgumentError

LETTERS = "abcd"


@dataclass(frozen=True)
class Ballot:
    """What one vote is about. It names no arm.

    Attributes:
        number: Counts from 1; what a vote refers to.
        ballots: How many there are in all, without those of void rounds.
        sprites: From left to right, `a` first.
    """

    voter: Voter
    number: int
    ballots: int
    round: int
    prompt: str
    seed: int
    sprites: tuple[ArmSprite, ...]

    @property
    def choices(self) -> tuple[str, ...]:
        """What may be voted."""
        return (*LETTERS[: len(self.sprites)], "tie")


def next_ballot(comparison: Comparison, voter: Voter, *, after: int = 0) -> Ballot | None:
    """The first open ballot behind one that was skipped, else the first of all; None when all have a vote."""
    open_ballots = _open(comparison, voter)
    later = [ballot for ballot in open_ballots if ballot.number > after]
    return next(iter(later or open_ballots), None)


def count_open(comparison: Comparison, voter: Voter) -> int:
    """How many ballots have no vote."""
    return len(_open(comparison, voter))


def with_vote(
    comparison: Comparison, voter: Voter, number: int, choice: str, *, seconds: float, voted_s: float
) -> Comparison:
    """Add a vote.

    Args:
        number: Of the ballot.
        choice: `a` to `d` from left to right, or `tie`.
        seconds: How long it took.

    Raises:
        InvalidArgumentError: There is no such open ballot, or no such choice.
    """
    ballots = {ballot.number: (ballot, shown) for ballot, shown in _ballots(comparison, voter)}
    if number not in ballots:
        raise InvalidArgumentError(
            f"there is no ballot {number}", hint=f"there are {len(ballots)}; void rounds have none"
        )
    ballot, shown = ballots[number]
    if any((vote.voter, vote.ballot) == (voter, number) for vote in comparison.votes):
        raise InvalidArgumentError(f"ballot {number} has a vote", hint="take it back first")
    if choice not in ballot.choices:
        raise InvalidArgumentError(f"{choice!r} cannot be voted", hint=f"vote {', '.join(ballot.choices)}")
    vote = Vote(
        voter=voter,
        ballot=number,
        round=ballot.round,
        shown=shown,
        winner=None if choice == "tie" else shown[LETTERS.index(choice)],
        seconds=round(seconds, 2),
        voted_s=voted_s,
    )
    return comparison.model_copy(update={"votes": (*comparison.votes, vote)})


def without_last_vote(comparison: Comparison, voter: Voter) -> Comparison:
    """Take the voter's last vote back.

    Raises:
        InvalidArgumentError: There is none.
    """
    last = max((place for place, vote in enumerate(comparison.votes) if vote.voter == voter), default=None)
    if last is None:
        raise InvalidArgumentError(f"the {voter} has no vote to take back", hint="vote first")
    return comparison.model_copy(update={"votes": comparison.votes[:last] + comparison.votes[last + 1 :]})


def _open(comparison: Comparison, voter: Voter) -> list[Ballot]:
    voted = {vote.ballot for vote in comparison.votes if vote.voter == voter}
    return [ballot for ballot, _ in _ballots(comparison, voter) if ballot.number not in voted]


def _ballots(comparison: Comparison, voter: Voter) -> list[tuple[Ballot, tuple[int, ...]]]:
    """All ballots and the arms that they show; numbers do not change when a round turns out to be void."""
    shown: list[tuple[Round, tuple[int, ...]]] = []
    if voter == "person":
        shown = [(one, one.places) for one in comparison.rounds]
    else:
        pairs = [(one, pair) for one in comparison.rounds for pair in itertools.combinations(one.places, 2)]
        shown = [*pairs, *((one, pair[::-1]) for one, pair in pairs)]
    numbered = [
        (number, one, arms) for number, (one, arms) in enumerate(shown, start=1) if one.sprites and not one.void
    ]
    return [
        (
            Ballot(
                voter=voter,
                number=number,
                ballots=len(numbered),
                round=one.number,
                prompt=one.prompt,
                seed=one.seed,
                sprites=tuple(sprite for arm in arms if (sprite := one.sprites[arm]) is not None),
            ),
            arms,
        )
        for number, one, arms in numbered
    ]
