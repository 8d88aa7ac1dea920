"""Palettes by hue, and outlines that are asked for."""

from __future__ import annotations

import numpy as np
import pytest

from pixels_mcp.exemplars.finder import find_exemplars
from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.colors.hue_match import describe_change, measure_change, snap_by_hue
from pixels_mcp.pixelart.colors.palettes import load_palette
from pixels_mcp.pixelart.colors.quantize import snap_to_palette
from pixels_mcp.pixelart.finish import finish_sprite
from pixels_mcp.pixelart.pixels import Rgba, color_keys
from pixels_mcp.pixelart.style.fingerprint import fingerprint
from pixels_mcp.pixelart.style.outlining import OutlineWish, bring_outline


def exemplar(words: str) -> Rgba:
    return find_exemplars(words, 1)[0].pixels


def mean_hue_deg(pixels: Rgba) -> float:
    a, b = oklab(pixels[pixels[..., 3] > 0][:, :3])[:, 1:].mean(axis=0)
    return float(np.degrees(np.arctan2(b, a)) % 360)


@pytest.mark.parametrize("palette", ["sweetie-16", "endesga-32", "pico-8"])
def test_grass_stays_green_and_keeps_a_texture(palette: str) -> None:
    grass = exemplar("green grass floor")

    green = snap_by_hue(grass, load_palette(palette))

    assert 110 <= mean_hue_deg(green) <= 170
    assert measure_change(grass, green).hue_turned < 0.05
    assert len(np.unique(color_keys(green[..., :3]))) >= 2


@pytest.mark.parametrize("words", ["deep water", "red heart", "brown wooden door"])
def test_hues_that_a_palette_has_are_kept(words: str) -> None:
    picture = exemplar(words)

    assert measure_change(picture, snap_by_hue(picture, load_palette("sweetie-16"))).hue_turned < 0.05


def test_gray_takes_no_color_where_the_palette_has_a_gray() -> None:
    gray = np.full((4, 4, 4), 255, dtype=np.uint8)
    gray[..., :3] = [110, 110, 112]

    assert snap_by_hue(gray, load_palette("#707070,#6e7a6a,#e43b44")).reshape(-1, 4)[0].tolist() == [112, 112, 112, 255]


def test_a_palette_that_cannot_carry_the_colors_is_told_with_its_distance() -> None:
    heart = exemplar("red heart")
    boy = load_palette("game-boy")

    told = describe_change(measure_change(heart, snap_to_palette(heart, boy)), "game-boy")
    assert told is not None
    assert "game-boy" in told
    assert "distance 0." in told
    assert describe_change(measure_change(heart, heart), "its own") is None


def test_what_the_palette_changed_is_noted_on_the_sprite() -> None:
    finished = finish_sprite(exemplar("red heart"), size_px=(32, 32), palette=load_palette("game-boy"))

    assert "game-boy" in finished.notes[0]
    assert finish_sprite(exemplar("red heart"), size_px=(32, 32)).notes == ()


def plain_ball() -> Rgba:
    y, x = np.mgrid[0:16, 0:16] - 7.5
    pixels = np.zeros((16, 16, 4), dtype=np.uint8)
    pixels[np.hypot(x, y) <= 6] = [90, 160, 90, 255]
    pixels[np.hypot(x + 2, y + 2) <= 2] = [200, 230, 200, 255]
    return pixels


def test_an_outline_is_added_inked_anew_and_taken_away() -> None:
    ink, blue = np.array([20, 16, 30], np.uint8), np.array([20, 24, 70], np.uint8)
    lined = bring_outline(plain_ball(), "outer", ink)
    again = bring_outline(lined, "outer", blue)
    bare = bring_outline(lined, "none")

    assert fingerprint(lined).dark_border == 1
    assert (lined[..., 3] > 0).sum() > (plain_ball()[..., 3] > 0).sum()
    assert ((again[..., 3] > 0) == (lined[..., 3] > 0)).all()
    assert (again[..., :3] == blue).all(axis=-1).sum() == (
        (lined[..., :3] == ink).all(axis=-1) & (lined[..., 3] > 0)
    ).sum()
    assert fingerprint(bare).dark_border == 0


def test_an_outline_never_changes_the_size_and_leaves_a_floor_alone() -> None:
    full = plain_ball()[1:-1, 1:-1][1:-1, 1:-1]
    floor = np.full((8, 8, 4), 255, dtype=np.uint8)

    assert bring_outline(full, "outer").shape == full.shape
    assert (bring_outline(floor, "outer") == floor).all()


def test_the_color_of_an_outline_counts_among_the_colors() -> None:
    wish = OutlineWish("outer", np.array([20, 16, 30], np.uint8))

    finished = finish_sprite(exemplar("green slime"), size_px=(32, 32), max_colors=6, outline=wish)

    assert finished.facts.colors <= 6
    assert "#14101e" in finished.facts.palette
