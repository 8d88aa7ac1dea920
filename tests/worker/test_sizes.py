"""The size of a sprite that none is asked for: that of its art; one for a batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pixels_mcp.asked_words.checked_words import parse_request
from pixels_mcp.errors import SizeNotSupportedError
from pixels_mcp.exemplars.finder import find_exemplars, usual_side_px
from pixels_mcp.jobs.records import Part, Rank
from pixels_mcp.library.library_folder import Library
from pixels_mcp.models.model_registry import ModelRegistry
from pixels_mcp.png import encode_png
from pixels_mcp.requests import BatchRequest, SpriteRequest
from pixels_mcp.worker.planning.accept import Intake
from pixels_mcp.worker.planning.plan import Plan, make_plan
from pixels_mcp.worker.planning.references import keep_reference
from pixels_mcp.worker.planning.shelf import Shelf

SMALL_ART, LARGE_ART = "stone well", "a red potion"
"""Things of which the library has 16 px art alone, and 32 px art."""


@pytest.fixture
def shelf(home: Path) -> Shelf:
    return Shelf(ModelRegistry(home / "models", home / "cache"), Library(home / "library"), "mini")


def plan(shelf: Shelf, prompt: str, **words: Any) -> Plan:
    request = SpriteRequest(prompt=prompt, **words)
    kept = keep_reference(request.reference, shelf)
    return make_plan(Part(1, "x-0001", 1, "x-0001", Rank(0, 1), "queued", request, 7, kept, None, 0, (), None), shelf)


def batch_sizes(shelf: Shelf, items: list[Any], **words: Any) -> list[tuple[int | None, int | None]]:
    parts = Intake(shelf).accept_batch(parse_request(BatchRequest, {"items": items, **words}))
    return [(part.request.width_px, part.request.height_px) for part in parts]


def test_a_sprite_has_the_size_of_its_art_and_says_so_where_that_is_not_the_usual_one(shelf: Shelf) -> None:
    small, large = plan(shelf, SMALL_ART), plan(shelf, LARGE_ART)

    assert small.settled.size_px == (16, 16)
    assert small.rows[0].row.reference is not None
    assert small.rows[0].row.reference.shape == (16, 16, 4)
    assert any("16x16 px, as its exemplar is" in note for note in small.notes)
    assert large.settled.size_px == (32, 32)
    assert not any("exemplar is" in note for note in large.notes)


def test_a_look_has_a_size_of_its_own_for_every_thing_unless_one_is_asked(shelf: Shelf) -> None:
    assert plan(shelf, LARGE_ART, style="flat").settled.size_px == (16, 16)
    assert plan(shelf, f"{SMALL_ART}, bold style").settled.size_px == (32, 32)
    assert plan(shelf, LARGE_ART, style="flat", width_px=32).settled.size_px == (32, 32)
    assert batch_sizes(shelf, [SMALL_ART, LARGE_ART], style="one-bit") == [(16, 16)] * 2


def test_an_asked_size_is_followed_and_says_what_that_does_to_the_art(shelf: Shelf) -> None:
    enlarged, reduced = plan(shelf, SMALL_ART, width_px=32), plan(shelf, "red dragon", width_px=16)

    assert enlarged.settled.size_px == (32, 32)
    assert any("16 px art, enlarged" in note and "width_px 16" in note for note in enlarged.notes)
    assert reduced.settled.size_px == (16, 16)


def test_what_has_no_art_has_the_models_own_size(shelf: Shelf) -> None:
    assert plan(shelf, "flurble wug").settled.size_px == (32, 32)
    assert usual_side_px("flurble wug", (32, 16)) is None


def test_a_picture_that_is_redrawn_gives_its_size(shelf: Shelf, home: Path) -> None:
    for side, drawn in ((12, 16), (16, 16), (17, 32), (32, 32), (90, 32)):
        file = home / f"mine_{side}.png"
        file.write_bytes(encode_png(np.full((side, side, 4), 255, np.uint8)))
        assert plan(shelf, "a potion", reference=str(file)).settled.render_px == (drawn, drawn)


def test_the_items_of_a_batch_have_one_size_that_of_most_of_their_art(shelf: Shelf) -> None:
    assert batch_sizes(shelf, [SMALL_ART, "scarecrow", LARGE_ART]) == [(16, 16)] * 3
    assert batch_sizes(shelf, [SMALL_ART, LARGE_ART]) == [(32, 32)] * 2
    assert batch_sizes(shelf, ["flurble wug"]) == [(32, 32)]


def test_an_asked_size_of_a_batch_or_an_item_stays(shelf: Shelf) -> None:
    assert batch_sizes(shelf, [SMALL_ART, "scarecrow"], width_px=32) == [(32, None)] * 2
    sizes = batch_sizes(shelf, [SMALL_ART, "scarecrow", {"prompt": LARGE_ART, "width_px": 64}])
    assert sizes == [(16, 16), (16, 16), (64, None)]


@pytest.mark.parametrize("side", [8, 15, 17, 24, 31])
def test_a_size_that_it_does_not_draw_is_refused_with_those_that_it_draws(shelf: Shelf, side: int) -> None:
    with pytest.raises(SizeNotSupportedError, match="16x16, 32x32"):
        plan(shelf, LARGE_ART, width_px=side)


def test_a_small_sprite_is_redrawn_from_small_art_where_there_is_some(shelf: Shelf) -> None:
    for prompt in ("a treasure chest", "knight", "battle axe", "red potion"):
        exemplars = find_exemplars(prompt, 1, side_px=16)
        assert exemplars[0].side_px == 16, prompt
    assert find_exemplars("red potion", 1, side_px=32)[0].side_px == 32
