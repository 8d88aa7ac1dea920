"""The watch sees stages, steps and previews, and stops a render within one step."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.drawing import Watching, draw, spec_of
from pixels_mcp.engines.base import Row
from pixels_mcp.errors import RenderStopped


def test_the_stages_come_in_order_and_loading_only_when_something_is_loaded() -> None:
    first, second = Watching(), Watching()
    spec = spec_of("pixel", model_sha256="stages")
    draw(spec, watch=first)
    draw(spec, watch=second)

    assert first.stages == ["loading", "encoding", "denoising"]
    assert second.stages == ["encoding", "denoising"]
    assert first.steps == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(("stop_at_step", "steps_done"), [(0, 0), (1, 1), (2, 2)])
def test_a_stopped_render_ends_within_one_step(stop_at_step: int, steps_done: int) -> None:
    watch = Watching(stop_at_step)
    with pytest.raises(RenderStopped):
        draw(spec_of("single.safetensors"), watch=watch)

    assert len(watch.steps) == steps_done
    assert draw(spec_of("single.safetensors")), "the model still draws"


def test_previews_of_a_pixel_model_come_to_look_like_the_picture() -> None:
    watch = Watching(preview_row=1)
    rows = [Row("red", "", 1), Row("blue", "", 2)]
    picture = draw(spec_of("pixel", steps=6), *rows, watch=watch)[1]

    apart = [float(np.abs(preview.astype(int) - picture).mean()) for preview in watch.previews]

    assert all(preview.shape == (32, 32, 4) for preview in watch.previews)
    assert apart[-1] < 1.0
    assert apart[-1] < apart[0]


def test_previews_of_an_sdxl_model_are_small_and_opaque() -> None:
    watch = Watching(preview_row=0)
    draw(spec_of("folder", width_px=128), watch=watch)

    assert [preview.shape for preview in watch.previews] == [(8, 16, 4)] * 3
    assert np.unique(watch.previews[-1][..., 3]).tolist() == [255]
    assert watch.previews[-1][..., :3].std() > 1


def test_previews_cost_nothing_in_the_picture() -> None:
    spec = spec_of("folder", sampler="dpmpp_2m_karras")
    assert np.array_equal(draw(spec)[0], draw(spec, watch=Watching(preview_row=0))[0])
