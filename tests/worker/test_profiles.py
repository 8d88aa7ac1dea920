"""A profile and its levers are drawn with, written into the recipe, and followed when a sprite is made again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from helpers import tiny_sdxl
from helpers.drawing import shared_engine
from helpers.workers import as_engine, threaded_worker
from pixels_mcp.client import Client
from pixels_mcp.engines.base import RenderSpec, RenderWatch, Rgba, Row
from pixels_mcp.engines.levers import Levers
from pixels_mcp.errors import CannotCompileError, SettingsError
from pixels_mcp.events import SpriteInfo
from pixels_mcp.library.recipe import Recipe, read_recipe
from pixels_mcp.paths import find_paths
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.settings import LeverSettings, Settings
from pixels_mcp.worker.planning.profiles import wishes_of


class Seeing:
    """The real engine of the tests; it keeps the specs that it was asked for, and may be unable to compile."""

    def __init__(self, *, compiles: bool = True) -> None:
        self.specs: list[RenderSpec] = []
        self._compiles = compiles

    def render(self, spec: RenderSpec, rows: Sequence[Row], watch: RenderWatch) -> list[Rgba]:
        self.specs.append(spec)
        if spec.levers.compiled and not self._compiles:
            raise CannotCompileError("no C++ compiler", hint="install one")
        return shared_engine().render(spec, rows, watch)

    def __getattr__(self, name: str) -> Any:
        return getattr(shared_engine(), name)


@pytest.fixture
def tiny(home: Path) -> Path:
    """A home with the tiny model in SDXL's layout, drawn in 256 px and 4 steps, and a LoRA that is made for two."""
    models = find_paths().models
    (models / "checkpoints").mkdir(parents=True)
    tiny_sdxl.write_single_file(models / "checkpoints" / "tiny.safetensors", seed=0)
    (models / "checkpoints" / "tiny.json").write_text(json.dumps({"render_side_px": 256, "steps": 12}), "utf-8")
    tiny_sdxl.write_lora(models / "loras" / "sdxl_lightning_2step_lora.safetensors", "kohya")
    return home


def drawn(client: Client, **words: Any) -> SpriteInfo:
    request = SpriteRequest.model_validate({"prompt": "a ruby potion", "seed": 3, "width_px": 32, "steps": 4} | words)
    job = client.wait(client.submit(request).job_id, 120)
    assert job.state == "done", job.parts[0].error
    return job.parts[0].sprites[0]


def recipe_of(sprite: SpriteInfo) -> Recipe:
    return read_recipe(Path(sprite.path))


def again(client: Client, sprite: SpriteInfo) -> SpriteInfo:
    job = client.wait(client.regenerate(recipe_of(sprite).model_dump()).job_id, 120)
    assert job.state == "done", job.parts[0].error
    return job.parts[0].sprites[0]


def test_each_profile_is_recorded_and_followed_by_a_worker_of_another(tiny: Path) -> None:
    with threaded_worker(tiny, engine=shared_engine(), default_model="tiny", profile="fast") as connect:
        fast = drawn(connect())
    with threaded_worker(tiny, engine=shared_engine(), default_model="tiny", profile="low-memory") as connect:
        sparing = drawn(connect())
    plain = {
        "compiled": False,
        "channels_last": True,
        "guidance_from": 0.0,
        "guidance_until": 1.0,
        "lora_hotswap": False,
        "offload": False,
        "vae_tiling": False,
    }
    assert recipe_of(fast).plan["levers"] == {**plain, "guidance_until": 0.4}
    assert recipe_of(sparing).plan["levers"] == {**plain, "offload": True, "vae_tiling": True}

    engine = Seeing()
    with threaded_worker(tiny, engine=as_engine(engine), default_model="tiny") as connect:
        exact = drawn(connect())
        assert recipe_of(exact).plan["levers"] is None
        redrawn = [again(connect(), sprite).sha256 for sprite in (exact, fast, sparing)]
    assert redrawn == [exact.sha256, fast.sha256, sparing.sha256]
    drawn_by = [(spec.levers.guidance_until, spec.levers.offload, spec.levers.vae_tiling) for spec in engine.specs]
    assert drawn_by == [(1.0, False, False)] * 2 + [(0.4, False, False), (1.0, True, True)]
    assert exact.sha256 != fast.sha256


