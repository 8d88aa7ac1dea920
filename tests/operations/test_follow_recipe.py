"""Sets are made again from their recipes alone: tilesets, animations, sheets, and edits of these, along the chain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pixels_mcp.errors import RecipeError
from pixels_mcp.library.entries import LibraryEntry, NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe, read_recipe
from pixels_mcp.operations.animation_operation import animate_sprite, keep_animation
from pixels_mcp.operations.character_clips import make_clips
from pixels_mcp.operations.edit_request import EditRequest
from pixels_mcp.operations.edits.pixel_edit import edit_pixels
from pixels_mcp.operations.follow_recipe import follow
from pixels_mcp.operations.set_requests import AnimateRequest, CharacterViews, TilesetRequest
from pixels_mcp.operations.sheet_operation import KeptSheetRequest, lay_sheet
from pixels_mcp.operations.terrains import open_terrains
from pixels_mcp.operations.tileset_operation import build_tileset
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.png import encode_png


@pytest.fixture
def library(home: Path) -> Library:
    return Library(home / "data" / "library")


def ground(seed: int, color: tuple[int, int, int]) -> Rgba:
    spots = np.random.default_rng(seed).integers(-12, 12, (32, 32, 1))
    return np.dstack([np.clip(np.array(color) + spots, 0, 255), np.full((32, 32), 255)]).astype(np.uint8)


def figure(shade: int, side: int = 32) -> Rgba:
    picture = np.zeros((side, side, 4), dtype=np.uint8)
    picture[4:28, 10:22] = (40, 30, 50, 255)
    picture[6:12, 12:20] = (230, 190, 150, 255)
    picture[13:20, 12:20] = (60, shade, 160, 255)
    picture[22:28, 15:17] = 0
    return picture


class Artist:
    """What a model drew, as sprites of the library; draws each again from its recipe alone."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._pictures: list[Rgba] = []
        self.drawn_again: list[int] = []

    def keep(self, pixels: Rgba, prompt: str = "a knight") -> str:
        self._pictures.append(pixels)
        return self._add(len(self._pictures) - 1, prompt).sprite_id

    def draw(self, recipe: Recipe) -> LibraryEntry:
        number = recipe.plan["number"]
        assert isinstance(number, int)
        self.drawn_again.append(number)
        return self._add(number, str(recipe.request["prompt"]))

    def _add(self, number: int, prompt: str) -> LibraryEntry:
        recipe = Recipe(request={"prompt": prompt}, plan={"number": number}, model_sha256="0" * 64)
        new = NewEntry(seed=1, prompt=prompt, model="plain", facts={})
        sprite_id = f"drawn-{self._library.reserve_number():04d}.1"
        return self._library.add(sprite_id, self._pictures[number], recipe, new)


@pytest.fixture
def artist(library: Library) -> Artist:
    return Artist(library)


def forget_all(library: Library) -> None:
    for entry in library.search(limit=100):
        library.remove(entry.sprite_id)
    library.empty_trash()


def set_of(library: Library, upper: str, lower: str, **words: Any) -> LibraryEntry:
    request = TilesetRequest(upper=upper, lower=lower, **words)
    terrains = open_terrains(request, {}, library)
    return build_tileset(request, terrains, library).entry


def test_a_set_of_words_a_sprite_and_a_file_comes_out_the_same_when_all_is_gone(
    library: Library, artist: Artist, tmp_path: Path
) -> None:
    file = tmp_path / "my grass.png"
    file.write_bytes(encode_png(ground(1, (90, 150, 60))))
    sand = artist.keep(ground(2, (200, 180, 110)), "sand")
    request = TilesetRequest(upper=str(file), lower="deep water", band=sand, border="band", seed=5, name="shore")
    water = artist.keep(ground(3, (40, 80, 160)), "deep water")
    made = build_tileset(request, open_terrains(request, {"lower": water}, library), library)
    recipe = read_recipe(made.entry.path)
    file.unlink()
    forget_all(library)

    again = follow(recipe, library, artist.draw)

    assert again.sha256 == made.entry.sha256
    assert sorted(artist.drawn_again) == [0, 1]
    assert again.entry_kind == "tileset"
    assert str(tmp_path) not in recipe.to_json()
    assert recipe.request["lower"] == "deep water"


