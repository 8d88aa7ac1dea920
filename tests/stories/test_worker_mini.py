"""The real worker with the embedded model: sixteen variants, made again, cancelled, and short of memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from helpers.limited_worker import limited_worker_command
from helpers.waiting import PATIENCE_S, until
from helpers.workers import end_worker
from pixels_mcp.client import Client
from pixels_mcp.events import JobInfo
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.paths import find_paths
from pixels_mcp.png import decode_png
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.settings import Settings

# Few steps: these tests are about what stands around the drawing.
STEPS = 4


@pytest.fixture(scope="module")
def mini(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of one real worker, started as every face starts it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIXELS_HOME", str(tmp_path_factory.mktemp("h")))
        with Client.connect(find_paths(), Settings(threads=2), face="test", timeout_s=120) as client:
            yield client
        end_worker(find_paths())


@pytest.fixture(scope="module")
def sixteen(mini: Client) -> JobInfo:
    request = SpriteRequest(prompt="a ruby potion", count=16, seed=5, steps=STEPS, palette="pico-8")
    return mini.wait(mini.submit(request).job_id, 250)


def test_sixteen_potions_are_sixteen_pictures_drawn_together(sixteen: JobInfo) -> None:
    (part,) = sixteen.parts
    assert sixteen.state == "done", part.error
    pictures = [decode_png(Path(sprite.path).read_bytes())[0] for sprite in part.sprites]
    assert len({picture.tobytes() for picture in pictures}) == 16
    assert all(picture.shape == (32, 32, 4) for picture in pictures)
    assert all(set(np.unique(picture[..., 3])) == {0, 255} for picture in pictures)
    assert all(read_recipe(Path(sprite.path)).plan["batch_rows"] == 16 for sprite in part.sprites)
    assert all(sprite.reference is not None and sprite.reference.kind == "exemplar" for sprite in part.sprites)


def test_one_of_the_sixteen_is_made_again_to_the_byte(mini: Client, sixteen: JobInfo) -> None:
    sprite = sixteen.parts[0].sprites[6]
    recipe = read_recipe(Path(sprite.path))

    job = mini.wait(mini.regenerate(recipe.model_dump()).job_id, 250)

    assert job.state == "done", job.parts[0].error
    assert mini.fetch(job.parts[0].sprites[0].sprite_id) == Path(sprite.path).read_bytes()


def test_a_running_sprite_is_cancelled_within_a_step(mini: Client) -> None:
    job = mini.submit(SpriteRequest(prompt="a golden dragon", steps=150, strength=1.0))
    until(lambda: mini.job(job.job_id).parts[0].step >= 1, "it is denoised")

    mini.cancel(job.job_id)

    assert mini.wait(mini.submit(SpriteRequest(prompt="an axe", steps=STEPS)).job_id, PATIENCE_S).state == "done"
    assert mini.job(job.job_id).parts[0].sprites == ()


def test_a_worker_short_of_memory_draws_fewer_at_once_and_all_of_them(home: Path) -> None:
    log = home / "renders"
    command = limited_worker_command(more_mib=24, log=log)
    paths, settings = find_paths(), Settings(threads=2)
    with Client.connect(paths, settings, face="test", timeout_s=120, worker_command=command) as client:
        client.wait(client.submit(SpriteRequest(prompt="a sword", steps=STEPS)).job_id, 120)

        # With a strength that is asked each is drawn once, also those that come out as their tiles.
        asked = SpriteRequest(prompt="a potion", count=16, steps=STEPS, strength=0.4)
        job = client.wait(client.submit(asked).job_id, 250)
    end_worker(paths)

    renders = [line.split() for line in log.read_text("utf-8").splitlines()]
    assert job.state == "done", (job.parts[0].error, renders)
    assert len({sprite.sprite_id for sprite in job.parts[0].sprites}) == 16
    assert ["16", "OutOfDeviceMemory"] in renders
    assert renders[0] == ["1", "drawn"]
    assert sum(int(rows) for rows, outcome in renders[1:] if outcome == "drawn") == 16
