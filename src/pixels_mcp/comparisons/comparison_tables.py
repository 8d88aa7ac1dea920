"""A comparison as tables: a row for each picture that was voted on, a row for each arm, and all of it as JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from pixels_mcp.comparisons.ballots import LETTERS
from pixels_mcp.comparisons.rounds import Comparison
from pixels_mcp.comparisons.verdict import Verdict, judge
from pixels_mcp.told_apart import JsonObject

VOTE_COLUMNS = (
    "comparison_id", "round", "prompt", "seed", "arm", "place", "model", "loras", "steps", "guidance", "sprite_id",
    "won", "tie", "voted_s", "voter",
)  # fmt: skip
ARM_COLUMNS = ("comparison_id", "voter", "arm", "says", "wins", "ties", "trials", "rate", "low", "high", "decided")


def verdicts(comparison: Comparison) -> tuple[Verdict, ...]:
    """The person's verdict, and the assistant's where it voted."""
    voters = ["assistant"] if any(vote.voter == "assistant" for vote in comparison.votes) else []
    return (judge(comparison, "person"), *(judge(comparison, "assistant") for _ in voters))


def votes_csv(comparison: Comparison) -> str:
    """A row for each picture that was voted on."""
    return _table(VOTE_COLUMNS, _vote_rows(comparison))


def arms_csv(comparison: Comparison) -> str:
    """A row for each arm and kind of voter."""
    rows = [
        (
            comparison.comparison_id, verdict.voter, one.name, comparison.arms[one.arm].in_words(), one.wins, one.ties,
            one.trials, f"{one.rate:.4f}", f"{one.low:.4f}", f"{one.high:.4f}",
            int(verdict.is_decided and verdict.leader == one.arm),
        )
        for verdict in verdicts(comparison)
        for one in verdict.arms
    ]  # fmt: skip
    return _table(ARM_COLUMNS, rows)


def as_document(comparison: Comparison) -> JsonObject:
    """All of a comparison with its verdicts, for a program."""
    told = [{**asdict(verdict), "says": verdict.in_words()} for verdict in verdicts(comparison)]
    return {**comparison.model_dump(mode="json"), "verdicts": told}


def _vote_rows(comparison: Comparison) -> Iterable[Sequence[object]]:
    rounds = {one.number: one for one in comparison.rounds}
    for vote in comparison.votes:
        one = rounds[vote.round]
        for place, number in enumerate(vote.shown):
            arm, sprite = comparison.arms[number], one.sprites[number]
            yield (
                comparison.comparison_id, one.number, one.prompt, one.seed, arm.name, LETTERS[place],
                arm.model or (sprite.model if sprite else ""),
                " ".join(f"{lora.name}:{lora.weight:g}" for lora in arm.loras), _said(arm.steps),
                _said(arm.guidance_scale), sprite.sprite_id if sprite else "", int(vote.winner == number),
                int(vote.winner is None), f"{vote.voted_s:.2f}", vote.voter,
            )  # fmt: skip


def _said(value: object) -> object:
    return "" if value is None else value


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
