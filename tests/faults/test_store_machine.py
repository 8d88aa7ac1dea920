"""Whatever faces, drawing engines and crashes do in whatever order: every part ends once, and ends are final."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from helpers.cancelling_faces import ANY, CancellingFaces
from pixels_mcp.errors import NothingToRetryError, NotWaitingError
from pixels_mcp.events import ErrorInfo, SpriteInfo, State
from pixels_mcp.jobs.job_store import STARTS_MAX, JobStore
from pixels_mcp.jobs.records import Direction, NewPart, Part
from pixels_mcp.jobs.retrying import parts_to_retry
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.requests import SpriteRequest

BROKEN = ErrorInfo(code="EngineError", message="it broke")


class Faces(CancellingFaces):
    """A store that faces and two drawing engines use; now and then the worker dies, or stops."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.store = JobStore(Path(self.folder.name) / "jobs.sqlite")
        self.jobs = []
        self.drawing: list[Part] = []
        self.ended = {}
        self.told = Counter()

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(count=st.integers(1, 4), refused=st.booleans())
    def submit(self, count: int, refused: bool) -> None:
        parts = [
            NewPart(SpriteRequest(prompt=f"p {n}"), n, error=BROKEN if refused and n == 0 else None)
            for n in range(count)
        ]
        kind = "generate" if count == 1 else "batch"
        job = self.store.add(kind, "thing", parts, fingerprint="f", queue_limit=1_000)
        self.jobs.append(job.job_id)

    @rule(rows=st.integers(1, 3))
    def an_engine_takes_a_batch(self, rows: int) -> None:
        head = self.store.next_parts(rows)
        started = self.store.start(part.number for part in head)
        assert started == {part.number for part in head}
        self.drawing += [part for part in head if part.number in started]
        if head:
            self.store.serve_later(head[0].job_number)

    @precondition(lambda self: self.drawing)
    @rule(which=ANY, failed=st.booleans())
    def an_engine_ends_a_part(self, which: int, failed: bool) -> None:
        part = self.drawing.pop(which % len(self.drawing))
        if not failed:
            self.store.keep_sprite(part.number, _sprite(part))
        if self.store.end(part.number, "failed" if failed else "done", BROKEN if failed else None):
            self.told[part.part_id] += 1

    @precondition(lambda self: self.drawing)
    @rule()
    def the_worker_stops(self) -> None:
        self.store.give_back(part.number for part in self.drawing)
        self._reopen()

    @rule()
    def the_worker_dies(self) -> None:
        self._reopen()
        _, given_up = self.store.recover()
        assert all(part.starts >= STARTS_MAX for part in given_up)
        self.told.update(part.part_id for part in given_up)

    @precondition(lambda self: self.jobs)
    @rule(which=ANY, direction=st.sampled_from(["first", "up", "down", "last"]))
    def a_face_moves(self, which: int, direction: Direction) -> None:
        try:
            job = self.store.move(self.jobs[which % len(self.jobs)], direction)
        except NotWaitingError:
            assert self.store.job(self.jobs[which % len(self.jobs)]).tally.queued == 0
            return
        order = [one.job_id for one in self.store.waiting_jobs(1_000)]
        assert direction not in ("first", "last") or order[0 if direction == "first" else -1] == job.job_id

    @precondition(lambda self: self.jobs)
    @rule(which=ANY)
    def a_face_tries_again(self, which: int) -> None:
        job = self.store.job(self.jobs[which % len(self.jobs)])
        try:
            lost, _ = parts_to_retry(self.store, job, job.job_id)
        except NothingToRetryError:
            assert not any(part.state in ("failed", "cancelled") for part in self.store.parts(job))
            return
        if lost:
            parts = [NewPart(part.request, part.seed, retry_of=part.number) for part in lost]
            again = self.store.add("batch", "again", parts, fingerprint="r", queue_limit=1_000)
            self.jobs.append(again.job_id)
            assert parts_to_retry(self.store, job, job.job_id)[0] == [], "nothing is tried twice"

    @invariant()
    def ends_are_final_and_told_once(self) -> None:
        numbers: list[int] = []
        counts: Counter[State] = Counter()
        for job_id in getattr(self, "jobs", ()):
            job = self.store.job(job_id)
            parts = self.store.parts(job)
            numbers += [part.number for part in parts]
            states: Counter[State] = Counter(part.state for part in parts)
            counts += states
            assert {state: getattr(job.tally, state) for state in states} == dict(states)
            for part in parts:
                if part.part_id in self.ended:
                    assert self.ended[part.part_id] == part.state, "an end was changed"
                elif part.state in ENDED:
                    self.ended[part.part_id] = part.state
                    assert self.told[part.part_id] == 1 or part.starts == 0, "an end was not told"
                assert part.state != "done" or len(part.sprites) == 1
        if not hasattr(self, "jobs"):
            return
        assert len(numbers) == len(set(numbers))
        assert all(told == 1 for told in self.told.values()), "an end was told twice"
        assert (self.store.queued, self.store.running) == (counts["queued"], counts["running"])
        line = self.store.next_parts(1_000)
        assert [self.store.parts_before(part) for part in line] == list(range(len(line)))

    def _reopen(self) -> None:
        self.store.close()
        self.store = JobStore(Path(self.folder.name) / "jobs.sqlite")
        self.drawing = []


def _sprite(part: Part) -> SpriteInfo:
    return SpriteInfo(
        sprite_id=f"{part.part_id}.1", path="/x.png", sha256="0" * 64, seed=1, width_px=8, height_px=8, prompt="x",
        model="m", facts={},
    )  # fmt: skip


TestStore = Faces.TestCase
TestStore.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
