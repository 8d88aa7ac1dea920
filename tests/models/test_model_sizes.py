"""Which size is rendered for a sprite of an asked size."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixels_mcp.errors import SizeNotSupportedError
from pixels_mcp.models.entry import ModelEntry, draw_defaults


def entry(**words: object) -> ModelEntry:
    return ModelEntry(name="m", kind="checkpoint", path=Path("m"), base="x", size_bytes=0, **words)  # type: ignore[arg-type]  # words of a test


NATIVE = entry(native_sizes_px=((32, 32), (64, 64)))
LARGE = entry(render_side_px=1024)


@pytest.mark.parametrize(
    ("asked", "rendered"), [((32, 32), (32, 32)), ((64, 64), (64, 64)), ((200, 90), (64, 64)), ((64, 65), (64, 64))]
)
def test_a_native_model_draws_its_own_sizes_and_pads_what_is_larger_than_all(
    asked: tuple[int, int], rendered: tuple[int, int]
) -> None:
    assert NATIVE.render_size_px(*asked) == rendered


@pytest.mark.parametrize("asked", [(16, 16), (32, 16), (31, 64), (48, 40), (32, 64), (63, 200)])
def test_a_size_below_or_between_the_native_ones_is_refused_with_the_sizes(asked: tuple[int, int]) -> None:
    with pytest.raises(SizeNotSupportedError, match="32x32, 64x64 or larger"):
        NATIVE.render_size_px(*asked)


@pytest.mark.parametrize(
    ("art", "size"), [((16, 16), (32, 32)), ((20, 32), (32, 32)), ((33, 8), (64, 64)), ((200, 8), (128, 128))]
)
def test_without_a_size_a_native_model_takes_the_least_that_holds_the_art(
    art: tuple[int, int], size: tuple[int, int]
) -> None:
    assert NATIVE.size_holding(art) == size


def test_a_tile_must_have_a_native_size() -> None:
    assert NATIVE.render_size_px(64, 64, exact=True) == (64, 64)
    with pytest.raises(SizeNotSupportedError, match="32x32, 64x64, or another model"):
        NATIVE.render_size_px(48, 48, exact=True)


@pytest.mark.parametrize(
    ("asked", "rendered"),
    [((128, 128), (1024, 1024)), ((64, 64), (1024, 1024)), ((96, 96), (960, 960)), ((32, 48), (896, 1344))],
)
def test_sdxl_renders_large_in_whole_cells_where_possible(asked: tuple[int, int], rendered: tuple[int, int]) -> None:
    assert LARGE.render_size_px(*asked) == rendered


@given(width=st.integers(8, 512), height=st.integers(8, 512), side=st.sampled_from([512, 1024]))
def test_an_sdxl_render_has_its_trained_area_and_the_sprites_shape(width: int, height: int, side: int) -> None:
    model = entry(render_side_px=side)
    if max(width, height) > 4 * min(width, height):
        with pytest.raises(SizeNotSupportedError, match="between 4:1 and 1:4"):
            model.render_size_px(width, height)
        return

    render_width, render_height = model.render_size_px(width, height)

    assert render_width % 64 == render_height % 64 == 0
    assert 0.7 * side**2 <= render_width * render_height <= 1.2 * side**2
    assert abs(render_width / render_height - width / height) / (width / height) < 0.15


def test_a_lora_for_few_steps_brings_its_own_numbers_and_others_change_nothing() -> None:
    model = entry(render_side_px=1024, steps=25, guidance_scale=7.0, sampler="dpmpp_2m_karras", strength=0.6)
    style = entry()
    fast = entry(steps=8, guidance_scale=1.5, sampler="lcm")

    assert draw_defaults(model, [style]).steps == 25
    settled = draw_defaults(model, [style, fast])
    assert (settled.steps, settled.guidance_scale, settled.sampler, settled.strength) == (8, 1.5, "lcm", 0.6)
