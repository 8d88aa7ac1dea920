"""What follows from a request and a model: nothing asked for is silently left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pixels_mcp.errors import InvalidArgumentError, PaletteError, SizeNotSupportedError
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.worker.planning.settle import Settled, settle


def model(**facts: Any) -> ModelEntry:
    known: dict[str, Any] = {"name": "m", "kind": "checkpoint", "path": Path("/m"), "base": "sdxl", "size_bytes": 1}
    words: dict[str, Any] = {**known, "steps": 25, "guidance_scale": 7.0, "strength": 0.6, **facts}
    return ModelEntry(**words)


NATIVE = model(native_sizes_px=((32, 32),), default_size_px=(32, 32), base="mini")
LARGE = model(render_side_px=1024)
DISTILLED = model(native_sizes_px=((32, 32),), default_size_px=(32, 32), guidance_scale=3.0, guidance_distilled=True)
TURBO = model(render_side_px=512, guidance_scale=1.0)


def settled(entry: ModelEntry, *, is_background: bool = False, **words: Any) -> Settled:
    return settle(SpriteRequest(prompt="x", **words), entry, (), is_background=is_background)


@pytest.mark.parametrize(
    ("words", "size_px"),
    [
        ({}, (32, 32)),
        ({"width_px": 48}, (48, 48)),
        ({"height_px": 40}, (40, 40)),
        ({"width_px": 48, "height_px": 64}, (48, 64)),
    ],
)
def test_a_native_model_draws_its_size_and_the_sprite_has_the_asked_one(
    words: dict[str, Any], size_px: tuple[int, int]
) -> None:
    settings = settled(NATIVE, **words)

    assert (settings.size_px, settings.render_px) == (size_px, (32, 32))


@pytest.mark.parametrize(
    ("words", "is_background"),
    [
        ({"width_px": 16, "height_px": 16}, False),
        ({"width_px": 64, "height_px": 16}, False),
        ({"width_px": 64, "height_px": 64}, True),
        ({"width_px": 64, "height_px": 64, "transparent": False}, False),
    ],
)
def test_a_size_that_would_need_scaling_or_a_border_around_a_tile_is_refused(
    words: dict[str, Any], is_background: bool
) -> None:
    with pytest.raises(SizeNotSupportedError, match="32x32"):
        settled(NATIVE, is_background=is_background, **words)


def test_a_background_is_kept_for_tiles_unless_asked_otherwise() -> None:
    assert settled(NATIVE).transparent
    assert not settled(NATIVE, is_background=True).transparent
    assert settled(NATIVE, is_background=True, transparent=True).transparent


def test_a_large_model_renders_large() -> None:
    settings = settled(LARGE, width_px=64, height_px=96)

    assert settings.size_px == (64, 96)
    assert settings.render_px[0] * settings.render_px[1] == pytest.approx(1024 * 1024, rel=0.3)


def test_guidance_above_one_takes_two_passes() -> None:
    assert settled(LARGE).two_pass
    assert not settled(TURBO).two_pass
    assert settled(TURBO, guidance_scale=3.0).two_pass


def test_learned_guidance_takes_one_pass_until_something_else_is_asked() -> None:
    assert not settled(DISTILLED).two_pass
    assert not settled(DISTILLED, guidance_scale=3.0).two_pass
    others: list[dict[str, Any]] = [{"guidance_scale": 5.0}, {"negative_prompt": "blue"}]
    for words in others:
        settings = settled(DISTILLED, **words)
        assert settings.two_pass
        assert "two passes" in settings.notes[0]
    with pytest.raises(InvalidArgumentError, match="guidance is learned"):
        settled(DISTILLED, guidance_scale=1.0)


def test_a_negative_prompt_always_does_something_or_is_refused() -> None:
    settings = settled(TURBO, negative_prompt="blue")
    assert (settings.two_pass, settings.guidance_scale) == (True, 2.0)
    assert "raised" in settings.notes[0]
    with pytest.raises(InvalidArgumentError, match="negative prompt changes nothing"):
        settled(TURBO, negative_prompt="blue", guidance_scale=1.0)


@pytest.mark.parametrize("reference", ["none", "auto"])
def test_strength_without_something_to_redraw_is_refused(reference: str) -> None:
    with pytest.raises(InvalidArgumentError, match="strength"):
        settled(LARGE, strength=0.4, reference=reference)


def test_strength_with_something_to_redraw_is_taken() -> None:
    assert settled(LARGE, strength=0.4, reference="/x.png").strength == 0.4
    assert settled(NATIVE, strength=0.4).strength == 0.4, "mini finds tiles by itself"


@pytest.mark.parametrize("palette", ["#000000", "nosuch", "/etc/passwd", "#00000g,#ffffff", ",".join(
    f"#{n:06x}" for n in range(257))])  # fmt: skip
def test_what_is_no_palette_is_refused(palette: str) -> None:
    with pytest.raises(PaletteError):
        settled(NATIVE, palette=palette)


def test_what_fills_its_square_is_redrawn_more_strongly_where_the_model_says_so() -> None:
    model = replace(NATIVE, strength=0.5, background_strength=0.8)

    assert settled(model).strength == 0.5
    assert settled(model, is_background=True).strength == 0.8
    assert settled(model, is_background=True, strength=0.3).strength == 0.3
    assert settled(replace(NATIVE, strength=0.5), is_background=True).strength == 0.5