def test_a_set_with_variants_is_made_again_and_what_stands_is_not_drawn_again(library: Library, artist: Artist) -> None:
    grass, water = ground(1, (90, 150, 60)), ground(2, (40, 80, 160))
    request = TilesetRequest(upper=artist.keep(grass), lower=artist.keep(water), variants=2, seed=3)
    made = build_tileset(request, open_terrains(request, {}, library), library)
    recipe = read_recipe(made.entry.path)
    for sprite_id in (made.entry.sprite_id, request.lower):
        library.remove(str(sprite_id))

    again = follow(recipe, library, artist.draw)

    assert again.sha256 == made.entry.sha256
    assert artist.drawn_again == [1], "what stands is not drawn again"


def test_a_character_with_views_and_redrawn_frames_comes_out_the_same(
    library: Library, artist: Artist, tmp_path: Path
) -> None:
    (tmp_path / "side.png").write_bytes(encode_png(figure(120)))
    views = CharacterViews(north=artist.keep(figure(80)), east=str(tmp_path / "side.png"))
    hero = artist.keep(figure(200))
    request = AnimateRequest(sprite_id=hero, motions=("walk",), directions=4, views=views, redraw="moved")
    made = make_clips(request, library)
    frames = made.clips["walk_south"].frames
    different = list({frame.tobytes(): frame for frame in frames}.values())
    redrawn = {"walk_south": [artist.keep(np.roll(frame, 1, axis=0)) for frame in different]}
    kept = keep_animation(made, redrawn, library).entry
    recipe = read_recipe(kept.path)
    (tmp_path / "side.png").unlink()
    forget_all(library)

    again = follow(recipe, library, artist.draw)

    assert again.sha256 == kept.sha256
    assert sorted(artist.drawn_again) == list(range(2 + len(different)))


def test_clips_of_the_cast_and_of_another_body_come_out_the_same(library: Library, artist: Artist) -> None:
    hero = artist.keep(figure(200), "a knight")
    cast = animate_sprite(AnimateRequest(sprite_id=hero, directions=4), library).entry
    slime = animate_sprite(AnimateRequest(sprite_id=hero, motions=("hop",), body="slime"), library).entry
    recipes = [read_recipe(one.path) for one in (cast, slime)]
    forget_all(library)

    again = [follow(recipe, library, artist.draw) for recipe in recipes]

    assert [one.sha256 for one in again] == [cast.sha256, slime.sha256]
    assert artist.drawn_again == [0], "the second finds what the first had drawn"


def test_edits_of_sets_and_sheets_of_edits_follow_the_whole_chain(library: Library, artist: Artist) -> None:
    upper, lower = artist.keep(ground(1, (90, 150, 60)), "grass"), artist.keep(ground(2, (40, 80, 160)), "water")
    shore = set_of(library, upper, lower, kind="blob")
    evening = edit_pixels(EditRequest(sprite_id=shore.sprite_id, operation="recolor", palette="pico-8"), library)
    hero = artist.keep(figure(200))
    turned = edit_pixels(EditRequest(sprite_id=hero, operation="rotate", turns=1), library)
    sheet = lay_sheet(KeptSheetRequest(sprite_ids=(hero, turned.sprite_id), animation="turn", name="hero"), library)
    recipes = [read_recipe(one.path) for one in (evening, sheet)]
    forget_all(library)

    again = [follow(recipe, library, artist.draw) for recipe in recipes]

    assert [one.sha256 for one in again] == [evening.sha256, sheet.sha256]
    assert again[0].facts["composed_equals_whole"] is True
    assert again[0].entry_kind == "tileset"


def test_a_set_whose_ground_is_drawn_otherwise_here_is_refused_by_name(library: Library, artist: Artist) -> None:
    upper, lower = artist.keep(ground(1, (90, 150, 60))), artist.keep(ground(2, (40, 80, 160)))
    recipe = read_recipe(set_of(library, upper, lower).path)
    forget_all(library)

    with pytest.raises(RecipeError, match=r"its terrain upper comes out as another file here"):
        follow(recipe, library, lambda _: library.get(artist.keep(ground(9, (1, 2, 3)))))
    alone = recipe.model_copy(update={"parts": {}})
    with pytest.raises(RecipeError, match=r"its terrain upper .* is not in the library"):
        follow(alone, library, artist.draw)
