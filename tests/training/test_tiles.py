"""Reading tiles, what their paths say, and which are set apart."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixels_mcp.errors import TrainingError
from pixels_mcp.training.packs.captions import describe_tile, head_noun, kind_of_place, order_words, words_of_name
from pixels_mcp.training.packs.tile_cleanup import clean_tile
from pixels_mcp.training.packs.tiles import Tile, read_tiles


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="there is no"):
        read_tiles([tmp_path / "nowhere"])


def test_an_empty_folder_holds_no_pictures(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no PNG pictures"):
        read_tiles([tmp_path])


def test_a_file_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "tiles.zip"
    file.write_text("not a zip", encoding="utf-8")

    with pytest.raises(TrainingError, match="neither a folder nor a zip"):
        read_tiles([file])


def test_a_file_that_only_looks_like_a_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG and nothing more")

    with pytest.raises(TrainingError, match=r"a\.png is not a picture"):
        read_tiles([tmp_path])


def test_too_few_tiles_are_refused_with_both_numbers(tmp_path: Path) -> None:
    for number in range(3):
        Image.new("RGBA", (32, 32), (number, 9, 9, 255)).save(tmp_path / f"{number}.png")
    Image.new("RGBA", (48, 32)).save(tmp_path / "large.png")

    with pytest.raises(TrainingError, match="3 tiles of 16x16 and 32x32 among 4 pictures"):
        read_tiles([tmp_path])


def test_a_zip_and_a_folder_of_the_same_tiles_read_the_same(
    tiles_folder: Path, tiles: list[Tile], tmp_path: Path
) -> None:
    packed = tmp_path / "tiles.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in tiles_folder.rglob("*.png"):
            archive.write(path, path.relative_to(tiles_folder).as_posix())

    read = read_tiles([packed])

    assert [(t.path, t.held_out, t.pixels.tobytes()) for t in read] == [
        (t.path, t.held_out, t.pixels.tobytes()) for t in tiles
    ]


def test_what_only_lies_on_a_floor_is_no_floor(tmp_path: Path) -> None:
    for number in range(200):
        picture = np.zeros((32, 32, 4), np.uint8)
        picture[: 3 if number % 2 else 32] = (number, 90, 40, 255)
        file = tmp_path / "r" / "dngn" / "floor" / f"name{number:03}_stone.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(file)

    kinds = [t.words.kind for t in read_tiles([tmp_path])]

    assert kinds == ["floor", "mark"] * 100


def test_no_name_stands_on_both_sides_of_the_split(tiles: list[Tile]) -> None:
    held_out = {t.words.name for t in tiles if t.held_out}
    trained = {t.words.name for t in tiles if not t.held_out}

    assert held_out
    assert not held_out & trained
    assert 0.05 < sum(t.held_out for t in tiles) / len(tiles) < 0.15


def test_near_copies_under_other_names_stand_on_the_same_side(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for number in range(200):
        picture = random.integers(0, 255, (4, 4, 4), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
        picture[..., 3] = 255
        for release in ("one", "two"):
            folder = tmp_path / release / "item" / "potion"
            folder.mkdir(parents=True, exist_ok=True)
            picture[0, 0, 0] ^= 1
            Image.fromarray(picture).save(folder / f"{release}{'abcdefghij'[number % 10]}{number}.png")

    sides: dict[str, set[bool]] = {}
    for tile in read_tiles([tmp_path]):
        sides.setdefault("".join(c for c in tile.path if c.isdigit()), set()).add(tile.held_out)

    assert {len(side) for side in sides.values()} == {1}


@pytest.mark.parametrize(
    ("path", "kind", "head", "words"),
    [
        ("Nov-2015/item/potion/ruby.png", "potion", "potion", ("ruby", "potion")),
        ("Nov-2015/mon/undead/skeletal_warrior.png", "monster", "warrior", ("skeleton", "undead", "warrior")),
        ("Oct-5-2010/item/weapon/scimitar2.png", "weapon", "sword", ("scimitar", "sword")),
        ("Nov-2015/dngn/wall/brick_gray3.png", "wall", "wall", ("brick", "gray", "wall")),
        ("Nov-2015/item/potion/i-poison.png", "mark", "mark", ("poison", "mark")),
        ("Nov-2015/item/weapon/artefact/urand_bloodbane.png", "weapon", "sword", ("bloodbane", "sword")),
        ("a.png", "item", "item", ("item",)),
    ],
)
def test_a_path_says_what_its_tile_shows(path: str, kind: str, head: str, words: tuple[str, ...]) -> None:
    about = describe_tile(path)

    assert (about.kind, about.head, about.words) == (kind, head, words)


@pytest.mark.parametrize(
    ("folders", "stem", "kind"),
    [
        (["item", "potion"], "ruby", "potion"),
        (["item", "potion"], "i-poison", "mark"),
        (["dngn", "floor"], "grass", "floor"),
        (["dngn"], "lava2", "water"),
        ([], "ruby", "item"),
    ],
)
def test_folders_say_the_kind_and_names_tell_marks_and_lava(folders: list[str], stem: str, kind: str) -> None:
    assert kind_of_place(folders, stem) == kind


@pytest.mark.parametrize(
    ("folders", "stem", "words"),
    [
        ([], "lightblue_cloak", ["blue", "cloak"]),
        (["item", "weapon", "artefact"], "urand_scimitar_of_doom", ["scimitar"]),
        (["mon", "nonliving"], "spectral_sword", ["floating", "sword"]),
        (["mon"], "spectral_sword", ["ghost", "sword"]),
        ([], "sword_sword_2", ["sword"]),
    ],
)
def test_of_a_name_stay_the_words_that_say_how_it_looks(folders: list[str], stem: str, words: list[str]) -> None:
    assert words_of_name(folders, stem) == words


def test_the_head_is_the_family_of_a_weapon_the_noun_of_a_kind_or_the_last_word_that_can_be_one() -> None:
    assert head_noun("weapon", ["golden", "scimitar"]) == ("weapon", "sword")
    assert head_noun("weapon", ["golden"]) == ("weapon", "weapon")
    assert head_noun("potion", ["ruby"]) == ("potion", "potion")
    assert head_noun("monster", ["orc", "red"]) == ("monster", "orc")


def test_lava_gems_and_coins_are_said_in_their_own_way() -> None:
    assert order_words("water", "lava0", "water", ["lava", "water"]) == ("lava", ["lava"])
    assert order_words("wand", "gem_copper", "wand", ["gem", "copper", "wand"]) == ("wand", ["copper", "wand"])
    assert order_words("coin", "20", "coin", ["coin"]) == ("coin", ["gold", "coin", "pile"])
    assert order_words("coin", "3", "coin", ["coin"]) == ("coin", ["gold", "coin"])


def test_variants_and_both_releases_of_a_thing_have_one_name() -> None:
    names = {
        describe_tile(p).name for p in ("Nov-2015/mon/orc.png", "Oct-5-2010/dc-mon/orc.png", "Nov-2015/mon/orc2.png")
    }

    assert len(names) == 1


def test_a_drop_shadow_is_taken_off_and_the_outline_stays() -> None:
    tile = np.zeros((32, 32, 4), dtype=np.uint8)
    tile[10:18, 10:18] = (0, 0, 0, 255)
    tile[11:17, 11:17] = (200, 40, 40, 255)
    tile[18:22, 14:24] = (0, 0, 0, 255)

    cleaned = clean_tile(tile, "potion")

    assert (cleaned[..., 3] > 0).sum() == 64
    assert (cleaned[..., 0] == 200).sum() == 36


def test_a_black_opening_in_a_door_is_no_shadow() -> None:
    door = np.zeros((32, 32, 4), dtype=np.uint8)
    door[2:30, 4:28] = (120, 80, 40, 255)
    door[8:30, 10:22] = (0, 0, 0, 255)

    assert (clean_tile(door, "door")[..., 3] > 0).sum() == (door[..., 3] > 0).sum()
