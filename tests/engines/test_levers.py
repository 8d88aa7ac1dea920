"""Each lever draws the same bytes, or other ones in a way that its spec tells; without levers all is as before."""

# What a lever changed shows in the loaded model and in what torch compiled, which no caller sees.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import dataclasses
import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from helpers import tiny_sdxl
from helpers.drawing import Watching, draw, shared_engine, spec_of
from pixels_mcp.engines.base import LoraFile, RenderSpec, Rgba, Row
from pixels_mcp.engines.diffusers_sdxl import DiffusersSdxl, ways_of_computing
from pixels_mcp.engines.diffusers_sdxl.ways_of_computing import is_compiler_error
from pixels_mcp.engines.levers import Levers

ROWS = (Row("a red potion", "", 7), Row("a blue gem", "blurry", 8))


def spec(**levers: Any) -> RenderSpec:
    """The short render of `drawing.spec_of`, with levers."""
    return spec_of("folder", levers=Levers(**levers))


def apart(one: list[Rgba], other: list[Rgba]) -> tuple[int, float]:
    """The largest and the mean difference of two renders, of 255 levels."""
    distance = np.abs(np.stack(one).astype(int) - np.stack(other).astype(int))
    return int(distance.max()), float(distance.mean())


def passes(monkeypatch: pytest.MonkeyPatch, asked: RenderSpec, *rows: Row) -> tuple[list[int], list[Rgba]]:
    """How many pictures the UNet saw in each step, and what was drawn."""
    engine, seen = shared_engine(), list[int]()
    draw(asked, *rows)  # loaded now
    (model,) = [model for key, model in engine._models.items() if key[0] == asked.model_sha256 and not key[2]]
    forward = model.pipeline.unet.forward

    def counted(sample: torch.Tensor, *words: Any, **named: Any) -> Any:
        seen.append(len(sample))
        return forward(sample, *words, **named)

    monkeypatch.setattr(model.pipeline.unet, "forward", counted)
    return seen, draw(asked, *rows)


def test_weights_that_wait_in_the_machines_memory_draw_the_same_bytes() -> None:
    assert apart(draw(spec(), *ROWS), draw(spec(offload=True), *ROWS)) == (0, 0.0)


def test_the_order_of_channels_changes_roundings_alone_and_is_put_back() -> None:
    before = draw(spec(), *ROWS)

    largest, _ = apart(before, draw(spec(channels_last=False), *ROWS))

    assert largest <= 3
    assert apart(before, draw(spec(), *ROWS)) == (0, 0.0)


@pytest.mark.parametrize(
    ("levers", "expected"),
    [
        ({}, [4, 4, 4]),
        ({"guidance_until": 0.4}, [4, 4, 2]),
        ({"guidance_until": 0.1}, [4, 2, 2]),
        ({"guidance_from": 0.3, "guidance_until": 0.6}, [2, 4, 2]),
        ({"guidance_from": 0.6}, [2, 2, 4]),
    ],
)
def test_guidance_takes_its_second_pass_inside_its_interval_alone(
    monkeypatch: pytest.MonkeyPatch, levers: dict[str, float], expected: list[int]
) -> None:
    seen, drawn = passes(monkeypatch, spec(**levers), *ROWS)

    assert seen == expected
    assert (apart(drawn, draw(spec(), *ROWS))[0] > 0) == (expected != [4, 4, 4])


def test_a_row_is_the_same_in_every_company_also_where_guidance_ends() -> None:
    """diffusers' own callback keeps one row's words for all of them."""
    asked = spec(guidance_from=0.3, guidance_until=0.6)
    both, other = draw(asked, *ROWS), draw(asked, Row("a green frog", "", 3), ROWS[1])

    assert np.array_equal(both[1], other[1])
    assert not np.array_equal(both[0], other[0])


def test_the_interval_is_shares_of_the_steps_that_run_where_a_picture_is_redrawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picture = np.full((64, 64, 4), 120, np.uint8)
    rows = [dataclasses.replace(row, reference=picture) for row in ROWS]
    asked = dataclasses.replace(spec(guidance_until=0.5), steps=8, strength=0.5)

    seen, _ = passes(monkeypatch, asked, *rows)

    assert seen == [4, 4, 2, 2]


