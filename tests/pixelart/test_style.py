"""The style of pictures as numbers: what each number sees, and how a set tells its own from strangers."""

from __future__ import annotations

import numpy as np
import pytest

from pixels_mcp.errors import PixelArtError, PixelShapeError
from pixels_mcp.exemplars.tile_index import FOLDER, TileIndex
from pixels_mcp.pixelart.drawing.outline import add_outline
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.style.fingerprint import FEATURE_GROUPS, FEATURE_NAMES, LEAST_SPREAD, fingerprint
from pixels_mcp.pixelart.style.style_of_set import StyleOfSet


def ball(side: int = 16, light: tuple[float, float] = (-1, -1), tint: tuple[int, int, int] = (40, 110, 60)) -> Rgba:
    """A shaded ball, lit from one side, four shades of one color."""
    y, x = np.mgrid[0:side, 0:side] - (side - 1) / 2
    slope: np.ndarray = x * light[0] + y * light[1]
    shade = np.digitize(slope, [-side / 4, 0, side / 4])
    pixels = np.zeros((side, side, 4), dtype=np.uint8)
    inside = np.hypot(x, y) <= side / 2 - 1
    pixels[inside, :3] = np.clip(np.array(tint) + shade[inside][:, None] * 35, 0, 255)
    pixels[inside, 3] = 255
    return pixels


def pack(name: str, count: int, *, first: int = 0) -> list[Rgba]:
    index = TileIndex(FOLDER)
    numbers = [number for number, entry in enumerate(index.entries) if entry.pack == name]
    return [index.pixels(number) for number in numbers[first :: max(1, len(numbers) // (count + 1))]][:count]


def test_every_feature_is_in_one_group_and_has_a_least_spread() -> None:
    grouped = [name for names in FEATURE_GROUPS.values() for name in names]

    assert grouped == list(FEATURE_NAMES)
    assert set(LEAST_SPREAD) == set(FEATURE_NAMES)


def test_a_dark_outline_is_seen_and_a_light_one_told_from_it() -> None:
    plain = ball()
    dark = fingerprint(add_outline(plain, "outer", np.array([10, 10, 20], np.uint8)))
    sticker = fingerprint(add_outline(plain, "outer", np.array([255, 255, 255], np.uint8)))

    assert (dark.dark_border, dark.light_border) == (1.0, 0.0)
    assert sticker.dark_border == 0
    assert sticker.light_border > 0.8
    assert fingerprint(plain).dark_border < 0.5
    assert dark.border_color_spread < 1e-6


def test_an_outline_with_gaps_breaks() -> None:
    whole = add_outline(ball(), "outer", np.array([10, 10, 20], np.uint8))
    gaps = whole.copy()
    gaps[(whole[..., :3] == [10, 10, 20]).all(-1) & (np.indices((16, 16)).sum(0) % 4 == 0), :3] = [90, 200, 120]

    assert fingerprint(whole).border_breaks == 0
    assert fingerprint(gaps).border_breaks > 0.2


@pytest.mark.parametrize(("light", "dx", "dy"), [((-1, 0), -1, 0), ((1, 0), 1, 0), ((0, -1), 0, -1), ((0, 1), 0, 1)])
def test_the_light_is_told_by_its_side(light: tuple[float, float], dx: int, dy: int) -> None:
    seen = fingerprint(ball(light=light))

    assert seen.light_dx == pytest.approx(dx, abs=0.2)
    assert seen.light_dy == pytest.approx(dy, abs=0.2)


def test_dithering_and_runs_of_one_pixel_are_counted() -> None:
    checker = np.full((8, 8, 4), 255, dtype=np.uint8)
    checker[np.indices((8, 8)).sum(0) % 2 == 0, :3] = [200, 40, 40]
    flat = np.full((8, 8, 4), 255, dtype=np.uint8)

    assert (fingerprint(checker).dithering, fingerprint(checker).single_runs, fingerprint(checker).region_px) == (
        1,
        1,
        1,
    )
    assert (fingerprint(flat).dithering, fingerprint(flat).single_runs, fingerprint(flat).region_px) == (0, 0, 64)


def test_what_is_transparent_has_no_say() -> None:
    pixels = ball()
    painted = pixels.copy()
    painted[pixels[..., 3] == 0, :3] = [255, 0, 255]

    assert fingerprint(painted) == fingerprint(pixels)


def test_a_tile_without_a_border_has_no_outline_features_and_still_a_distance() -> None:
    tiles = [np.full((8, 8, 4), 255, dtype=np.uint8) for _ in range(4)]
    for number, tile in enumerate(tiles):
        tile[: 2 + number, :, :3] = [30, 60, 40 + number]
    seen = fingerprint(tiles[0])

    assert np.isnan(seen.dark_border)
    assert StyleOfSet(tiles).distance_of(tiles[0]).distance < 1


def test_a_set_of_one_picture_repeated_has_a_yardstick_that_can_be_divided_by() -> None:
    style = StyleOfSet([ball()] * 5)

    assert style.distance_of(ball()).ratio == 0
    assert style.distance_of(ball(tint=(180, 40, 40))).ratio > 5


def test_what_is_off_is_named() -> None:
    greens = [ball(side, tint=(40, 100 + step, 60)) for side in (14, 16, 18) for step in (0, 10, 20)]
    red = StyleOfSet(greens).distance_of(ball(tint=(180, 30, 30)))

    assert {one.name for one in red.furthest[:6]} & {"green_red", "palette_distance", "color_cloud"}
    assert red.colors_unused == 1


def test_too_few_pictures_and_empty_ones_are_refused() -> None:
    empty = np.zeros((8, 8, 4), dtype=np.uint8)
    with pytest.raises(PixelArtError, match="2 were given"):
        StyleOfSet([ball(), ball(), empty])
    with pytest.raises(PixelArtError, match="opaque"):
        fingerprint(empty)
    with pytest.raises(PixelShapeError):
        fingerprint(np.zeros((8, 8, 3), dtype=np.uint8))


def test_packs_of_artists_are_told_apart_from_few_pictures() -> None:
    names = ["dcss_tiles", "kenney_pixel", "ninja_adventure", "pixel_frog"]
    styles = {name: StyleOfSet(pack(name, 40)) for name in names}
    new = {name: pack(name, 12, first=3) for name in names}
    ratios = {
        name: {other: style.distance_of_batch(new[other]).ratio for other in names} for name, style in styles.items()
    }

    for name in names:
        assert min(ratios[name], key=ratios[name].__getitem__) == name
        assert ratios[name][name] < 2
        assert 0.6 < styles[name].inconsistency_of(new[name]) < 1.5
