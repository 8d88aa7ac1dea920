"""Edits by code: each a new entry with its parent, exact pixels, and made again along the whole chain of recipes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from pixels_mcp.errors import InvalidArgumentError, PictureSizeError, PixelArtError, RecipeError
from pixels_mcp.library.entries import LibraryEntry, NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe, read_recipe
from pixels_mcp.operations.edit_request import WORDS_OF, EditRequest
from pixels_mcp.operations.edits.pixel_edit import PIXEL_EDITS, edit_pixels
from pixels_mcp.operations.follow_recipe import follow
from pixels_mcp.pixelart.colors.materials import MATERIALS, material_ramp
from pixels_mcp.pixelart.colors.palettes import load_palette
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.pixels import Rgba

INK, RED, SKIN, BLUE = (20, 12, 28, 255), (200, 40, 40, 255), (240, 200, 160, 255), (60, 90, 160, 255)


@pytest.fixture
def library(home: Path) -> Library:
    return Library(home / "data" / "library")


def keep(library: Library, pixels: Rgba, **told: Any) -> str:
    recipe = Recipe(request={"prompt": "a knight"}, plan={"drawn": True}, model_sha256="0" * 64)
    words: dict[str, Any] = {"seed": 1, "prompt": "a knight", "model": "plain", "facts": {}, **told}
    new = NewEntry(**words)
    return library.add(f"knight-{library.reserve_number():04d}.1", pixels, recipe, new).sprite_id


def person() -> Rgba:
    picture = np.zeros((16, 16, 4), dtype=np.uint8)
    picture[2:14, 4:12] = INK
    picture[3:6, 5:11] = SKIN
    picture[6:10, 5:11] = BLUE
    picture[10:13, 5:11] = RED
    picture[4, 6] = INK
    return picture


def edited(library: Library, sprite_id: str, operation: str, **words: Any) -> LibraryEntry:
    return edit_pixels(EditRequest(sprite_id=sprite_id, operation=operation, **words), library)  # type: ignore[arg-type]  # words of a test


EXPECTED: dict[str, tuple[dict[str, Any], Callable[[np.ndarray], np.ndarray]]] = {
    "rotate": ({"turns": 1}, lambda before: np.rot90(before, -1)),
    "flip": ({"axis": "x"}, lambda before: before[:, ::-1]),
    "crop": ({"left_px": 3, "bottom_px": 2}, lambda before: before[:-2, 3:]),
    "pad": ({"top_px": 5, "right_px": 1}, lambda before: np.pad(before, ((5, 0), (0, 1), (0, 0)))),
    "resize": ({"factor": 3}, lambda before: before.repeat(3, 0).repeat(3, 1)),
}


@pytest.mark.parametrize("operation", EXPECTED)
def test_pixels_are_moved_and_none_is_made_up(library: Library, operation: str) -> None:
    parent = keep(library, person(), name="knight")
    words, expect = EXPECTED[operation]

    entry = edited(library, parent, operation, **words)

    assert np.array_equal(open_picture(entry.path), expect(person()))
    assert (entry.parent, entry.prompt, entry.name, entry.model) == (parent, "a knight", "knight", operation)
    assert entry.facts["width_px"] == entry.width_px
    assert np.array_equal(open_picture(library.path_of(parent)), person()), "the parent stays"


def test_an_enlarged_picture_is_made_small_again_and_no_other_is(library: Library) -> None:
    parent = keep(library, person())
    large = edited(library, parent, "resize", factor=4)
    assert np.array_equal(open_picture(edited(library, large.sprite_id, "resize", factor=-4).path), person())
    with pytest.raises(PictureSizeError, match="does not consist of squares of 3 x 3"):
        edited(library, large.sprite_id, "resize", factor=-3)


def test_colors_are_swapped_as_they_are_listed_and_others_stay(library: Library) -> None:
    entry = edited(library, keep(library, person()), "recolor", swap="#c82828=#00aa00,#3c5aa0=#101010")
    after = open_picture(entry.path)
    assert after[11, 6].tolist() == [0, 170, 0, 255]
    assert after[7, 6].tolist() == [16, 16, 16, 255]
    assert after[4, 7].tolist() == list(SKIN)


def test_a_region_alone_takes_the_material_and_its_shades_go_from_dark_to_light(library: Library) -> None:
    sprite = person()
    sprite[6:8, 5:11, :3] = (90, 130, 200)
    entry = edited(library, keep(library, sprite), "material", material="gold", region="5,6,6,4")
    after = open_picture(entry.path)
    ramp = material_ramp("gold").colors
    assert after[6, 6, :3].tolist() == ramp[-1].tolist()
    assert after[9, 6, :3].tolist() == ramp[0].tolist()
    assert np.array_equal(np.delete(after, range(6, 10), axis=0), np.delete(sprite, range(6, 10), axis=0))


@pytest.mark.parametrize("name", MATERIALS)
def test_every_material_grows_lighter(name: Any) -> None:
    luma = material_ramp(name).colors @ np.array([0.299, 0.587, 0.114])
    assert len(luma) == 5
    assert (np.diff(luma) > 15).all()


def test_a_palette_is_taken_by_likeness_or_by_lightness(library: Library) -> None:
    parent = keep(library, person())
    near = edited(library, parent, "recolor", palette="#000000,#ff0000,#0000ff,#ffddaa")
    assert open_picture(near.path)[11, 6].tolist() == [255, 0, 0, 255]
    ranked = open_picture(edited(library, parent, "recolor", palette="game-boy", by="lightness").path)
    assert ranked[2, 4, :3].tolist() == [15, 56, 15]
    assert ranked[4, 7, :3].tolist() == [155, 188, 15]
    assert edited(library, parent, "recolor", max_colors=2).facts["colors"] == 2


def test_an_outline_comes_goes_and_is_not_taken_twice(library: Library) -> None:
    parent = keep(library, person())
    bare = edited(library, parent, "outline", outline="none")
    assert (open_picture(bare.path)[..., :3] == INK[:3]).all(-1).sum() == 1, "the eye is no line"
    with pytest.raises(PixelArtError, match="has no outline"):
        edited(library, bare.sprite_id, "outline", outline="none")
    back = edited(library, bare.sprite_id, "outline", outline="outer", color="#ffffff")
    line = (open_picture(back.path)[..., :3] == 255).all(-1)
    assert line.sum() == 2 * (6 + 10)


def test_a_sprite_matched_to_another_has_its_colors_and_its_line(library: Library) -> None:
    style = person()
    style[(style[..., :3] == INK[:3]).all(-1) & (style[..., 3] > 0)] = (90, 20, 60, 255)
    style[6:10, 5:11] = (250, 250, 90, 255)
    plain = np.zeros((16, 16, 4), np.uint8)
    plain[4:12, 4:12] = (10, 80, 10, 255)
    plain[4:12, 8:12] = (60, 220, 60, 255)

    after = open_picture(edited(library, keep(library, plain), "match", style=keep(library, style)).path)

    colors = {tuple(color) for color in after[after[..., 3] > 0][:, :3].tolist()}
    assert colors <= {tuple(color) for color in style[style[..., 3] > 0][:, :3].tolist()}
    assert (after[3, 4:12, :3] == (90, 20, 60)).all(), "a line of its color stands around"


GREEN_AND_BLUE = "#203a1c,#4f9a3f,#1b2a5c,#9fb4ff"
"""Of a blue-gray sea nearest are the greens; its own hue has the blue."""


def sea() -> Rgba:
    picture = np.zeros((16, 16, 4), dtype=np.uint8)
    picture[:] = (58, 84, 96, 255)
    picture[::4] = (50, 74, 88, 255)
    return picture


def test_a_palette_goes_in_by_hue_where_that_is_asked_and_on_grounds_where_nothing_is(library: Library) -> None:
    def colors(entry: LibraryEntry) -> set[tuple[int, ...]]:
        return {tuple(color) for color in open_picture(entry.path)[..., :3].reshape(-1, 3).tolist()}

    sprite, tile = keep(library, sea()), keep(library, sea(), entry_kind="tile")
    greens, blues = {(32, 58, 28), (79, 154, 63)}, {(27, 42, 92), (159, 180, 255)}

    assert colors(edited(library, sprite, "recolor", palette=GREEN_AND_BLUE)) <= greens | blues
    assert colors(edited(library, sprite, "recolor", palette=GREEN_AND_BLUE)) & greens
    by_hue = edited(library, sprite, "recolor", palette=GREEN_AND_BLUE, by="hue")
    assert colors(by_hue) <= blues
    of_tile = edited(library, tile, "recolor", palette=GREEN_AND_BLUE)
    assert colors(of_tile) <= blues
    assert read_recipe(of_tile.path).plan["by"] == "hue"
    assert colors(edited(library, tile, "recolor", palette=GREEN_AND_BLUE, by="nearest")) & greens
    assert len(colors(edited(library, sprite, "recolor", palette=GREEN_AND_BLUE, by="hue", max_colors=2))) <= 2


def test_a_palette_that_lacks_the_hues_is_told(library: Library) -> None:
    entry = edited(library, keep(library, person()), "recolor", palette="#000000,#707070,#ffffff")
    assert any("lacks the hues" in note for note in entry.notes)


def test_a_material_keeps_to_a_palette_and_a_match_takes_line_and_number_of_colors(library: Library) -> None:
    gold = edited(library, keep(library, person()), "material", material="gold", palette="pico-8")
    allowed = {tuple(color) for color in load_palette("pico-8").colors.tolist()}
    used = open_picture(gold.path)
    assert {tuple(color) for color in used[used[..., 3] > 0][:, :3].tolist()} <= allowed

    parent = keep(library, person())
    matched = edited(library, parent, "match", style="pico-8", outline="outer", color="#ff004d", max_colors=3)
    after = open_picture(matched.path)
    assert len({tuple(color) for color in after[after[..., 3] > 0][:, :3].tolist()}) <= 3
    assert (after[..., :3] == (255, 0, 77)).all(-1).sum() >= 2 * (8 + 10), "a line of that color stands around"


def test_tilesets_stay_tilesets_when_they_are_recolored_and_are_not_turned(library: Library) -> None:
    parent = keep(library, person(), entry_kind="tileset", facts={"tile_px": 16, "tiles": [[0, 0]]})
    entry = edited(library, parent, "recolor", palette="game-boy")
    assert entry.entry_kind == "tileset"
    assert entry.facts["tile_px"] == 16
    with pytest.raises(InvalidArgumentError, match="of kind tileset"):
        edited(library, parent, "rotate")


def test_an_edit_that_changes_nothing_is_said(library: Library) -> None:
    with pytest.raises(InvalidArgumentError, match="changes no pixel"):
        edited(library, keep(library, person()), "recolor", swap="#123456=#ffffff")


def test_a_chain_is_made_again_from_its_last_recipe_alone(library: Library) -> None:
    drawn = keep(library, person())
    other = person()
    other[10:13, 5:11] = (30, 160, 60, 255)
    style = keep(library, other)
    first = edited(library, drawn, "recolor", palette="pico-8")
    second = edited(library, first.sprite_id, "flip", axis="y")
    third = edited(library, second.sprite_id, "match", style=style)
    recipe = read_recipe(third.path)
    for entry in (third, second, first, library.get(drawn)):
        library.remove(entry.sprite_id)
    library.empty_trash()
    asked: list[Recipe] = []

    def draw(one: Recipe) -> LibraryEntry:
        asked.append(one)
        return library.get(keep(library, person()))

    again = follow(recipe, library, draw)

    assert again.sha256 == third.sha256
    assert [one.plan for one in asked] == [{"drawn": True}]
    assert library.get(again.sprite_id).parent is not None


def test_a_chain_that_comes_out_otherwise_or_lacks_its_style_is_refused(library: Library) -> None:
    drawn = keep(library, person())
    other = person()
    other[10:13, 5:11] = (30, 160, 60, 255)
    style = keep(library, other)
    entry = edited(library, drawn, "match", style=style)
    recipe = read_recipe(entry.path)
    library.remove(drawn)
    with pytest.raises(RecipeError, match="comes out as another file"):
        follow(recipe, library, lambda _: library.get(style))
    library.restore(drawn)
    library.remove(style)
    with pytest.raises(RecipeError, match="whose style it took"):
        follow(recipe, library, lambda _: library.get(drawn))


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"operation": "rotate", "palette": "pico-8"}, "rotate takes no palette; it takes turns"),
    ({"operation": "inpaint", "prompt": "x"}, "give mask or region"),
    ({"operation": "inpaint", "region": "1,1,4,4"}, "inpaint needs prompt"),
    ({"operation": "inpaint", "prompt": "x", "region": "1,1,4,4", "mask": "m.png"}, "give one"),
    ({"operation": "extend"}, "at least one of left_px"),
    ({"operation": "flip", "axis": "both"}, "turns=2"),
    ({"operation": "resize", "factor": 1}, "changes nothing"),
    ({"operation": "recolor"}, "a palette, a swap or max_colors"),
    ({"operation": "recolor", "palette": "pico-8", "swap": "#000000=#ffffff"}, "swap stands alone"),
    ({"operation": "recolor", "max_colors": 3, "by": "lightness"}, "by belongs to palette"),
    ({"operation": "outline", "outline": "none", "color": "#ffffff"}, "leave color out"),
    ({"operation": "match", "style": "pico-8", "color": "#ffffff"}, "give outline too"),
    ({"operation": "recolor", "palette": "pico-8", "by": "lightness", "max_colors": 3}, "leave one of them out"),
    ({"operation": "flip", "axis": "x", "palette": "pico-8"}, "flip takes no palette"),
    ({"operation": "material", "material": "cheese"}, "material"),
]


@pytest.mark.parametrize(("words", "told"), REFUSED)
def test_words_that_would_do_nothing_are_refused(words: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        EditRequest(sprite_id="knight-0001.1", **words)


def test_every_operation_is_either_drawn_or_worked_out() -> None:
    for operation in WORDS_OF:
        words: dict[str, Any] = {"sprite_id": "a-0001.1", "operation": operation}
        assert EditRequest.model_construct(**words).is_drawn != (operation in PIXEL_EDITS)
