"""A real Ray cluster draws: several machines, one of them lost in the middle, and nothing is lost or drawn twice."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers import tiny_sdxl
from helpers.plain_worker import install_plain_model
from helpers.ray_clusters import ray_cluster, ray_lane
from helpers.waiting import PATIENCE_S, until
from helpers.workers import threaded_worker
from pixels_mcp.errors import RayVersionError
from pixels_mcp.events import Failed, Finished, SpriteInfo
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.paths import find_paths
from pixels_mcp.png import decode_png
from pixels_mcp.requests import BatchItem, BatchRequest, LoraChoice, SpriteRequest
from pixels_mcp.settings import Settings
from pixels_mcp.worker.engine_process import EngineProcess
from pixels_mcp.worker.lanes.lane_plans import plan_lanes

pytest.importorskip("ray", reason="the extra pixels-mcp[ray] is not installed")
pytestmark = [
    pytest.mark.ray,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not os.environ.get("PIXELS_RAY"), reason="a cluster takes a minute of an idle machine: make ray"
    ),
]

PARTS = 64


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Three machines, which share this person's home."""
    before = os.environ.get("PIXELS_HOME")
    with tempfile.TemporaryDirectory(prefix="px-", dir="/tmp") as folder:
        os.environ["PIXELS_HOME"] = folder
        install_plain_model(find_paths())
        with ray_cluster(machines=3) as cluster:
            yield cluster
    if before is None:
        del os.environ["PIXELS_HOME"]


@pytest.fixture
def ray_home(cluster: Any) -> Path:
    return Path(os.environ["PIXELS_HOME"])


def test_sixty_four_parts_one_cancelled_and_one_machine_gone_are_sixty_three_sprites(
    cluster: Any, ray_home: Path
) -> None:
    engines = {f"ray {number}": ray_lane(cluster.address, step_s=0.1) for number in range(3)}
    for engine in engines.values():
        engine.launch()
    items = tuple(BatchItem(prompt=f"thing {number}", seed=100 + number) for number in range(PARTS))
    with threaded_worker(ray_home, engines=engines, rows_max=4) as connect:
        client = connect()
        until(lambda: all(lane.state == "ready" for lane in client.health().lanes), "all are there", timeout_s=240)
        job = client.submit_batch(BatchRequest(items=items, steps=10))
        updates = connect().follow(job.job_id, timeout_s=300)
        until(lambda: all(lane.parts for lane in client.health().lanes), "all draw")

        client.cancel(job.parts[-1].part_id)
        cluster.remove_node(cluster.list_all_nodes()[-1], allow_graceful=False)
        until(lambda: any(lane.state == "away" for lane in client.health().lanes), "one is missed")

        ends = Counter(update.part_id for update in updates if isinstance(update, Finished | Failed))
        done = client.job(job.job_id)
        sprites = [sprite for part in done.parts for sprite in part.sprites]
        again = [client.regenerate(read_recipe(Path(sprite.path)).model_dump()) for sprite in sprites[:: PARTS // 4]]
        redrawn = [client.wait(one.job_id, 120).parts[0].sprites[0] for one in again]

    assert [part.state for part in done.parts] == ["done"] * (PARTS - 1) + ["cancelled"]
    assert ends == {part.part_id: 1 for part in done.parts}
    assert len({sprite.sprite_id for sprite in sprites}) == PARTS - 1
    for first, second in zip(sprites[:: PARTS // 4], redrawn, strict=True):
        first_png, second_png = (Path(one.path).read_bytes() for one in (first, second))
        assert np.array_equal(decode_png(first_png)[0], decode_png(second_png)[0]), "the recipe makes the same picture"
    for engine in engines.values():
        engine.close()


def test_mini_and_an_sdxl_file_with_a_lora_are_drawn_by_a_real_actor_to_the_byte_as_here(
    cluster: Any, ray_home: Path
) -> None:
    models = find_paths().models
    (models / "loras").mkdir(parents=True, exist_ok=True)
    tiny_sdxl.write_single_file(models / "checkpoints" / "tiny.safetensors", seed=0)
    (models / "checkpoints" / "tiny.json").write_text(json.dumps({"render_side_px": 256, "steps": 2}), "utf-8")
    tiny_sdxl.write_lora(models / "loras" / "ink.safetensors", "kohya")
    asked = (
        SpriteRequest(prompt="a ruby potion", seed=3, count=2, model="mini"),
        SpriteRequest(prompt="a ruby potion", seed=3, model="tiny", loras=(LoraChoice(name="ink", weight=0.8),)),
    )
    on_ray = Settings(engine="ray", ray_address=cluster.address, ray_lanes=1, device="cpu", threads=1)
    here = Settings(device="cpu", threads=1)
    drawn = [_draw(ray_home, settings, asked) for settings in (on_ray, here)]

    assert all(sprites for sprites in drawn[0])
    for far, near in zip(*drawn, strict=True):
        for one, other in zip(far, near, strict=True):
            pixels, expected = (decode_png(Path(sprite.path).read_bytes())[0] for sprite in (one, other))
            assert np.array_equal(pixels, expected)
    recipes = [read_recipe(Path(sprites[0].path)) for sprites in drawn[0]]
    assert [recipe.plan["device"] for recipe in recipes] == ["cpu", "cpu"]


def _draw(home: Path, settings: Settings, asked: Sequence[SpriteRequest]) -> list[tuple[SpriteInfo, ...]]:
    """Draw on the lanes of these settings."""
    engines = {
        plan.name: EngineProcess(plan.engine_options, environment=plan.environment, is_far=plan.is_far)
        for plan in plan_lanes(find_paths(), settings)
    }
    try:
        with threaded_worker(home, engines=engines) as connect:
            client = connect()
            jobs = [client.wait(client.submit(request).job_id, 280) for request in asked]
    finally:
        for engine in engines.values():
            engine.close()
    assert [job.state for job in jobs] == ["done"] * len(jobs), [job.parts[0].error for job in jobs]
    return [job.parts[0].sprites for job in jobs]


def test_a_machine_without_the_model_is_named(cluster: Any, ray_home: Path) -> None:
    install_plain_model(find_paths(), "mine")
    engine = ray_lane(cluster.address, lacks=["mine"])
    with threaded_worker(ray_home, engines={"ray 0": engine}) as connect:
        client = connect()
        job = client.wait(client.submit(SpriteRequest(prompt="a key", model="mine")).job_id, 240)
        assert client.wait(client.submit(SpriteRequest(prompt="a key")).job_id, PATIENCE_S).state == "done"
    engine.close()

    error = job.parts[0].error
    assert error is not None
    assert error.code == "NoLaneError"
    assert "ray 0: it has no mine" in error.message


def test_a_cluster_of_another_version_is_named(cluster: Any) -> None:
    gcs = import_module("ray._raylet").GcsClient(address=cluster.address)
    space = b"cluster"
    told = gcs.internal_kv_get(b"CLUSTER_METADATA", space)
    assert told is not None
    other = json.dumps({**json.loads(told), "ray_version": "2.51.0"}).encode()
    gcs.internal_kv_put(b"CLUSTER_METADATA", other, True, space)
    try:
        with pytest.raises(RayVersionError, match=r"Ray: 2\.51\.0.*Ray: 2\.60\.0"):
            ray_lane(cluster.address).start()
    finally:
        gcs.internal_kv_put(b"CLUSTER_METADATA", told, True, space)
