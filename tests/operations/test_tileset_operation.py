"""From terrains to a tileset in the library: drawn by words, taken from sprites, or a person's own tiles."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from pydantic import ValidationError

from helpers.typed import typed
from helpers.waiting import PATIENCE_S
from helpers.workers import threaded_worker
from pixels_mcp.errors import InvalidArgumentError, TilesetError
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import read_recipe
from pixels_mcp.operations.given_picture import GivenPicture
from pixels_mcp.operations.set_requests import TilesetRequest
from pixels_mcp.operations.terrains import drawing_of, open_terrains, require_given, words_to_draw
from pixels_mcp.operations.tileset_operation import build_tileset
from pixels_mcp.pixelart.pictures import open_picture
from pixels_mcp.pixelart.quality import seam_errors
from pixels_mcp.pixelart.tiles.ground_variants import ground_variants
from pixels_mcp.png import encode_png


@pytest.fixture
def library(home: Path) -> Library:
    return Library(home / "data" / "library")


def own_tile(home: Path, name: str, tint: tuple[int, int, int], side_px: int = 32) -> str:
    chance = np.random.default_rng(len(name))
    pixels = np.full((side_px, side_px, 4), 255, dtype=np.uint8)
    pixels[..., :3] = np.array(tint) + chance.integers(-9, 10, (side_px, side_px, 1)) * 3
    file = home / name
    file.write_bytes(encode_png(pixels))
    return str(file)


def test_own_tiles_become_a_set_whose_sheet_stands_in_the_library(home: Path, library: Library) -> None:
    request = TilesetRequest(
        upper=own_tile(home, "grass.png", (90, 150, 60)), lower=own_tile(home, "water.png", (50, 90, 170)), name="shore"
    )

    made = build_tileset(request, open_terrains(request, {}, library), library)

    entry = library.get(made.entry.sprite_id)
    assert entry.entry_kind == "tileset"
    assert entry.sprite_id.startswith("shore-")
    assert (entry.width_px, entry.height_px) == (128, 128)
    assert entry.facts["composed_equals_whole"] is True
    assert entry.facts["codes_present"] == 16
    assert entry.facts["tiles"] == [[code, 0] for code in range(16)]
    assert np.array_equal(open_picture(Path(entry.path)), made.tileset.sheet())
    recipe = read_recipe(Path(entry.path))
    assert recipe.operation == "tileset"
    assert set(recipe.sources) == {"upper", "lower"}
    assert made.preview(7, 5).shape == (5 * 32, 7 * 32, 4)


def test_terrains_in_words_are_drawn_joined_and_become_parts_of_the_set(home: Path) -> None:
    request = TilesetRequest(upper="green grass", lower="deep water", kind="blob", border="outline")
    batch = drawing_of(request)
    assert batch is not None
    assert [item.prompt for item in batch.items] == ["green grass", "deep water"]
    with threaded_worker(home) as connect:
        client = connect()
        job = client.wait(client.submit_batch(batch).job_id, PATIENCE_S)
        sprites = [part.sprites[0].sprite_id for part in job.parts]
        library = Library(home / "data" / "library")
        drawn = dict(zip(words_to_draw(request), sprites, strict=True))

        made = build_tileset(request, open_terrains(request, drawn, library), library)
        later = client.submit_batch(batch)

    assert list(made.entry.parts) == sprites
    assert len(made.tileset.tiles) == 48
    numbers = [int(one.rpartition("-")[2].partition(".")[0]) for one in (made.entry.sprite_id, later.job_id)]
    assert numbers[0] < numbers[1], "a number is given once, to sprites and to what is made of them"


def test_a_set_chains_by_the_sprite_of_its_terrain(home: Path, library: Library) -> None:
    grass, water, sand = (
        own_tile(home, f"{n}.png", (90, 40 * k, 60)) for k, n in enumerate(("one", "two", "three"), 1)
    )
    first = TilesetRequest(upper=grass, lower=water)
    second = TilesetRequest(upper=grass, lower=sand, border="band", band=water, seed=3)

    sheets = [build_tileset(one, open_terrains(one, {}, library), library).tileset for one in (first, second)]

    assert not np.array_equal(sheets[0].tiles[6, 0], sheets[1].tiles[6, 0])


def test_both_terrains_share_one_palette_of_the_asked_size(home: Path, library: Library) -> None:
    words: dict[str, Any] = {
        "upper": own_tile(home, "g.png", (90, 150, 60)),
        "lower": own_tile(home, "ww.png", (50, 90, 170)),
    }
    request = TilesetRequest(**words, border="none", max_colors=6)

    made = build_tileset(request, open_terrains(request, {}, library), library)

    assert int(str(made.entry.facts["colors"])) <= 6


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"upper": "a"}, "needs a lower terrain"),
        ({"upper": "a", "lower": "b", "kind": "single"}, "one ground"),
        ({"upper": "a", "lower": "b", "kind": "wall", "border": "bank"}, "walls have no border"),
        ({"upper": "a", "lower": "b", "band": "c"}, "band is used by border=band alone"),
        ({"upper": "a", "lower": "b", "path_px": 8}, "path_px belongs to kind edge"),
        ({"upper": "a", "lower": "b", "kind": "edge", "tile_px": 16, "path_px": 14}, "leaves no room"),
        ({"upper": "a", "lower": "b", "kind": "blob", "variants": 2}, "variants are made for"),
        ({"upper": "a", "lower": "b", "kind": "wall", "roughness_px": 1}, "no border that wanders"),
        ({"upper": "a", "lower": "b", "tile_px": 24}, "16 or 32"),
        ({"upper": "a", "lower": "b", "colour": 1}, "Extra inputs"),
    ],
)
def test_words_that_would_change_nothing_are_refused(words: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        TilesetRequest.model_validate(words)


def test_a_terrain_of_another_size_or_a_missing_file_is_named(home: Path, library: Library) -> None:
    small, large = own_tile(home, "s.png", (9, 90, 9), 16), own_tile(home, "l.png", (90, 90, 9), 32)
    request = TilesetRequest(upper=small, lower=large)
    with pytest.raises(TilesetError, match="upper is 16 x 16 px, tiles of 32 px were asked"):
        build_tileset(request, open_terrains(request, {}, library), library)
    missing = TilesetRequest(upper=str(home / "nothing.png"), lower=large)
    with pytest.raises(InvalidArgumentError, match=r"upper: .*nothing\.png is not a file"):
        open_terrains(missing, {}, library)
    assert library.count() == 0, "nothing is half kept"


@pytest.mark.parametrize("kind", ["corner", "edge", "blob", "single"])
def test_water_moves_in_every_tile_alike_and_every_frame_still_meets(library: Library, kind: Any) -> None:
    lower: dict[str, Any] = {} if kind == "single" else {"lower": "water"}
    request = TilesetRequest(upper="grass", kind=kind, frames=4, frame_ms=200, tile_px=16, **lower)
    chance = np.random.default_rng(5)
    pictures: dict[Any, GivenPicture] = {}
    for role, color in {"upper": (70, 130, 50), **({} if kind == "single" else {"lower": (40, 80, 170)})}.items():
        pixels = np.full((16, 16, 4), 255, dtype=np.uint8)
        pixels[..., :3] = np.array(color) + chance.integers(0, 4, (16, 16, 1)) * 9
        pictures[role] = GivenPicture(pixels, "0" * 64, None)

    made = build_tileset(request, pictures, library)

    facts = made.entry.facts
    assert facts["composed_equals_whole"] is True
    assert (facts["frame_count"], facts["frame_ms"]) == (4, 200)
    assert float(str(facts["moving_share"])) > 0.2
    assert not any("hardly moves" in note for note in made.entry.notes)
    sheets = np.split(made.sheet, 4)
    assert np.array_equal(sheets[0], made.tileset.sheet())
    assert all(not np.array_equal(one, other) for one, other in zip(sheets, [*sheets[1:], sheets[0]], strict=True))
    if kind == "corner":
        tile = np.s_[48:64, 48:64]
        assert all(np.array_equal(sheets[0][tile], sheet[tile]) for sheet in sheets), "the land stands still"
    assert made.entry.height_px == 4 * made.tileset.sheet().shape[0]


def test_frames_where_nothing_moves_are_refused() -> None:
    with pytest.raises(ValidationError, match="stand still"):
        TilesetRequest(upper="brick", lower="sand", kind="wall", frames=3)
    with pytest.raises(ValidationError, match="frame_ms belongs to frames"):
        TilesetRequest(upper="grass", lower="water", frame_ms=90)


def test_plain_water_that_hardly_moves_is_told(library: Library) -> None:
    plain = np.full((16, 16, 4), (40, 80, 170, 255), dtype=np.uint8)
    plain[3, 3] = (60, 110, 190, 255)
    land = np.full((16, 16, 4), (70, 130, 50, 255), dtype=np.uint8)
    land[::3, ::2, 1] = 150
    pictures: dict[Any, GivenPicture] = {
        "upper": GivenPicture(land, "0" * 64, None),
        "lower": GivenPicture(plain, "1" * 64, None),
    }
    request = TilesetRequest(upper="grass", lower="flat water", frames=4, tile_px=16)

    made = build_tileset(request, pictures, library)

    assert any("flat water is so plain that it hardly moves" in note for note in made.entry.notes)


@pytest.mark.parametrize(("tile_px", "rim_px"), [(32, 6), (16, 3)])
def test_variants_of_whole_grounds_fit_wherever_the_first_fits(
    home: Path, library: Library, tile_px: Literal[16, 32], rim_px: int
) -> None:
    upper, lower = (own_tile(home, name, (70, 130, 50), tile_px) for name in ("grass.png", "deep_lava.png"))
    request = TilesetRequest(upper=upper, lower=lower, variants=3, tile_px=tile_px)

    made = build_tileset(request, open_terrains(request, {}, library), library)

    assert made.entry.facts["composed_equals_whole"] is True
    assert made.tileset.variants_of(15) == made.tileset.variants_of(0) == [0, 1, 2]
    for code in (0, 15):
        first, second, third = (made.tileset.tiles[(code, variant)] for variant in range(3))
        assert not np.array_equal(second, third)
        for other in (second, third):
            differs = (first != other).any(axis=-1)
            assert differs[rim_px:-rim_px, rim_px:-rim_px].mean() > 0.15
            differs[rim_px:-rim_px, rim_px:-rim_px] = False
            assert not differs.any(), "the rim stays to the bit"
            assert {*map(tuple, other.reshape(-1, 4).tolist())} <= {*map(tuple, first.reshape(-1, 4).tolist())}


def test_variants_of_bricks_keep_their_joints() -> None:
    wall = np.full((32, 32, 4), (180, 90, 70, 255), dtype=np.uint8)
    wall[::8] = wall[:8, 15] = wall[16:24, 15] = wall[8:16, 31] = wall[24:, 31] = (60, 40, 40, 255)
    wall[..., 1] += np.random.default_rng(3).integers(0, 3, (32, 32), dtype=np.uint8) * 8

    for variant in ground_variants(wall, 3, rim_px=6, seed=1):
        assert not np.array_equal(variant, wall)
        assert ((variant[..., 0] == 60) != (wall[..., 0] == 60)).sum() <= 16, "a cut across the joints moves over 60"


def test_a_given_tile_that_does_not_join_is_refused_before_anything_is_drawn(home: Path, library: Library) -> None:
    slope = np.full((32, 32, 4), 255, dtype=np.uint8)
    slope[..., 0] = np.linspace(20, 220, 32).astype(np.uint8)[None]
    file = home / "slope.png"
    file.write_bytes(encode_png(slope))
    request = TilesetRequest(upper="green grass", lower=str(file))

    with pytest.raises(TilesetError, match=r"lower slope\.png: its left and right edges do not meet") as refused:
        require_given(request, library)
    assert "operation seams" in str(refused.value.hint)
    assert library.count() == 0


def test_a_given_tile_whose_joint_lies_on_its_edge_is_taken(home: Path, library: Library) -> None:
    bricks = np.full((16, 16, 4), (180, 90, 70, 255), dtype=np.uint8)
    bricks[::8] = bricks[:8, 0] = bricks[8:, 8] = (40, 20, 20, 255)
    file = home / "bricks.png"
    file.write_bytes(encode_png(bricks))
    assert max(seam_errors(bricks)) > 1

    require_given(TilesetRequest(upper=str(file), kind="single", tile_px=16), library)


def test_a_texture_that_cannot_join_itself_is_told_and_the_set_still_joins(library: Library) -> None:
    slope = np.full((32, 32, 4), 255, dtype=np.uint8)
    slope[..., 0] = np.linspace(20, 220, 32).astype(np.uint8)[None]
    slope[..., 1] = np.linspace(200, 60, 32).astype(np.uint8)[:, None]
    flat = np.full((32, 32, 4), (40, 80, 170, 255), dtype=np.uint8)
    terrains: dict[Any, GivenPicture] = {
        "upper": GivenPicture(slope, "1" * 64, None), "lower": GivenPicture(flat, "2" * 64, None)
    }  # fmt: skip

    made = build_tileset(TilesetRequest(upper="a slope", lower="a sea"), terrains, library)

    assert typed(float, made.entry.facts["seam_error"]) > 1
    assert any("shows where it repeats" in note for note in made.entry.notes)
    assert made.entry.facts["composed_equals_whole"] is True


@pytest.mark.parametrize("kind", ["single", "corner"])
def test_a_ground_of_one_color_is_a_ground(library: Library, kind: Any) -> None:
    flat = GivenPicture(np.full((16, 16, 4), (70, 130, 50, 255), dtype=np.uint8), "1" * 64, None)
    terrains: dict[Any, GivenPicture] = {"upper": flat} | ({} if kind == "single" else {"lower": flat})
    words: dict[str, Any] = {} if kind == "single" else {"lower": "a lawn", "border": "none"}

    made = build_tileset(TilesetRequest(upper="a lawn", kind=kind, tile_px=16, **words), terrains, library)

    assert made.entry.facts["colors"] == 1
    assert made.entry.facts["composed_equals_whole"] is True
