"""A picture that joins itself: drawn on a torus, along the axes that were asked, and never after."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from helpers.drawing import draw, spec_of
from pixels_mcp.engines.base import Row, Wrap
from pixels_mcp.engines.diffusers_sdxl.torus import wrapped


def network() -> torch.nn.Sequential:
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Conv2d(4, 8, 3, padding=1),
        torch.nn.SiLU(),
        torch.nn.Conv2d(8, 8, 1),
        torch.nn.Conv2d(8, 4, 5, padding=2),
    )


@pytest.mark.parametrize(("wrap", "axes"), [("x", (3,)), ("y", (2,)), ("both", (2, 3))])
def test_moving_what_goes_in_moves_what_comes_out_along_the_joined_axes(wrap: Wrap, axes: tuple[int, ...]) -> None:
    layers, picture = network(), torch.randn(1, 4, 12, 10)
    with torch.no_grad(), wrapped(wrap, layers):
        for axis in (2, 3):
            moved = layers(torch.roll(picture, 5, axis))
            assert torch.allclose(moved, torch.roll(layers(picture), 5, axis), atol=1e-6) == (axis in axes)


def test_afterwards_the_network_is_as_before_also_after_an_error() -> None:
    layers, picture = network(), torch.randn(1, 4, 12, 10)
    with torch.no_grad():
        before = layers(picture)
        with wrapped("both", layers):
            assert not torch.equal(layers(picture), before)
        with pytest.raises(RuntimeError, match="channels"), wrapped("both", layers):
            layers(picture[:, :3])
        assert torch.equal(layers(picture), before)


@pytest.mark.parametrize("model", ["pixel", "single.safetensors"])
def test_the_axes_each_change_the_picture_and_a_plain_render_comes_again(model: str) -> None:
    rows = Row("grey stone floor", "", 3)
    pictures = {
        wrap: draw(spec_of(model, steps=2, wrap=wrap), rows)[0].tobytes() for wrap in ("none", "x", "y", "both")
    }

    assert len(set(pictures.values())) == 4
    assert draw(spec_of(model, steps=2), rows)[0].tobytes() == pictures["none"]


def test_rows_of_another_wrap_have_another_spec() -> None:
    assert spec_of("pixel", wrap="both") != spec_of("pixel")
    assert np.unique([spec_of("pixel").wrap]).tolist() == ["none"]
