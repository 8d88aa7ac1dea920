"""Tiles of a set meet: a map put together from them is the map worked out whole, to the pixel."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from pixels_mcp.errors import TilesetError
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.tiles.borders import make_border
from pixels_mcp.pixelart.tiles.codes import (
    BLOB_CODES,
    CORNER_BITS,
    blob_codes,
    corner_codes,
    edge_codes,
    neighbourhood,
    reduce_blob,
)
from pixels_mcp.pixelart.tiles.maps import compose, count_differences, draw_whole, lay, random_terrain
from pixels_mcp.pixelart.tiles.tileset import FLOOR_CODES, Tileset, TilesetDesign, make_tileset
from pixels_mcp.pixelart.tiles.walls import make_wall_look
from pixels_mcp.set_words import BorderKind, TileKind

KINDS: tuple[TileKind, ...] = ("corner", "edge", "blob", "wall", "single")
BORDERS: tuple[BorderKind, ...] = ("bank", "band", "outline", "none")


def texture(seed: int, tint: tuple[int, int, int], side_px: int = 32) -> Rgba:
    """A speckled ground on a torus, in six shades."""
    noise = np.random.default_rng(seed).standard_normal((side_px, side_px))
    smooth = ndimage.gaussian_filter(noise, 1.0, mode="wrap")
    level = np.digitize(smooth, np.quantile(smooth, [0.1, 0.3, 0.5, 0.7, 0.9])) * 9 - 22
    pixels = np.full((side_px, side_px, 4), 255, dtype=np.uint8)
    pixels[..., :3] = np.clip(np.array(tint) + level[..., None], 0, 255)
    return pixels


def design(kind: TileKind = "corner", border: BorderKind = "bank", side_px: int = 32, **more: object) -> TilesetDesign:
    upper, lower = texture(1, (90, 140, 50), side_px), texture(2, (50, 90, 150), side_px)
    wall = make_wall_look(upper, tile_px=side_px, face_px=side_px * 5 // 8) if kind == "wall" else None
    words: dict[str, Any] = {"border": make_border(border, upper, lower, tile_px=side_px), "wall": wall, **more}
    return TilesetDesign(kind, upper, lower, **words)


@pytest.mark.parametrize("side_px", [16, 32])
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_map_of_tiles_equals_the_map_worked_out_whole(kind: TileKind, border: BorderKind, side_px: int) -> None:
    fills = tuple(texture(seed, (90, 140, 50), side_px) for seed in (7, 8)) if kind == "corner" else ()
    made = design(kind, border, side_px, variants=3, upper_fills=fills, path_px=side_px * 3 // 8)

    assert count_differences(made, make_tileset(made), maps=20, side=7) == 0


@pytest.mark.parametrize("spoilt", ["a pixel of one tile", "the seed of one tile"])
def test_the_comparison_sees_a_tile_that_does_not_fit(spoilt: str) -> None:
    made = design()
    tiles = dict(make_tileset(made).tiles)
    if spoilt == "a pixel of one tile":
        tiles[6, 0] = tiles[6, 0].copy()
        tiles[6, 0][0, 0, :3] ^= 1
    else:
        tiles[6, 0] = make_tileset(design(seed=9)).tiles[6, 0]

    assert count_differences(made, Tileset("corner", 32, tiles), maps=5) > 0


@pytest.mark.parametrize("border", BORDERS)
def test_tiles_with_equal_corners_on_a_side_have_equal_pixels_there(border: BorderKind) -> None:
    tileset = make_tileset(design(border=border, variants=3))
    sides = {"N": (("NW", "NE"), np.s_[0]), "W": (("NW", "SW"), np.s_[:, 0]), "S": (("SW", "SE"), np.s_[-1])}
    for corners, line in sides.values():
        for first, second in itertools.combinations(tileset.keys, 2):
            known = [bool(first[0] & CORNER_BITS[c]) == bool(second[0] & CORNER_BITS[c]) for c in corners]
            if all(known):
                assert np.array_equal(tileset.tiles[first][line], tileset.tiles[second][line]), (first, second)


@pytest.mark.parametrize(
    ("kind", "tiles", "size_px"),
    [
        ("corner", 16, (128, 128)),
        ("edge", 17, (128, 160)),
        ("blob", 48, (256, 192)),
        ("wall", 51, (256, 224)),
        ("single", 1, (128, 32)),
    ],
)
def test_a_set_is_complete_and_lies_in_code_order(kind: TileKind, tiles: int, size_px: tuple[int, int]) -> None:
    tileset = make_tileset(design(kind))
    sheet = tileset.sheet()

    assert len(tileset.tiles) == tiles
    assert sheet.shape[1::-1] == size_px
    inside = [code for code, _ in tileset.keys if code >= 0]
    assert inside == sorted(inside)
    assert np.array_equal(sheet[:32, :32], tileset.tiles[tileset.keys[0]])
    assert (sheet[..., 3] == 255).sum() == tiles * 32 * 32


def test_the_wall_set_has_floors_for_every_shadow() -> None:
    tileset = make_tileset(design("wall"))
    floors = {tileset.tiles[code, 0].tobytes() for code in FLOOR_CODES}
    assert len(floors) == 4


def test_variants_differ_inside_and_agree_at_their_edges() -> None:
    tileset = make_tileset(design(variants=4))
    for code in range(1, 15):
        variants = [tileset.tiles[code, variant] for variant in tileset.variants_of(code)]
        assert len({one.tobytes() for one in variants}) == 4, code
        rim = np.ones((32, 32), dtype=bool)
        rim[1:-1, 1:-1] = False
        assert len({one[rim].tobytes() for one in variants}) == 1, code


def test_another_seed_gives_another_shore_and_the_same_seed_the_same() -> None:
    first, again, other = (make_tileset(design(seed=seed)).sheet() for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_no_color_appears_that_is_neither_in_a_texture_nor_in_the_border() -> None:
    made = design("corner", "bank")
    border = made.border
    known = {tuple(c) for t in (made.upper, made.lower) for c in t[..., :3].reshape(-1, 3).tolist()}
    known |= {border.rim, border.rim_lit, border.rim_dark, *border.bank, border.foam} | (
        {border.shade} if border.shade else set()
    )
    drawn = {tuple(c) for c in make_tileset(made).sheet()[..., :3].reshape(-1, 3).tolist()}
    assert drawn <= known


def test_blob_codes_forget_corners_that_are_cut_off() -> None:
    assert len(BLOB_CODES) == 47
    assert reduce_blob(0b0000_0010) == 0
    assert reduce_blob(0b0000_0111) == 0b0000_0111
    for code in range(256):
        around = blob_codes(neighbourhood(code, middle=True))
        assert around[1, 1] == code


def test_corners_and_paths_are_read_from_a_map() -> None:
    assert corner_codes(np.array([[1, 0], [0, 1]], dtype=bool)).tolist() == [[1 + 4]]
    path = np.array([[0, 1, 0], [1, 1, 0], [0, 0, 0]], dtype=bool)
    assert edge_codes(path).tolist() == [[-1, 4, -1], [2, 1 + 8, -1], [-1, -1, -1]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_random_map_shows_both_terrains(kind: TileKind) -> None:
    made = design(kind)
    laid = lay(make_tileset(made), random_terrain(kind, 9, 6, seed=4), seed=4)
    picture = compose(make_tileset(made), laid)

    assert picture.shape == (6 * 32, 9 * 32, 4)
    assert np.array_equal(picture, draw_whole(made, laid))
    if kind != "single":
        assert 0.05 < laid.terrain.mean() < 0.95


@pytest.mark.parametrize(
    ("upper", "lower", "why"),
    [
        (texture(1, (9, 9, 9), 24), texture(1, (9, 9, 9), 24), "24 x 24 px, tiles are squares of 16 or 32"),
        (texture(1, (9, 9, 9), 32), texture(1, (9, 9, 9), 16), "have 32 and 16 px"),
        (texture(1, (9, 9, 9))[:, :16], texture(1, (9, 9, 9)), "16 x 32 px"),
        (np.zeros((32, 32, 4), np.uint8), texture(1, (9, 9, 9)), "1024 transparent pixels"),
    ],
)
def test_terrains_that_cannot_be_a_set_are_refused_with_their_sizes(upper: Rgba, lower: Rgba, why: str) -> None:
    border = make_border("none", texture(1, (9, 9, 9)), texture(2, (8, 8, 8)), tile_px=32)
    with pytest.raises(TilesetError, match=why):
        TilesetDesign("corner", upper, lower, border)


def test_nine_variants_are_refused() -> None:
    with pytest.raises(TilesetError, match="9 variants are asked, 1 to 8"):
        design(variants=9)
