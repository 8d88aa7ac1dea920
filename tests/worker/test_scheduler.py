"""What is drawn together, in which order, and how each part still has a life of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from helpers.plain_engine import PlainEngine
from helpers.waiting import PATIENCE_S, until
from helpers.workers import threaded_worker
from pixels_mcp.client import Client
from pixels_mcp.engines.base import RenderSpec, RenderWatch, Rgba, Row
from pixels_mcp.events import JobInfo, Preview, Step
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.requests import BatchItem, BatchRequest, SpriteRequest


def _things(count: int, **words: object) -> BatchRequest:
    items = tuple(BatchItem(prompt=f"thing {number}", seed=100 + number) for number in range(count))
    return BatchRequest.model_validate({"items": items, **words})


def _renders(log: Path) -> list[list[int]]:
    """The seeds of every render, in order."""
    lines = log.read_text("utf-8").splitlines() if log.exists() else []
    return [[int(seed) for seed in line.split()[1].split(",")] for line in lines]


def _submit_while_busy(client: Client, *jobs: SpriteRequest | BatchRequest) -> list[JobInfo]:
    """Queue jobs while another is drawn, so that all of them wait together; then let them begin."""
    blocker = client.submit(SpriteRequest(prompt="blocker", seed=1, steps=150))
    until(lambda: client.job(blocker.job_id).parts[0].step >= 1, "the worker is busy")
    accepted = [client.submit_batch(job) if isinstance(job, BatchRequest) else client.submit(job) for job in jobs]
    client.cancel(blocker.job_id)
    return [client.wait(job.job_id, PATIENCE_S) for job in accepted]


def test_variants_and_parts_that_are_alike_are_drawn_together(home: Path) -> None:
    log = home / "renders"
    with threaded_worker(home, engine=PlainEngine(step_s=0.02, log=str(log))) as connect:
        jobs = _submit_while_busy(
            connect(),
            SpriteRequest(prompt="a", count=3, seed=10, steps=2),
            _things(4, steps=2),
            SpriteRequest(prompt="b", seed=50, steps=3),
        )

    assert [job.state for job in jobs] == ["done"] * 3
    assert _renders(log)[1:] == [[10, 11, 12, 100, 101, 102, 103], [50]]


def test_one_sprite_asked_for_behind_a_long_batch_waits_for_one_render(home: Path) -> None:
    log = home / "renders"
    with threaded_worker(home, engine=PlainEngine(step_s=0.02, log=str(log)), rows_max=4) as connect:
        # Other steps than the batch's, so it cannot simply ride along in the batch's rows.
        _submit_while_busy(connect(), _things(20, steps=2), SpriteRequest(prompt="late", seed=7, steps=3))

    assert _renders(log)[1:3] == [[100, 101, 102, 103], [7]]


def test_two_long_batches_take_turns(home: Path) -> None:
    log = home / "renders"
    with threaded_worker(home, engine=PlainEngine(step_s=0.02, log=str(log)), rows_max=4) as connect:
        _submit_while_busy(connect(), _things(8, steps=2), _things(8, steps=3))

    assert [seeds[0] for seeds in _renders(log)[1:]] == [100, 100, 104, 104]


def test_rows_are_halved_until_they_fit_and_that_is_remembered(home: Path) -> None:
    log = home / "renders"
    with threaded_worker(home, engine=PlainEngine(rows_max=5, log=str(log))) as connect:
        client = connect()
        first = client.wait(client.submit(SpriteRequest(prompt="a", count=16, seed=1)).job_id, PATIENCE_S)
        client.wait(client.submit(SpriteRequest(prompt="b", count=8, seed=1)).job_id, PATIENCE_S)

    assert [len(seeds) for seeds in _renders(log)] == [16, 8, 4, 4, 4, 4, 4, 4]
    assert [sprite.seed for sprite in first.parts[0].sprites] == list(range(1, 17))
    plans = [read_recipe(Path(sprite.path)).plan for sprite in first.parts[0].sprites]
    assert all(plan["batch_rows"] == 4 for plan in plans), "the recipe has the size that it was drawn in"
    assert [plan["batch_row"] for plan in plans] == [0, 1, 2, 3] * 4


def test_one_row_that_does_not_fit_fails_by_name(home: Path) -> None:
    with threaded_worker(home, engine=PlainEngine(rows_max=0)) as connect:
        client = connect()
        job = client.wait(client.submit(SpriteRequest(prompt="a", count=2)).job_id, PATIENCE_S)

    error = job.parts[0].error
    assert error is not None
    assert error.code == "OutOfDeviceMemory"


def test_a_model_that_the_engine_lacks_fails_by_name_and_is_not_tried(home: Path) -> None:
    log = home / "renders"
    with threaded_worker(home, engine=PlainEngine(lacks=("plain",), log=str(log))) as connect:
        client = connect()
        job = client.wait(client.submit(SpriteRequest(prompt="a", count=2)).job_id, PATIENCE_S)

    error = job.parts[0].error
    assert error is not None
    assert error.code == "NoLaneError"
    assert "it has no plain" in error.message
    assert not log.exists()


def test_a_part_cancelled_in_a_batch_is_thrown_away_and_the_others_keep_their_places(home: Path) -> None:
    log = home / "renders"
    with threaded_worker(home, engine=PlainEngine(step_s=0.1, log=str(log))) as connect:
        client = connect()
        job = client.submit_batch(_things(3, steps=8))
        until(lambda: client.job(job.job_id).parts[1].step >= 1, "it is denoised")

        client.cancel(job.parts[1].part_id)

        job = client.wait(job.job_id, PATIENCE_S)
    assert [part.state for part in job.parts] == ["done", "cancelled", "done"]
    assert [len(part.sprites) for part in job.parts] == [1, 0, 1]
    plans = [read_recipe(Path(part.sprites[0].path)).plan for part in job.parts if part.sprites]
    assert [(plan["batch_row"], plan["batch_rows"]) for plan in plans] == [(0, 3), (2, 3)]
    assert len(_renders(log)) == 1, "nothing was drawn again"


def test_a_batch_of_which_nothing_is_wanted_stops_within_a_step(home: Path) -> None:
    with threaded_worker(home, engine=PlainEngine(step_s=0.5)) as connect:
        client = connect()
        job = client.submit_batch(_things(3, steps=150))  # 75 s
        until(lambda: client.job(job.job_id).parts[0].step >= 1, "it is denoised")

        client.cancel(job.job_id)

        next_job = client.wait(client.submit(SpriteRequest(prompt="next", steps=1)).job_id, 60)
        assert next_job.state == "done"


def test_every_part_of_a_batch_tells_its_own_steps_and_previews(home: Path) -> None:
    with threaded_worker(home, engine=PlainEngine(step_s=0.4)) as connect:
        client = connect()
        job = client.submit_batch(_things(2, steps=6))

        updates = list(client.follow(job.job_id, timeout_s=PATIENCE_S))

    for part in job.parts:
        own = [update for update in updates if update.part_id == part.part_id]
        steps = [update for update in own if isinstance(update, Step)]
        assert steps[-1].step == steps[-1].steps == 6
        assert any(isinstance(update, Preview) and update.png.startswith(b"\x89PNG") for update in own)
        etas = [update.eta_s for update in steps if update.eta_s is not None]
        assert etas[0] > etas[-1] == 0.0


def test_nobody_pays_for_previews_that_nobody_sees(home: Path) -> None:
    class Shy(PlainEngine):
        previews = 0

        def render(self, spec: RenderSpec, rows: Sequence[Row], watch: RenderWatch) -> list[Rgba]:
            tell = watch.step

            def step(step: int, steps: int, preview: Callable[[int], Rgba | None]) -> None:
                def counted(row: int) -> Rgba | None:
                    Shy.previews += 1
                    return preview(row)

                tell(step, steps, counted)

            watch.step = step
            return super().render(spec, rows, watch)

    with threaded_worker(home, engine=Shy(step_s=0.4)) as connect:
        client = connect()
        client.wait(client.submit(SpriteRequest(prompt="x", steps=5)).job_id, PATIENCE_S)

    assert Shy.previews == 0


def test_a_batch_of_which_some_items_fail_gives_the_others(home: Path) -> None:
    """A LoRA that goes away after it was accepted fails its own part only."""
    with threaded_worker(home, engine=PlainEngine(step_s=0.05)) as connect:
        client = connect()
        reference = home / "mine.png"
        reference.write_bytes(_png())
        items = (BatchItem(prompt="plain"), BatchItem(prompt="redrawn", reference=str(reference)))
        blocker = client.submit(SpriteRequest(prompt="blocker", steps=100))
        job = client.submit_batch(BatchRequest(items=items, steps=2))
        for kept in (home / "data" / "library" / "references").rglob("*.png"):
            kept.unlink()
        client.cancel(blocker.job_id)

        job = client.wait(job.job_id, PATIENCE_S)

    assert [part.state for part in job.parts] == ["done", "failed"]
    assert job.state == "done"
    error = job.parts[1].error
    assert error is not None
    assert "reference picture" in error.message


def _png() -> bytes:
    import numpy as np

    from pixels_mcp.png import encode_png

    return encode_png(np.full((16, 16, 4), 200, np.uint8))
