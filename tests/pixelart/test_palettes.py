"""Palettes by name, from colours and from files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.fake_art import tile
from pixels_mcp.errors import PaletteError
from pixels_mcp.pixelart.colors.palettes import Palette, load_palette, palette_names, palette_of
from pixels_mcp.pixelart.colors.recolor import best_of_palette, remap_by_lightness, swap_palette

SIZES = {
    "1-bit": 2, "game-boy": 4, "pico-8": 16, "db16": 16, "db32": 32, "endesga-32": 32, "sweetie-16": 16,
    "c64": 16, "cga": 16, "zx-spectrum": 15, "nes": 55, "resurrect-64": 64,
}  # fmt: skip


@pytest.mark.parametrize("name", list(SIZES))
def test_a_named_palette_has_its_colours(name: str) -> None:
    assert len(load_palette(name).colors) == SIZES[name]


def test_every_name_that_is_offered_loads() -> None:
    for name in palette_names():
        assert 2 <= len(load_palette(name).colors) <= 256


@pytest.mark.parametrize("spelling", ["PICO-8", "pico 8", "Pico_8", "pico8"])
def test_names_are_found_as_people_write_them(spelling: str) -> None:
    assert load_palette(spelling).hex_codes == load_palette("pico-8").hex_codes


@pytest.mark.parametrize("source", ["#000000,#fff1e8", "#000, #fff1e8", ["#000000", "fff1e8"], "000000 fff1e8"])
def test_colours_may_be_written_out(source: str | list[str]) -> None:
    assert load_palette(source).hex_codes == ["#000000", "#fff1e8"]


FILES = {
    "duo.hex": "1a1c2c\nff00aa\n",
    "duo.gpl": "GIMP Palette\nName: duo\nColumns: 2\n# two\n26 28 44 night\n255 0 170\tpink\n",
    "duo.pal": "JASC-PAL\r\n0100\r\n2\r\n26 28 44\r\n255 0 170\r\n",
}


@pytest.mark.parametrize("name", list(FILES))
def test_palette_files_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(FILES[name])

    palette = load_palette(tmp_path / name)

    assert palette.name == "duo"
    assert palette.hex_codes == ["#1a1c2c", "#ff00aa"]


def test_a_strip_gives_its_colours_in_reading_order(tmp_path: Path) -> None:
    strip = np.array([[[9, 9, 9], [1, 2, 3], [9, 9, 9], [200, 0, 0]]], dtype=np.uint8)
    Image.fromarray(strip.repeat(4, axis=0).repeat(4, axis=1)).save(tmp_path / "strip.png")

    assert load_palette(str(tmp_path / "strip.png")).hex_codes == ["#090909", "#010203", "#c80000"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.hex", "12345\n"),
        ("a.gpl", "GIMP Palette\n1 2 3\npink\n"),
        ("a.pal", "JASC-PAL\n0100\n1\n1 2 900\n"),
    ],
)
def test_a_damaged_palette_file_is_named(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)

    with pytest.raises(PaletteError, match=name.replace(".", r"\.")):
        load_palette(tmp_path / name)


@pytest.mark.parametrize("count", [1, 257])
def test_a_palette_has_2_to_256_colours(count: int) -> None:
    colors = np.stack([np.arange(count) % 256, np.arange(count) // 256, np.zeros(count)], axis=1).astype(np.uint8)

    with pytest.raises(PaletteError, match=f"has {count} colors"):
        Palette("odd", colors)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(PaletteError, match="game-boy"):
        load_palette("gameboi")


def test_a_path_is_refused_where_words_came_over_a_network(tmp_path: Path) -> None:
    (tmp_path / "duo.hex").write_text(FILES["duo.hex"])

    with pytest.raises(PaletteError):
        load_palette(str(tmp_path / "duo.hex"), allow_files=False)


def test_a_double_counts_where_the_place_in_the_list_matters() -> None:
    picture = np.array([[[24, 20, 37, 255], [190, 74, 47, 255], [115, 39, 44, 255], [9, 9, 9, 255]]], dtype=np.uint8)
    old = load_palette("#181425,#be4a2f,#73272c")
    new = load_palette("#181425,#181425,#3e8948")

    swapped = swap_palette(picture, old, new)

    assert swapped[0, :, :3].tolist() == [[24, 20, 37], [24, 20, 37], [62, 137, 72], [9, 9, 9]]
    assert new.hex_codes == ["#181425", "#3e8948"]  # where the place does not matter a double is one color


def test_lists_of_different_lengths_are_not_swapped_even_with_doubles() -> None:
    with pytest.raises(PaletteError, match="lists 3 colors and 'inline' 4"):
        swap_palette(tile("sprite_ettin"), load_palette("#111,#222,#333"), load_palette("#111,#111,#333,#444"))


def test_one_colour_cannot_become_two() -> None:
    with pytest.raises(PaletteError, match="lists #111111 twice, to become #222222 and #444444"):
        swap_palette(tile("sprite_ettin"), load_palette("#111,#111,#333"), load_palette("#222,#444,#333"))


def test_swapping_there_and_back_gives_the_same_picture() -> None:
    art = tile("sprite_ettin")
    old = palette_of(art)
    new = Palette("turned", 255 - old.colors)

    swapped = swap_palette(art, old, new)

    assert not np.array_equal(swapped, art)
    assert np.array_equal(swap_palette(swapped, new, old), art)


def test_a_remap_keeps_dark_dark_and_light_light() -> None:
    remapped = remap_by_lightness(tile("sprite_ettin"), load_palette("game-boy"))
    used = {tuple(rgb) for rgb in remapped[remapped[..., 3] > 0][:, :3].tolist()}

    assert used <= {tuple(rgb) for rgb in load_palette("game-boy").colors.tolist()}
    assert {(15, 56, 15), (155, 188, 15)} <= used


def test_the_best_colours_of_a_palette_are_those_that_the_picture_has() -> None:
    nes = load_palette("nes")
    picture = np.full((4, 4, 4), 255, dtype=np.uint8)
    picture[:2, :, :3], picture[2:, :, :3] = nes.colors[7], nes.colors[40]

    assert sorted(best_of_palette(picture, nes, 2).hex_codes) == sorted([nes.hex_codes[7], nes.hex_codes[40]])
