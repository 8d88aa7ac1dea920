"""Packs of the common layout: what their names and captions say, which canvas a picture stands on, who is set apart."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixels_mcp.errors import TrainingError
from pixels_mcp.training.packs.pack import Pack, PackPicture, read_pack
from pixels_mcp.training.packs.pack_captions import STYLES, Shown, describe_picture, style_of
from pixels_mcp.training.packs.tiles import Tile, read_tiles


def disc(side: int, radius: float, color: tuple[int, int, int], random: np.random.Generator) -> np.ndarray:
    """A round thing in the middle of its cell, with a little noise of its own."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    pixels = np.zeros((side, side, 4), np.uint8)
    pixels[y**2 + x**2 <= radius**2] = (*color, 255)
    pixels[..., :3] += random.integers(0, 20, (side, side, 3), dtype=np.uint8) * (pixels[..., 3:] > 0)
    return pixels


@pytest.fixture(scope="session")
def pack_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack as the packs lie there: zip, sheets and, one folder up, captions."""
    home = tmp_path_factory.mktemp("packs") / "toys"
    home.mkdir()
    random = np.random.default_rng(0)
    pictures: dict[str, np.ndarray] = {}
    for number in range(100):
        red, green, blue = (int(c) for c in random.integers(40, 220, 3))
        color = (red, green, blue)
        name = "".join("abcdefghij"[int(digit)] for digit in f"{number:02}")
        pictures[f"tiles/item/{name}_toy.png"] = disc(16, 5 + number % 3, color, random)
        pictures[f"tiles/house/{name}_house_v2.png"] = disc(32, 13, color, random)
    for action, frames in (("walk_down", 4), ("walk_up", 4), ("idle_right", 2)):
        for frame in range(frames):
            pictures[f"tiles/character/farmer_red/{action}_{frame}.png"] = disc(
                32, 6 + frame % 2, (200, 40, 40), random
            )
    pictures["tiles/character/farmer_red/attack_down_0.png"] = disc(32, 12, (200, 40, 40), random)
    pictures["tiles/food/bread_cake_pie_r00c01.png"] = disc(16, 6, (180, 120, 60), random)
    pictures["tiles/food/bread_cake_pie_r00c02.png"] = disc(16, 6, (80, 120, 60), random)
    pictures["tiles/food/bread_cake_pie_r00c03.png"] = disc(16, 6, (80, 20, 60), random)
    pictures["tiles/food/bread_cake_pie_r00c04.png"] = disc(16, 6, (80, 20, 160), random)
    pictures["tiles/space/long_ship.png"] = disc(64, 28, (90, 90, 160), random)
    pictures["tiles/item/speck.png"] = disc(16, 3, (90, 90, 160), random)
    pictures["tiles/terrain/green_grass_r01c01.png"] = np.full((16, 16, 4), (60, 160, 60, 255), np.uint8)
    pictures["tiles/terrain/grass_edge_r01c02.png"] = disc(16, 5, (60, 160, 60), random)
    with zipfile.ZipFile(home / "art.zip", "w") as archive:
        file = home / "one.png"
        for name, pixels in pictures.items():
            Image.fromarray(pixels).save(file)
            archive.write(file, name)
        archive.write(file, "sheets/character/farmer_red_walk.png")
    file.unlink()
    sheets = [{"sheet": "sheets/character/farmer_red_walk.png", "name": "farmer_red", "action": "walk"}]
    (home / "frames.json").write_text(json.dumps(sheets), encoding="utf-8")
    captions = {
        "tiles/food/bread_cake_pie_r00c01.png": "apple pie with cream",
        "tiles/food/bread_cake_pie_r00c02.png": "part: wedding cake",
        "tiles/food/bread_cake_pie_r00c03.png": "?",
    }
    (home.parent / "captions.json").write_text(json.dumps({"toys": captions}), encoding="utf-8")
    return home / "art.zip"


@pytest.fixture(scope="session")
def pack_tiles(pack_zip: Path) -> dict[str, Tile]:
    """Its tiles by path."""
    return {tile.path: tile for tile in read_tiles([pack_zip])}


def describe(path: str, caption: str | None = None, pack: str = "toys", actor: str = "") -> Shown | None:
    picture = PackPicture(path, np.zeros((16, 16, 4), np.uint8), caption)
    return describe_picture(Pack(pack, True, [picture], {actor: ("sheet",)} if actor else {}), picture)


@pytest.mark.parametrize(
    ("path", "kind", "head", "words"),
    [
        ("plane/blue_fighter_plane_12.png", "vehicle", "plane", ("blue", "fighter", "plane")),
        ("item/scroll/scroll_fire.png", "scroll", "scroll", ("fire", "scroll")),
        ("item/flask_big_blue.png", "potion", "flask", ("big", "blue", "flask")),
        ("item/weapons/axe/sprite.png", "weapon", "axe", ("axe",)),
        ("food/apple_green_v2.png", "food", "apple", ("green", "apple")),
        ("vehicle/fire_truck_03.png", "vehicle", "truck", ("fire", "truck")),
        ("tileset/water/water_on_sand_beach_12.png", "water", "water", ("sand", "beach", "water")),
    ],
)
def test_a_name_says_what_its_picture_shows(path: str, kind: str, head: str, words: tuple[str, ...]) -> None:
    shown = describe(path)

    assert shown is not None
    assert (shown.words.kind, shown.words.head, shown.words.words) == (kind, head, words)


def test_a_caption_goes_before_the_name_of_the_region_and_its_noun_stands_before_with() -> None:
    shown = describe("object/tree_house_r02c03.png", "workshop with two chimneys")

    assert shown is not None
    assert shown.words.head == "workshop"
    assert shown.words.words[-1] == "workshop"


@pytest.mark.parametrize("caption", ["part: wooden door", "?"])
def test_fragments_and_what_nobody_could_tell_are_left_out(caption: str) -> None:
    assert describe("door/door_gate_r00c01.png", caption) is None


def test_the_list_of_a_region_is_no_caption_but_a_ground_s_region_is() -> None:
    assert describe("food/burger_pizza_cake_r05c08.png") is None
    ground = describe("terrain/green_grass_r05c08.png")
    assert ground is not None
    assert (ground.words.kind, ground.words.words) == ("floor", ("green", "grass"))


def test_a_frame_is_captioned_by_its_actor_its_action_and_its_back() -> None:
    walking = describe("character/farmer_red/walk_up_left_3.png", actor="character/farmer_red")

    assert walking is not None
    assert (walking.words.words, walking.pose) == (("red", "farmer"), ("walking", "back"))
    assert (walking.character, walking.action, walking.direction, walking.frame) == (
        "character/farmer_red",
        "walk",
        "up_left",
        3,
    )


def test_every_look_has_words_of_its_own_and_none_is_a_brand() -> None:
    words = [style["words"] for style in STYLES.values()]

    assert len(set(words)) == len(words)
    assert all(word.endswith(" style") for word in words)
    assert style_of("kenney_pixel/one_bit/item/sword.png") == "one-bit"
    assert style_of("dcss_tiles/Nov-2015/item/potion/ruby.png") == "detailed"
    assert style_of("toys/item/ball.png") == ""


def test_pictures_stand_on_the_smallest_canvas_that_holds_them(pack_tiles: dict[str, Tile]) -> None:
    side = {path.removeprefix("toys/"): len(tile.pixels) for path, tile in pack_tiles.items()}

    assert side["item/aa_toy.png"] == 16
    assert side["house/aa_house_v2.png"] == 32
    assert side["character/farmer_red/walk_down_0.png"] == 16
    assert side["space/long_ship.png"] == 32
    assert "item/speck.png" not in side
    assert "character/farmer_red/attack_down_0.png" not in side
    ship = pack_tiles["toys/space/long_ship.png"].pixels
    assert 0.5 < (ship[..., 3] > 0).mean() < 0.8


def test_what_is_drawn_stands_in_the_middle_with_hard_alpha(pack_tiles: dict[str, Tile]) -> None:
    for tile in pack_tiles.values():
        assert set(np.unique(tile.pixels[..., 3])) <= {0, 255}
        assert not tile.pixels[tile.pixels[..., 3] == 0].any()
    rows, columns = np.nonzero(pack_tiles["toys/character/farmer_red/walk_down_0.png"].pixels[..., 3])
    assert abs(rows.min() - (15 - rows.max())) <= 1
    assert abs(columns.min() - (15 - columns.max())) <= 1


def test_only_what_is_named_is_read(pack_tiles: dict[str, Tile]) -> None:
    names = {path.removeprefix("toys/") for path in pack_tiles}

    assert {n for n in names if n.startswith("food/")} == {"food/bread_cake_pie_r00c01.png"}
    assert {n for n in names if n.startswith("terrain/")} == {"terrain/green_grass_r01c01.png"}


def test_an_actor_counts_as_two_things_and_only_its_front_is_an_exemplar(pack_tiles: dict[str, Tile]) -> None:
    frames = [t for t in pack_tiles.values() if t.character]
    toys = [t for t in pack_tiles.values() if t.words.head == "toy"]

    per_kind = sum(t.weight for t in frames) / frames[0].words.weight
    assert per_kind == pytest.approx(2.0 * toys[0].weight / toys[0].words.weight)
    assert [t.path for t in frames if t.is_exemplar] == ["toys/character/farmer_red/walk_down_0.png"]
    assert {t.character for t in frames} == {"toys/character/farmer_red"}


def test_all_frames_of_an_actor_stand_on_one_side_of_the_split(pack_tiles: dict[str, Tile]) -> None:
    assert len({t.held_out for t in pack_tiles.values() if t.character}) == 1
    assert 0.05 < np.mean([t.held_out for t in pack_tiles.values()]) < 0.15


def test_packs_are_drawn_by_their_shares(pack_zip: Path, tiles_folder: Path) -> None:
    tiles = read_tiles([pack_zip, tiles_folder])
    weight = {pack: sum(t.weight for t in tiles if t.pack == pack) for pack in {t.pack for t in tiles}}

    assert len(weight) == 2
    assert min(weight.values()) == pytest.approx(max(weight.values()))


def test_captions_that_are_no_json_are_named(pack_zip: Path, tmp_path: Path) -> None:
    (tmp_path / "toys").mkdir()
    (tmp_path / "toys" / "art.zip").write_bytes(pack_zip.read_bytes())
    (tmp_path / "captions.json").write_text("{", encoding="utf-8")

    with pytest.raises(TrainingError, match=r"captions\.json is no JSON"):
        read_pack(tmp_path / "toys" / "art.zip")
