# ruff: noqa: ARG002
"""Whatever several lanes, faces, losses and crashes do in whatever order: no part is in two hands, each ends once, and
in the end everything is drawn."""

from __future__ import annotations

import os
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from helpers.cancelling_faces import CancellingFaces
from helpers.plain_worker import MODEL, install_plain_model
from helpers.workers import plain_settings
from pixels_mcp.engines.base import RenderSpec
from pixels_mcp.errors import EngineError, LaneLostError, PixelsError
from pixels_mcp.events import Failed, Finished, SpriteInfo, Update
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.jobs.records import NewPart, Part
from pixels_mcp.jobs.states import ENDED
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.worker.batch import Drawing, RowBatch
from pixels_mcp.worker.composing import Composer
from pixels_mcp.worker.pace_book import pace_book
from pixels_mcp.worker.parts_in_hand import PartsInHand
from pixels_mcp.worker.planning.shelf import open_shelf
from pixels_mcp.worker.produce import Studio

MODELS = (MODEL, "other")
LANES = st.integers(0, 2)


@dataclass
class Hand:
    """A lane as the composer sees it, moved by the test instead of a thread; it has one model loaded at most."""

    name: str
    lacks: str | None
    is_there: bool = True
    error: PixelsError | None = None
    device_kind: str | None = "cpu"
    loaded_models: tuple[str, ...] = ()
    batch: RowBatch | None = field(default=None, compare=False)

    def refusal(self, spec: RenderSpec) -> str | None:
        return "lacks it" if spec.model_path.name == self.lacks else None

    def rows_that_fit(self, spec: RenderSpec) -> int:
        return 3


class Lanes(CancellingFaces):
    """Three lanes, of which one lacks a model, and the faces that ask and cancel."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="px-", dir="/tmp")
        self.home_before = os.environ.get("PIXELS_HOME")
        os.environ["PIXELS_HOME"] = self.folder.name
        self.paths = find_paths()
        for model in MODELS:
            install_plain_model(self.paths, model)
        library = Library(self.paths.library)
        self.studio = Studio(open_shelf(self.paths, plain_settings(), library), library, pace_book(self.paths))
        self.jobs = []
        self.ended = {}
        self.told = Counter()
        self._begin()

    def teardown(self) -> None:
        if not hasattr(self, "folder"):
            return
        for lane in self.lanes:
            lane.is_there = True
        for _ in range(1_000):  # nothing is starved: whatever waits is drawn
            if not (self.store.queued or self.store.running):
                break
            for lane in self.lanes:
                self._compose(lane)
                self._end_batch(lane)
        self.ends_are_final_and_told_once()
        assert (self.store.queued, self.store.running) == (0, 0)
        self.store.close()
        self.folder.cleanup()
        if self.home_before is None:
            del os.environ["PIXELS_HOME"]
        else:
            os.environ["PIXELS_HOME"] = self.home_before

    @rule(count=st.integers(1, 4), variants=st.integers(1, 4), model=st.sampled_from(MODELS))
    def a_face_asks(self, count: int, variants: int, model: str) -> None:
        parts = [NewPart(SpriteRequest(prompt=f"p {n}", count=variants, model=model, steps=1), n) for n in range(count)]
        kind = "generate" if count == 1 else "batch"
        self.jobs.append(self.store.add(kind, "thing", parts, fingerprint="f", queue_limit=1_000).job_id)

    @precondition(lambda self: self.jobs)
    @rule(first=LANES, lanes=st.integers(1, 3))
    def free_lanes_compose(self, first: int, lanes: int) -> None:
        for lane in (self.lanes[first:] + self.lanes[:first])[:lanes]:
            self._compose(lane)

    @rule(which=LANES, fails=st.booleans())
    def a_lane_ends_its_batch(self, which: int, fails: bool) -> None:
        self._end_batch(self.lanes[which], fails=fails)

    @rule(which=LANES)
    def a_lane_is_lost(self, which: int) -> None:
        lane = self.lanes[which]
        if lane.batch is not None:
            self.in_hand.lose(lane.batch.parts, lane.name, LaneLostError("gone"), len(self.lanes))
        lane.is_there, lane.batch = False, None
        self.in_hand.release(lane.name)

    @rule(which=LANES)
    def a_lane_answers_again(self, which: int) -> None:
        self.lanes[which].is_there = True

    def let_go(self, cancelled: Sequence[Part]) -> None:
        self.in_hand.forget(part.number for part in cancelled)

    @rule(dies=st.booleans())
    def the_worker_ends(self, dies: bool) -> None:
        if not dies:
            self.stopping.set()
            self.in_hand.give_everything_back()
        self.store.close()
        self._begin()
        self.told.update(part.part_id for part in self.store.recover()[1])

    @invariant()
    def ends_are_final_and_told_once(self) -> None:
        if not hasattr(self, "jobs"):
            return
        drawn = Counter(part.part.part_id for lane in self.lanes if lane.batch for part in lane.batch.parts)
        assert all(hands == 1 for hands in drawn.values()), "a part is in two hands"
        for job_id in self.jobs:
            for part in self.store.parts(self.store.job(job_id)):
                assert self.ended.get(part.part_id, part.state) == part.state, "an end was changed"
                if part.state in ENDED:
                    self.ended[part.part_id] = part.state
                    assert self.told[part.part_id] == 1, "an end was told twice, or never"
                if part.state == "done":
                    assert len({sprite.sprite_id for sprite in part.sprites}) == part.request.count

    # --- the lanes' part of it ----------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.store = JobStore(self.paths.jobs_db)
        self.stopping = threading.Event()
        self.in_hand = PartsInHand(self.store, self, lambda _: [], self.stopping)
        composer = Composer(self.store, self.studio, self.in_hand, lambda: None)
        composer.lanes = self.lanes = [Hand("a", None), Hand("b", None), Hand("c", "other")]
        self.composer = composer

    def publish(self, update: Update) -> None:
        if isinstance(update, Finished | Failed):
            self.told[update.part_id] += 1

    def is_followed(self, job_id: str) -> bool:
        return False

    def _compose(self, lane: Hand) -> None:
        if not lane.is_there or lane.batch is not None:
            return
        lane.batch = self.composer.compose(lane)
        if lane.batch is None:
            return
        assert lane.batch.spec.model_path.name != lane.lacks
        assert len(lane.batch.drawings) <= 3
        for part in lane.batch.parts:
            assert self.store.part(part.part.part_id).state == "running"
            assert part.plan.spec == lane.batch.spec, "one lane, one batch, one spec"
        lane.loaded_models = (lane.batch.spec.model_sha256,)

    def _end_batch(self, lane: Hand, *, fails: bool = False) -> None:
        batch, lane.batch = lane.batch, None
        if batch is None:
            return
        if fails:
            self.in_hand.fail(batch.parts[0], EngineError("it broke"))
        for drawing in batch.drawings:
            if self.in_hand.is_wanted(drawing.of):
                self.in_hand.keep(drawing.of, _sprite(drawing))
        self.in_hand.finish_complete(batch.parts)
        self.in_hand.release(lane.name)


def _sprite(drawing: Drawing) -> SpriteInfo:
    return SpriteInfo(
        sprite_id=drawing.row.sprite_id, path=str(Path("/x.png")), sha256="0" * 64, seed=1, width_px=8, height_px=8,
        prompt="x", model="m", facts={},
    )  # fmt: skip


TestLanes = Lanes.TestCase
TestLanes.settings = settings(
    max_examples=30, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
