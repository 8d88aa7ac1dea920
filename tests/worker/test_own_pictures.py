"""A sprite that came out as the library's tile again is drawn more strongly, and its recipe says so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from helpers.plain_engine import PlainEngine
from helpers.waiting import PATIENCE_S
from helpers.workers import threaded_worker
from pixels_mcp.client import Client
from pixels_mcp.engines.base import RenderSpec, RenderWatch, Rgba, Row
from pixels_mcp.errors import OutOfDeviceMemory
from pixels_mcp.events import SpriteInfo
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.requests import BatchItem, BatchRequest, SpriteRequest

WEAK, STRONG, STRONGEST = 0.3, 0.4, 0.5
"""What mini's strength of 0.4 is tried with, in turn."""


class Faithful(PlainEngine):
    """Gives rows of odd seeds their tile back where they are redrawn no more strongly than `until`."""

    until = WEAK

    def render(self, spec: RenderSpec, rows: Sequence[Row], watch: RenderWatch) -> list[Rgba]:
        pictures = super().render(spec, rows, watch)
        is_weak = spec.strength is not None and spec.strength <= self.until
        return [
            row.reference if is_weak and row.seed % 2 and row.reference is not None else picture
            for row, picture in zip(rows, pictures, strict=True)
        ]


class MoreFaithful(Faithful):
    """Gives them their tile back at the second try too."""

    until = STRONG


class MostFaithful(Faithful):
    """And at the third."""

    until = STRONGEST


class FaithfulToGrounds(Faithful):
    """Gives grounds their tile back at the first try, things as above."""

    def render(self, spec: RenderSpec, rows: Sequence[Row], watch: RenderWatch) -> list[Rgba]:
        pictures = super().render(spec, rows, watch)
        fills = [row.reference is not None and bool(row.reference[..., 3].all()) for row in rows]
        return [
            row.reference if ground and spec.strength == 0.5 and row.reference is not None else picture
            for row, ground, picture in zip(rows, fills, pictures, strict=True)
        ]


class Short(Faithful):
    """Has room for one row at a time where it redraws more strongly."""

    def render(self, spec: RenderSpec, rows: Sequence[Row], watch: RenderWatch) -> list[Rgba]:
        if len(rows) > 1 and spec.strength == STRONG:
            raise OutOfDeviceMemory(f"{len(rows)} rows do not fit", hint="draw fewer")
        return super().render(spec, rows, watch)


def _strength(sprite: SpriteInfo) -> float | None:
    return sprite.reference.strength if sprite.reference else None


def _potions(client: Client, count: int) -> list[SpriteInfo]:
    items = tuple(BatchItem(prompt="a ruby potion", seed=1 + n) for n in range(count))
    job = client.wait(client.submit_batch(BatchRequest(items=items, model="mini")).job_id, PATIENCE_S)
    assert [part.error for part in job.parts] == [None] * count
    return [sprite for part in job.parts for sprite in part.sprites]


@pytest.mark.parametrize("engine", [Faithful(), Short()], ids=["room for all", "room for one"])
def test_only_what_came_out_as_its_tile_is_drawn_more_strongly(home: Path, engine: PlainEngine) -> None:
    with threaded_worker(home, engine=engine) as connect:
        client = connect()
        sprites = _potions(client, 5)

        assert [_strength(sprite) for sprite in sprites] == [STRONG, WEAK, STRONG, WEAK, STRONG]
        for sprite in sprites[:2]:
            recipe = read_recipe(Path(sprite.path)).model_dump()
            job = client.wait(client.regenerate(recipe).job_id, PATIENCE_S)
            assert [again.sha256 for again in job.parts[0].sprites] == [sprite.sha256]


def test_what_still_came_out_as_its_tile_is_tried_a_third_time_and_made_again_from_its_recipe(home: Path) -> None:
    log = home / "renders"
    with threaded_worker(home, engine=MoreFaithful(log=str(log))) as connect:
        client = connect()
        potion, other = _potions(client, 2)

        assert [_strength(sprite) for sprite in (potion, other)] == [STRONGEST, WEAK]
        job = client.wait(client.regenerate(read_recipe(Path(potion.path)).model_dump()).job_id, PATIENCE_S)
        assert [again.sha256 for again in job.parts[0].sprites] == [potion.sha256]

    assert len(log.read_text("utf-8").splitlines()) == 4, "three tries of the potions, one made again"


@pytest.mark.parametrize(("prompt", "strength"), [("a ruby potion", 0.6), ("play button", STRONGEST)])
def test_a_tile_of_more_than_two_colors_is_tried_most_strongly(home: Path, prompt: str, strength: float) -> None:
    with threaded_worker(home, engine=MostFaithful()) as connect:
        client = connect()
        asked = SpriteRequest(prompt=prompt, model="mini", seed=1, width_px=32, height_px=32)
        (sprite,) = client.wait(client.submit(asked).job_id, PATIENCE_S).parts[0].sprites

    assert _strength(sprite) == strength


def test_variants_of_one_request_are_looked_at_one_by_one(home: Path) -> None:
    with threaded_worker(home, engine=Faithful()) as connect:
        client = connect()
        request = SpriteRequest(prompt="a ruby potion", model="mini", seed=1, count=4)
        (part,) = client.wait(client.submit(request).job_id, PATIENCE_S).parts

    assert part.state == "done"
    strength_of = {sprite.seed: _strength(sprite) for sprite in part.sprites}
    assert strength_of == {1: STRONG, 2: WEAK, 3: STRONG, 4: WEAK}


@pytest.mark.parametrize(
    ("words", "strength", "renders"),
    [
        ({}, STRONG, 2),
        ({"prompt": "a stone floor"}, 0.75, 2),
        ({"prompt": "a stone floor", "tiling": "both"}, 0.5, 1),
        ({"prompt": "a stone floor", "strength": 0.5}, 0.5, 1),
        ({"strength": WEAK}, WEAK, 1),
        ({"style": "bold"}, 0.4, 1),
    ],
    ids=["a thing", "a ground", "a ground that joins", "a ground's strength", "a thing's strength", "a look"],
)
def test_tiles_are_tried_again_where_nobody_asked_for_a_strength_a_look_or_a_joint(
    home: Path, words: dict[str, object], strength: float, renders: int
) -> None:
    log = home / "renders"
    asked = {"prompt": "a ruby potion", "model": "mini", "seed": 1, **words}
    with threaded_worker(home, engine=FaithfulToGrounds(log=str(log))) as connect:
        client = connect()
        (part,) = client.wait(client.submit(SpriteRequest.model_validate(asked)).job_id, PATIENCE_S).parts

    assert part.state == "done"
    assert [_strength(sprite) for sprite in part.sprites] == [strength]
    assert len(log.read_text("utf-8").splitlines()) == renders


@pytest.mark.parametrize(("words", "steps"), [({}, 5), ({"steps": 12}, 12), ({"strength": STRONG}, 12)])
def test_a_small_thing_takes_fewer_steps_where_nobody_asked(home: Path, words: dict[str, object], steps: int) -> None:
    asked = {"prompt": "a ruby potion", "model": "mini", "seed": 1, "width_px": 16, "height_px": 16, **words}
    with threaded_worker(home, engine=Faithful()) as connect:
        client = connect()
        (part,) = client.wait(client.submit(SpriteRequest.model_validate(asked)).job_id, PATIENCE_S).parts
        (sprite,) = part.sprites

    assert read_recipe(Path(sprite.path)).plan["steps"] == steps
    assert _strength(sprite) == STRONG
