"""What a row becomes: its seed, its words, its place; never its neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.drawing import Watching, draw, shared_engine, spec_of
from pixels_mcp.engines.base import Row
from pixels_mcp.errors import EngineError

MODELS = ["pixel", "single.safetensors"]


@pytest.mark.parametrize("model", MODELS)
def test_the_same_rows_draw_the_same_bytes_again(model: str) -> None:
    rows = [Row(f"red potion {seed}", "", seed) for seed in range(3)]

    first, second = draw(spec_of(model), *rows), draw(spec_of(model), *rows)

    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert not np.array_equal(first[0], first[1])


@pytest.mark.parametrize("model", MODELS)
def test_one_row_of_sixteen_comes_again_with_any_rows_beside_it(model: str) -> None:
    spec = spec_of(model, steps=2)
    batch = draw(spec, *(Row(f"potion {seed}", "blue" if seed % 2 else "", seed) for seed in range(16)))

    again = draw(spec, *(Row("potion 11", "blue", 11 if place == 11 else 500) for place in range(16)))

    assert np.array_equal(batch[11], again[11])
    assert not np.array_equal(batch[10], again[10])


def test_the_seed_the_prompt_the_negative_prompt_and_the_guidance_each_change_the_picture() -> None:
    spec = spec_of("pixel")
    pictures = [
        draw(spec, Row("red potion", "", 1)),
        draw(spec, Row("red potion", "", 2)),
        draw(spec, Row("blue a", "", 1)),
        draw(spec, Row("red potion", "blue", 1)),
        draw(spec_of("pixel", guidance_scale=9.0), Row("red potion", "", 1)),
        draw(spec_of("pixel", steps=5), Row("red potion", "", 1)),
    ]

    assert len({picture[0].tobytes() for picture in pictures}) == len(pictures)


def test_one_pass_hears_neither_the_negative_prompt_nor_the_guidance() -> None:
    alone = draw(spec_of("pixel", two_pass=False, guidance_scale=1.0), Row("red potion", "", 1))
    deaf = draw(spec_of("pixel", two_pass=False, guidance_scale=9.0), Row("red potion", "blue", 1))

    assert np.array_equal(alone[0], deaf[0])


def test_the_pictures_have_the_asked_size() -> None:
    assert draw(spec_of("pixel", width_px=48, height_px=64))[0].shape == (64, 48, 4)
    assert draw(spec_of("single.safetensors", width_px=128, height_px=64))[0].shape == (64, 128, 4)


def test_a_redrawn_picture_moves_away_from_its_reference_as_strength_says() -> None:
    reference = np.full((32, 32, 4), 255, np.uint8)
    reference[8:24, 8:24, :3] = (200, 40, 40)

    apart = [
        float(np.abs(picture.astype(int) - reference).mean())
        for strength in (0.1, 0.5, 1.0)
        for picture in draw(spec_of("pixel", strength=strength, steps=10), Row("red potion", "", 3, reference))
    ]

    assert apart[0] < apart[1] < apart[2]


def test_an_sdxl_redraw_keeps_less_of_its_reference_at_a_higher_strength() -> None:
    red = np.full((64, 64, 4), 255, np.uint8)
    red[16:48, 16:48, :3] = (200, 40, 40)
    green = red.copy()
    green[16:48, 16:48, :3] = (40, 200, 40)

    apart = []
    for strength in (0.1, 0.3, 1.0):
        spec = spec_of("single.safetensors", strength=strength, steps=10)
        one, two = (draw(spec, Row("potion", "", 3, reference))[0].astype(int) for reference in (red, green))
        apart.append(float(np.abs(one - two).mean()))

    assert apart[0] > apart[1] > apart[2]


def test_a_pixel_model_reads_pixels_under_alpha_0_as_nothing() -> None:
    dark, light = (np.full((32, 32, 4), value, np.uint8) for value in (0, 255))
    dark[..., 3] = light[..., 3] = 0
    dark[10:20, 10:20] = light[10:20, 10:20] = (10, 200, 30, 255)

    pictures = [draw(spec_of("pixel", strength=0.5), Row("red", "", 1, reference))[0] for reference in (dark, light)]

    assert np.array_equal(pictures[0], pictures[1])


def test_the_steps_of_a_redraw_are_those_that_are_run() -> None:
    reference = np.zeros((32, 32, 4), np.uint8)
    for strength, steps_run in ((0.1, 1), (0.5, 5), (0.7, 7), (1.0, 10)):
        watch = Watching()
        draw(spec_of("pixel", strength=strength, steps=10), Row("red", "", 1, reference), watch=watch)
        assert watch.steps == [(step, steps_run) for step in range(1, steps_run + 1)]


def test_a_reference_for_only_one_of_two_rows_is_refused() -> None:
    reference = np.zeros((32, 32, 4), np.uint8)
    with pytest.raises(EngineError, match="1 of 2 rows have a reference"):
        draw(spec_of("pixel", strength=0.5), Row("red", "", 1, reference), Row("red", "", 2))
    with pytest.raises(EngineError, match="a reference has shape"):
        draw(spec_of("pixel", strength=0.5), Row("red", "", 1, reference[:16]))


@pytest.mark.parametrize("sampler", ["euler", "euler_trailing", "euler_ancestral_trailing", "lcm", "tcd"])
def test_each_sampler_draws_its_own_picture(sampler: str) -> None:
    usual = draw(spec_of("folder", sampler="dpmpp_2m_karras"))
    other = draw(spec_of("folder", sampler=sampler))

    assert not np.array_equal(usual[0], other[0])
    assert np.array_equal(other[0], draw(spec_of("folder", sampler=sampler))[0])


def test_a_flow_model_keeps_its_own_sampler() -> None:
    with pytest.raises(EngineError, match="cannot be drawn with the sampler 'euler'"):
        draw(spec_of("pixel", sampler="euler"))


def test_no_rows_are_refused() -> None:
    with pytest.raises(EngineError, match="no rows"):
        shared_engine().render(spec_of("pixel"), [], Watching())


@pytest.mark.parametrize("model", MODELS)
def test_what_is_kept_of_a_reference_stays_and_the_rest_is_drawn_to_fit(model: str) -> None:
    spec = spec_of(model, strength=1.0, steps=6)
    side = spec.width_px
    reference = np.full((side, side, 4), 255, np.uint8)
    reference[..., :3] = np.random.default_rng(1).integers(0, 256, (side // 8, side // 8, 3)).repeat(8, 0).repeat(8, 1)
    keep = np.ones((side, side), np.bool_)
    keep[: side // 2] = False
    row = Row("red potion", "", 3, reference, keep)

    (drawn,) = draw(spec, row)
    free, beside = draw(spec, Row("red potion", "", 3, reference), row)

    changed = np.abs(drawn.astype(int) - reference.astype(int))[..., :3].mean(axis=-1)
    assert changed[: side // 2].mean() > 20
    if model == "pixel":
        assert changed[keep].max() <= 1
        assert not np.array_equal(free[~keep], drawn[~keep]), "it is drawn to fit to what stays"
    else:  # a latent stands for 8 x 8 pixels, and the tiny VAE is no identity
        assert changed[keep].mean() < np.abs(free.astype(int) - reference.astype(int))[keep][..., :3].mean()
    assert beside.shape == free.shape


def test_a_kept_part_needs_a_reference_of_the_renders_size() -> None:
    with pytest.raises(EngineError, match="what is kept has shape"):
        draw(spec_of("pixel"), Row("x", "", 1, None, np.ones((32, 32), np.bool_)))