def test_a_shape_that_recurs_is_compiled_and_the_recipe_says_which_sprites_were(tiny: Path) -> None:
    engine = Seeing(compiles=False)
    words: dict[str, Any] = {"default_model": "tiny", "levers": {"compile": "always"}}
    with threaded_worker(tiny, engine=as_engine(engine), **words) as connect:
        sprites = [drawn(connect(), seed=seed) for seed in range(4)]

    # The third is to be compiled, which this machine cannot: it is drawn without, and nothing is tried again.
    assert [spec.levers.compiled for spec in engine.specs] == [False, False, True, False, False]
    assert [recipe_of(sprite).plan["levers"] for sprite in sprites] == [None] * 4


def test_what_was_drawn_with_compiled_kernels_is_asked_for_with_them_again(tiny: Path) -> None:
    with threaded_worker(tiny, engine=as_engine(Seeing()), default_model="tiny", profile="fast") as connect:
        sprite = drawn(connect())
    recipe = recipe_of(sprite).model_copy(
        update={"plan": recipe_of(sprite).plan | {"levers": {"compiled": True, "guidance_until": 0.4}}}
    )

    engine = Seeing(compiles=False)
    with threaded_worker(tiny, engine=as_engine(engine), default_model="tiny") as connect:
        client = connect()
        job = client.wait(client.regenerate(recipe.model_dump()).job_id, 120)

    assert [spec.levers for spec in engine.specs] == [Levers(compiled=True, guidance_until=0.4)]
    assert job.state == "failed"
    assert job.parts[0].error is not None
    assert job.parts[0].error.code == "CannotCompileError"


def test_a_lora_for_few_steps_is_stacked_where_nothing_else_is_asked(tiny: Path) -> None:
    engine = Seeing()
    words: dict[str, Any] = {"default_model": "tiny", "levers": {"few_step_lora": "sdxl_lightning_2step_lora"}}
    with threaded_worker(tiny, engine=as_engine(engine), **words) as connect:
        few = drawn(connect(), steps=None)
        drawn(connect(), steps=5)
        made_again = again(connect(), few)

    assert [(spec.steps, len(spec.loras)) for spec in engine.specs] == [(2, 1), (5, 0), (2, 1)]
    assert recipe_of(few).plan["loras"] == [{"name": "sdxl_lightning_2step_lora", "weight": 1.0}]
    assert "loras" not in recipe_of(few).request, "the request as asked"
    assert made_again.sha256 == few.sha256


def test_a_lora_for_few_steps_that_is_not_there_names_the_setting(tiny: Path) -> None:
    words: dict[str, Any] = {"default_model": "tiny", "levers": {"few_step_lora": "none-such"}}
    with (
        threaded_worker(tiny, engine=as_engine(Seeing()), **words) as connect,
        pytest.raises(Exception, match=r"levers\.few_step_lora: .*none-such"),
    ):
        drawn(connect(), steps=None)


def test_levers_that_would_change_nothing_stay_out_of_the_recipe() -> None:
    wishes = wishes_of(Settings(profile="fast"))
    plain = SpriteRequest(prompt="a gem")

    assert wishes.levers_for(plain, is_plain=True, two_pass=True) == Levers()
    assert wishes.levers_for(plain, is_plain=False, two_pass=False) == Levers()
    tiles = wishes_of(Settings(profile="low-memory"))
    floor = SpriteRequest(prompt="a floor", tiling="both")
    assert tiles.levers_for(floor, is_plain=False, two_pass=True) == Levers(offload=True)
    assert tiles.levers_for(plain, is_plain=False, two_pass=True).vae_tiling


def test_a_lever_wins_over_the_profile_and_an_empty_interval_is_refused() -> None:
    levers = LeverSettings(guidance_until=0.8, lora_hotswap=False, compile="never")
    wishes = wishes_of(Settings(profile="fast", levers=levers))

    assert (wishes.levers.guidance_until, wishes.levers.lora_hotswap, wishes.compiles) == (0.8, False, "never")
    with pytest.raises(SettingsError, match=r"guidance_from 0.5 is not before guidance_until 0.4"):
        wishes_of(Settings(profile="fast", levers=LeverSettings(guidance_from=0.5)))
