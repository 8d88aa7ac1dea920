"""From a request to a plan with the embedded model: tiles to redraw, seeds, notes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.own_art import GREENS, OUTLINE, own_sprite
from pixels_mcp.errors import InvalidArgumentError, SizeNotSupportedError, UnknownModelError
from pixels_mcp.exemplars.finder import find_exemplars
from pixels_mcp.jobs.records import Part, Rank
from pixels_mcp.library.library_folder import Library
from pixels_mcp.models.entry import ModelEntry
from pixels_mcp.models.model_registry import ModelRegistry
from pixels_mcp.models.previous import style_file
from pixels_mcp.pixelart.drawing.fitting import fit
from pixels_mcp.pixelart.style.style_of_set import StyleOfSet
from pixels_mcp.png import encode_png
from pixels_mcp.requests import SpriteRequest
from pixels_mcp.worker.planning.plan import Plan, make_plan
from pixels_mcp.worker.planning.references import keep_reference, of_exemplar
from pixels_mcp.worker.planning.shelf import Shelf
from pixels_mcp.worker.planning.style_palette import hold_style, worn_style


@pytest.fixture
def shelf(home: Path) -> Shelf:
    return Shelf(ModelRegistry(home / "models", home / "cache"), Library(home / "library"), "mini")


def plan(shelf: Shelf, prompt: str = "a ruby potion", *, seed: int = 7, **words: Any) -> Plan:
    request = SpriteRequest(prompt=prompt, **words)
    kept = keep_reference(request.reference, shelf)
    part = Part(1, "x-0001", 1, "x-0001", Rank(0, 1), "queued", request, seed, kept, None, 0, (), None)
    return make_plan(part, shelf)


def test_nothing_is_left_open(shelf: Shelf) -> None:
    planned = plan(shelf)

    assert planned.spec.model_sha256 == planned.model.sha256
    assert (planned.spec.width_px, planned.spec.height_px) == (32, 32)
    assert planned.spec.steps >= 1
    assert planned.spec.strength == planned.settled.strength
    assert [row.sprite_id for row in planned.rows] == ["x-0001.1"]


def test_what_is_drawn_from_scratch_takes_more_steps_and_guidance_unless_others_are_asked(shelf: Shelf) -> None:
    redrawn, scratch = plan(shelf, width_px=32), plan(shelf, width_px=32, reference="none")
    asked = plan(shelf, width_px=32, reference="none", steps=9, guidance_scale=2.0)

    assert scratch.spec.steps > redrawn.spec.steps
    assert scratch.spec.guidance_scale > redrawn.spec.guidance_scale
    assert (asked.spec.steps, asked.spec.guidance_scale) == (9, 2.0)


def test_variants_have_seeds_in_a_row_and_start_from_different_tiles(shelf: Shelf) -> None:
    planned = plan(shelf, "an iron sword", count=8, seed=40)

    assert [row.row.seed for row in planned.rows] == list(range(40, 48))
    names = [row.reference.name for row in planned.rows if row.reference]
    assert len(set(names)) == 8
    assert all(row.row.reference is not None and row.row.reference.shape == (32, 32, 4) for row in planned.rows)


def test_the_same_request_and_seed_have_the_same_plan(shelf: Shelf) -> None:
    first, second = plan(shelf, count=3), plan(shelf, count=3)

    assert first.spec == second.spec
    assert [row.reference for row in first.rows] == [row.reference for row in second.rows]


def test_what_no_tile_is_like_is_drawn_from_scratch_and_says_so(shelf: Shelf) -> None:
    planned = plan(shelf, "flurble wug")

    assert planned.spec.strength is None
    assert all(row.row.reference is None and row.reference is None for row in planned.rows)
    assert any("from scratch" in note for note in planned.notes)
    assert any("flurble, wug" in note for note in planned.notes)


def test_each_sprite_tells_what_of_the_prompt_was_understood(shelf: Shelf) -> None:
    known, unknown = plan(shelf, "a red potion", count=2), plan(shelf, "flurble wug")

    assert [row.understanding.confidence for row in known.rows if row.understanding] == ["high", "high"]
    assert unknown.rows[0].understanding is not None
    assert unknown.rows[0].understanding.confidence == "low"


def test_a_style_goes_to_the_encoder_and_never_hides_the_thing(shelf: Shelf) -> None:
    plain, styled = plan(shelf, "health potion"), plan(shelf, "health potion", style="cozy farming game")

    assert styled.rows[0].reference == plain.rows[0].reference
    assert styled.rows[0].row.prompt == "health potion, cozy farming game"


def test_markup_praise_and_negation_reach_neither_finder_nor_encoder_and_are_told(shelf: Shelf) -> None:
    planned = plan(shelf, "a (golden:1.4) key, masterpiece, without a chain")

    assert planned.rows[0].row.prompt == "a golden key"
    assert planned.rows[0].reference is not None
    assert "key" in planned.rows[0].reference.name
    told = "; ".join(planned.notes)
    assert all(words in told for words in ("(golden:1.4)", "masterpiece", "without a chain"))
    assert planned.asked.prompt == "a (golden:1.4) key, masterpiece, without a chain"


def test_a_lora_of_the_prompt_that_is_not_there_is_refused_by_the_word_that_asks_for_it(shelf: Shelf) -> None:
    with pytest.raises(UnknownModelError, match=r"<lora:pixel-art-xl:0.8> in the prompt"):
        plan(shelf, "a shield <lora:pixel-art-xl:0.8>")


def test_the_references_palette_holds_unless_another_is_asked(shelf: Shelf, home: Path) -> None:
    picture = home / "mine.png"
    pixels = np.full((16, 16, 4), (200, 30, 30, 255), np.uint8)
    pixels[4:8] = (60, 10, 10, 255)
    picture.write_bytes(encode_png(pixels))

    kept = plan(shelf, "a potion", reference=str(picture))
    other = plan(shelf, "a potion", reference=str(picture), palette="pico-8")
    recolored = plan(shelf, "a blue potion", reference=str(picture))

    assert kept.settled.palette is not None
    assert sorted(kept.settled.palette.hex_codes) == ["#3c0a0a", "#c81e1e"]
    assert any("2 colors are kept" in note for note in kept.notes)
    assert other.settled.palette is not None
    assert len(other.settled.palette.hex_codes) == 16
    assert recolored.settled.palette is None


def test_a_sprite_larger_than_the_model_draws_is_told_as_padded(shelf: Shelf) -> None:
    assert any("padded" in note and "64x64" in note for note in plan(shelf, width_px=64).notes)
    assert not any("padded" in note for note in plan(shelf).notes)


def test_what_fills_its_square_fills_it_from_scratch_too(shelf: Shelf) -> None:
    assert not plan(shelf, "light green grass", reference="none").settled.transparent
    assert plan(shelf, "a potion", reference="none").settled.transparent
    spoken = plan(shelf, "light green grass", reference="none", transparent=False, style="pastel").rows[0].row.prompt
    assert spoken == "light green grass floor detailed style, pastel"
    assert (
        plan(shelf, "a potion", reference="none", transparent=False).rows[0].row.prompt == "green potion detailed style"
    )
    assert plan(shelf, "a stone floor", reference="none").rows[0].row.prompt == "a stone floor detailed style"


def test_each_variant_from_scratch_is_told_what_captions_say_and_the_note_tells_it(shelf: Shelf) -> None:
    scratch = plan(shelf, "a pumpkin", reference="none", style="pastel", count=2)
    redrawn = plan(shelf, "a pumpkin", style="pastel")

    assert [row.row.prompt for row in scratch.rows] == ["orange pumpkin side view style, pastel"] * 2
    assert any('"orange pumpkin side view style, pastel"' in note for note in scratch.notes)
    assert redrawn.rows[0].row.prompt == "a pumpkin, pastel"
    assert not any("from scratch" in note for note in redrawn.notes)


def test_no_reference_is_taken_where_none_is_wanted(shelf: Shelf) -> None:
    planned = plan(shelf, reference="none")

    assert planned.spec.strength is None
    assert planned.rows[0].reference is None
    assert planned.notes == (
        'drawn from scratch as "a ruby potion detailed style", as the model\'s captions say it; '
        "a color or a look that is asked holds",
    )


def test_a_tile_is_a_tile_also_where_only_the_library_knows_it(shelf: Shelf) -> None:
    assert not plan(shelf, "lava").settled.transparent
    with pytest.raises(SizeNotSupportedError, match="32x32"):
        plan(shelf, "lava", width_px=64)


def test_requests_that_can_be_drawn_together_have_equal_specs(shelf: Shelf) -> None:
    potion, sword = plan(shelf, "a ruby potion", palette="pico-8", seed=1), plan(shelf, "an iron sword", width_px=48)

    assert potion.spec == sword.spec
    assert hash(potion.spec) == hash(sword.spec)
    others: list[dict[str, Any]] = [{"steps": 5}, {"strength": 0.9}, {"guidance_scale": 9.0}, {"reference": "none"}]
    for words in others:
        assert plan(shelf, **words).spec != potion.spec


def test_a_persons_picture_is_read_once_and_kept(shelf: Shelf, home: Path) -> None:
    picture = home / "mine.png"
    pixels = np.random.default_rng(3).integers(0, 256, (16, 16, 4), np.uint8)
    pixels[..., 3] = 255
    picture.write_bytes(encode_png(pixels))

    planned = plan(shelf, reference=str(picture), count=2, width_px=32)

    assert planned.reference_sha256 is not None
    assert np.array_equal(shelf.picture(planned.reference_sha256), pixels)
    for row in planned.rows:
        assert row.reference is not None
        assert (row.reference.kind, row.reference.name) == ("file", "mine.png")
        assert row.row.reference is not None
        assert np.array_equal(row.row.reference[::2, ::2], pixels), "enlarged by whole pixels"


@pytest.mark.parametrize(
    ("size_px", "render_px", "covered_px"),
    [
        ((32, 32), (32, 32), (32, 32)),
        ((10, 10), (32, 32), (30, 30)),
        ((64, 32), (32, 32), (32, 16)),
        ((300, 100), (32, 32), (32, 11)),
        ((32, 32), (1024, 1024), (1024, 1024)),
        ((24, 32), (1024, 1024), (768, 1024)),
    ],
)
def test_a_picture_is_fitted_whole_and_centred(
    size_px: tuple[int, int], render_px: tuple[int, int], covered_px: tuple[int, int]
) -> None:
    fitted = fit(np.full((size_px[1], size_px[0], 4), 255, np.uint8), render_px)

    rows, columns = np.flatnonzero(fitted[..., 3].any(axis=1)), np.flatnonzero(fitted[..., 3].any(axis=0))
    assert fitted.shape == (render_px[1], render_px[0], 4)
    assert (len(columns), len(rows)) == covered_px
    assert abs(columns[0] - (render_px[0] - 1 - columns[-1])) <= 1
    assert abs(rows[0] - (render_px[1] - 1 - rows[-1])) <= 1


def test_colour_under_transparency_does_not_bleed_into_a_reduced_picture() -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[..., 0] = 255  # red, but transparent
    pixels[::2, ::2] = (0, 0, 255, 255)

    fitted = fit(pixels, (32, 32))

    assert fitted[..., 0].max() == 0
    assert fitted[..., 2].min() == 255


def test_a_ground_that_joins_itself_fills_its_square_and_stays_near_its_tile(shelf: Shelf) -> None:
    joined, plain = plan(shelf, "a green grass floor", tiling="both"), plan(shelf, "a green grass floor")

    assert (joined.spec.wrap, plain.spec.wrap) == ("both", "none")
    assert not joined.settled.transparent
    assert (joined.settled.strength, joined.settled.tries) == (0.5, ()), "drawn once"
    assert [one.strength for one in plain.settled.tries] == [0.5, 0.75, 0.92]
    assert plan(shelf, "moss", tiling="x").settled.transparent is False
    with pytest.raises(InvalidArgumentError, match="tiling both needs a picture that fills its square"):
        plan(shelf, "a green grass floor", tiling="both", transparent=True)


def test_a_style_of_few_colors_keeps_to_them_unless_others_are_asked_for(shelf: Shelf, tmp_path: Path) -> None:
    lora = ModelEntry("moss", "lora", tmp_path / "moss.safetensors", "mini", 1)
    settled, request = plan(shelf, reference="none").settled, SpriteRequest(prompt="a red potion")
    assert hold_style(settled, request, [lora]) == settled
    style = StyleOfSet([own_sprite(seed) for seed in range(5)])
    style_file(lora.path).write_text(json.dumps(style.to_dict()))

    held = hold_style(settled, request, [lora])

    assert held.palette is not None
    assert sorted(held.palette.colors.tolist()) == sorted([*GREENS.tolist(), OUTLINE.tolist()])
    assert (held.max_colors, held.lone_pixels) == (6, True), "as many as its pictures have, which have lone pixels too"
    assert held.notes[-1] == "the 5 colors of moss are kept; `palette` or `max_colors` gives it others"
    floor = hold_style(replace(settled, transparent=False), request, [lora])
    assert (floor.max_colors, floor.lone_pixels) == (None, True), "a ground's grain stays"
    asked = plan(shelf, reference="none", palette="pico-8").settled
    assert hold_style(asked, request, [lora]) == asked
    assert hold_style(settled, SpriteRequest(prompt="a red potion", max_colors=8), [lora]) == settled


def test_an_exemplar_wears_the_style_of_a_lora_and_a_ground_stays_as_it_is(shelf: Shelf, tmp_path: Path) -> None:
    lora = ModelEntry("moss", "lora", tmp_path / "moss.safetensors", "mini", 1)
    potion, floor = (SpriteRequest(prompt=prompt) for prompt in ("a red potion", "a stone floor"))
    settled, ground = plan(shelf, potion.prompt).settled, plan(shelf, floor.prompt).settled
    assert worn_style(settled, potion, [lora]) is None  # not trained here
    style_file(lora.path).write_text(json.dumps(StyleOfSet([own_sprite(seed) for seed in range(5)]).to_dict()))
    tile = find_exemplars(potion.prompt, 1, side_px=16)[0]

    worn = worn_style(settled, potion, [lora])
    assert worn is not None
    bare, dressed = (of_exemplar(tile, 0.4, (16, 16), style=one) for one in (None, worn.style))

    assert dressed.info == bare.info
    assert (dressed.pixels[..., 3] == bare.pixels[..., 3]).all()
    colors = {tuple(color) for color in dressed.pixels[dressed.pixels[..., 3] > 0][:, :3].tolist()}
    assert colors <= {tuple(color) for color in [*GREENS.tolist(), OUTLINE.tolist()]}
    assert worn_style(ground, floor, [lora]) is None
    assert worn_style(settled, SpriteRequest(prompt="moss", tiling="both"), [lora]) is None
