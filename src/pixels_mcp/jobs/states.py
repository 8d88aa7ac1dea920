"""The states of parts and jobs: they only move forward, except that a crash puts what was running back in the queue."""

from __future__ import annotations

from dataclasses import dataclass

from pixels_mcp.events import State

ENDED: frozenset[State] = frozenset({"done", "failed", "cancelled"})

MOVES: dict[State, frozenset[State]] = {
    "queued": frozenset({"running", "cancelled"}),
    "running": frozenset({"done", "failed", "cancelled", "queued"}),
    "done": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}
"""From where to where a part may go. `running` goes back to `queued` when its worker ends or its lane is lost."""


@dataclass(frozen=True)
class Tally:
    """How many parts of a job are in each state."""

    queued: int
    running: int
    done: int
    failed: int
    cancelled: int

    def job_state(self) -> State:
        """The state of a job whose parts are so: `done` when all ended and one succeeded, `failed` only if none did."""
        if self.queued + self.running == 0:
            if self.done:
                return "done"
            return "failed" if self.failed else "cancelled"
        return "running" if self.running + self.done + self.failed + self.cancelled else "queued"