def test_a_picture_of_more_than_512_px_is_decoded_in_tiles_that_join() -> None:
    small = {"width_px": 512, "height_px": 512, "steps": 1}
    large = {"width_px": 640, "height_px": 512, "steps": 1}
    plain, tiled = Levers(), Levers(vae_tiling=True)

    def one(levers: Levers, **size: int) -> list[Rgba]:
        return draw(spec_of("folder", levers=levers, **size), ROWS[0])

    assert apart(one(plain, **small), one(tiled, **small)) == (0, 0.0)
    whole = one(plain, **large)
    largest, mean = apart(whole, one(tiled, **large))
    assert largest > 0
    assert mean < 8, "of 255"
    assert apart(whole, one(plain, **large)) == (0, 0.0)


def lora(folder: Path, name: str, seed: int, rank: int, weight: float = 0.3) -> LoraFile:
    path = tiny_sdxl.write_lora(folder / f"{name}.safetensors", "kohya", seed=seed, rank=rank, unet_only=True)
    return LoraFile(path, hashlib.sha256(path.read_bytes()).hexdigest(), weight)


def test_a_lora_exchanged_in_place_draws_as_one_that_was_loaded(tmp_path: Path) -> None:
    first, second = lora(tmp_path, "one", 1, 4), lora(tmp_path, "two", 2, 8, weight=0.5)
    plain = draw(spec(), *ROWS)
    loaded = [draw(dataclasses.replace(spec(), loras=(one,)), *ROWS) for one in (first, second)]
    swapping = spec(lora_hotswap=True)

    swapped = [draw(dataclasses.replace(swapping, loras=(one,)), *ROWS) for one in (first, second, first)]
    (model,) = [model for key, model in shared_engine()._models.items() if key == ("folder", None, False)]
    assert model.slot is not None
    assert model.slot.rank == 64

    assert apart(loaded[0], plain)[0] > 10
    assert apart(loaded[0], swapped[0])[0] <= 1
    assert apart(loaded[1], swapped[1])[0] <= 1
    assert apart(swapped[0], swapped[2]) == (0, 0.0)
    assert apart(draw(spec(), *ROWS), plain) == (0, 0.0)


def test_two_loras_or_one_of_a_text_encoder_are_mixed_in_as_ever(tmp_path: Path) -> None:
    path = tiny_sdxl.write_lora(tmp_path / "texts.safetensors", "kohya")
    of_texts = LoraFile(path, hashlib.sha256(path.read_bytes()).hexdigest(), 0.3)
    single = lora(tmp_path, "one", 1, 4)
    draw(dataclasses.replace(spec(lora_hotswap=True), loras=(single,)), *ROWS)

    for stack in ((of_texts,), (of_texts, single)):
        swapped = draw(dataclasses.replace(spec(lora_hotswap=True), loras=stack), *ROWS)
        assert apart(swapped, draw(dataclasses.replace(spec(), loras=stack), *ROWS)) == (0, 0.0)


def test_compiled_blocks_draw_the_same_twice_and_leave_the_plain_way_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The blocks are traced as for any compiler; making kernels of them takes minutes on a CPU: `make levers`."""
    backend = os.environ.get("PIXELS_TEST_BACKEND", "aot_eager")
    monkeypatch.setattr(ways_of_computing, "BACKEND", backend)
    engine, watch = DiffusersSdxl(device="cpu", dtype="fp32", threads=2), Watching()
    plain, compiled = spec(), spec(compiled=True)

    before, first, second, after = (engine.render(one, ROWS[:1], watch) for one in (plain, compiled, compiled, plain))
    (model,) = engine._models.values()

    assert model.is_compiled
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] > 0
    assert apart(first, second) == (0, 0.0)
    assert apart(before, first)[0] <= 3
    assert apart(before, after) == (0, 0.0)


def test_an_error_of_the_compiler_is_told_from_one_of_drawing() -> None:
    from torch._inductor.exc import InductorError, InvalidCxxCompiler

    assert is_compiler_error(InvalidCxxCompiler())
    assert issubclass(InductorError, Exception)
    assert not is_compiler_error(torch.OutOfMemoryError("no"))
    assert Watching().stopped() is False
