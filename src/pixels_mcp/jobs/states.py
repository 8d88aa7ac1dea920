"""The states of parts and jobs: they only move forward, except that a crash puts what was running back in the queue."""

from __future__ import annotations

from dataclasses import dataclass

from pixels_mcp.events import JobInfo, State

ENDED: frozenset[State] = frozenset({"done", "failed", "cancelled"})

MOVES: dict[State, frozenset[State]] = {
    "queued": frozenset({"running", "cancelled"}),
    "running": frozenset({"done", "failed", "cancelled", "queued"}),
    "done": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}
"""From where to where a part may go. `running` goes back to `queued` when its worker ends or its lane is lost."""


def parts_ended(job: JobInfo) -> bool:
    """Whether every part that a job has so far has ended; a workflow's run may still get more."""
    return all(part.state in ENDED for part in job.parts)


@dataclass(frozen=True)
class Tally:
    """How many parts of a job are in each state."""

    queued: int
    running: int
    done: int
    failed: int
    cancelled: int

    def job_state(self, *, is_open: bool = False, has_failed: bool = False) -> State:
        """The state of a job whose parts are so: `done` when all ended and one succeeded, `failed` only if none did.

        Args:
            is_open: More parts may come: it has not ended, whatever its parts are.
            has_failed: What asked for its parts failed: so has it, once none waits or is drawn.
        """
        if self.queued + self.running == 0:
            if is_open or has_failed:
                return "running" if is_open else "failed"
            if self.done:
                return "done"
            return "failed" if self.failed else "cancelled"
        return "running" if self.running + self.done + self.failed + self.cancelled else "queued"
