"""What the state machines over the job store share: jobs that faces asked for, and cancel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from pixels_mcp.events import State
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.jobs.records import Part

ANY = st.integers(0, 1_000)


class CancellingFaces(RuleBasedStateMachine):
    """Faces that cancel jobs, or parts of them, in any order.

    Attributes:
        store: The job store; a machine opens it again when its worker ends.
        jobs: Ids of all jobs.
        ended: How each part that has ended did.
        told: How often the end of each part was told.
    """

    store: JobStore
    jobs: list[str]
    ended: dict[str, State]
    told: Counter[str]

    @precondition(lambda self: self.jobs)
    @rule(which=ANY, one_part=st.booleans())
    def a_face_cancels(self, which: int, one_part: bool) -> None:
        job = self.store.job(self.jobs[which % len(self.jobs)])
        parts = self.store.parts(job)
        cancelled = self.store.cancel(parts[which % len(parts)].part_id if one_part else job.job_id)
        self.let_go(cancelled)
        self.told.update(part.part_id for part in cancelled)

    def let_go(self, cancelled: Sequence[Part]) -> None:
        """Whoever draws them is told."""
