"""The order in which jobs are served: in turn, but those of a lower tier before all others.

A job begins in tier 0, at the end. Each time that rows of it were drawn together it goes to the end of its tier, so
that the jobs of a tier are served in a ring. A person moves a job to the front (a tier before all others) or to the
back (one behind all others, later ones included), or past its neighbor.
"""

from __future__ import annotations

import sqlite3

from pixels_mcp.jobs.records import Direction, Rank


def waiting_ranks(connection: sqlite3.Connection) -> dict[int, Rank]:
    """The numbers of the jobs of which parts wait, in the order in which they are served, and their ranks."""
    rows = connection.execute(
        "SELECT number, tier, turn FROM jobs INDEXED BY jobs_in_ring WHERE queued > 0 ORDER BY tier, turn"
    )
    return {number: Rank(tier, turn) for number, tier, turn in rows}


def moved(ranks: dict[int, Rank], number: int, direction: Direction) -> dict[int, Rank]:
    """The new ranks of the jobs whose rank changes when one of them is moved; none where it stands there already.

    Args:
        ranks: Of all jobs that wait, in the order in which they are served.
        number: The job that is moved, one of them.
    """
    tier, turn = ranks[number]
    tiers = [0, *(rank.tier for other, rank in ranks.items() if other != number)]
    if direction == "first":
        return {} if tier < min(tiers) else {number: Rank(min(tiers) - 1, turn)}
    if direction == "last":
        return {} if tier > max(tiers) else {number: Rank(max(tiers) + 1, turn)}
    order = list(ranks)
    here = order.index(number)
    there = here + (-1 if direction == "up" else 1)
    if not 0 <= there < len(order):
        return {}
    order[here], order[there] = order[there], order[here]
    tier = ranks[order[here]].tier
    group = [other for other in order if other == number or ranks[other].tier == tier]
    turns = sorted(ranks[other].turn for other in group)
    new = {other: Rank(tier, turn) for other, turn in zip(group, turns, strict=True)}
    return {other: rank for other, rank in new.items() if rank != ranks[other]}
