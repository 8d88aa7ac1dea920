"""The waiting parts in the order in which they are drawn, in memory, so that a place among them is found at once."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping

from pixels_mcp.jobs.records import Rank

Spot = tuple[int, int, int]
"""A waiting part: the tier and turn of its job, and its own number."""


class Line:
    """The waiting parts, those that are drawn first at the front."""

    def __init__(self, spots: Iterable[Spot] = ()) -> None:
        self._spots = sorted(spots)

    def __len__(self) -> int:
        return len(self._spots)

    def before(self, rank: Rank, number: int) -> int:
        """How many parts stand before this one."""
        return bisect.bisect_left(self._spots, (*rank, number))

    def add(self, spots: Iterable[Spot]) -> None:
        """Add parts where they belong; most often that is the end."""
        added = sorted(spots)
        if added and self._spots and added[0] < self._spots[-1]:
            self._spots = sorted([*self._spots, *added])
        else:
            self._spots.extend(added)

    def remove(self, numbers: Iterable[int]) -> None:
        """Take parts away."""
        gone = set(numbers)
        if gone:
            self._spots = [spot for spot in self._spots if spot[2] not in gone]

    def rerank(self, changes: Mapping[Rank, Rank]) -> None:
        """Give all parts of some jobs a new rank, by the old one; no two jobs share one."""
        if changes:
            self._spots = sorted((*changes.get(Rank(tier, turn), (tier, turn)), n) for tier, turn, n in self._spots)
