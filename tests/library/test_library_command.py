from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpers.bevy_games import keep
from helpers.commands import pixels
from pixels_mcp.library.library_folder import Library
from pixels_mcp.paths import find_paths


@pytest.fixture
def library(home: Path) -> Library:
    library = Library(find_paths().library)
    keep(library, 1, "potion")
    keep(library, 2, "sword")
    return library


def test_list_and_find_print_a_line_for_each_sprite_and_json_the_whole_of_it(library: Library) -> None:
    listed = pixels("library", "list")
    assert listed.returncode == 0, listed.stderr
    lines = listed.stdout.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["sword-0002.1", "32x32"], ["potion-0001.1", "32x32"]]
    assert "2 sprites in" in listed.stderr

    sprites = json.loads(pixels("library", "find", "A", "Potion", "--json").stdout)
    assert [sprite["sprite_id"] for sprite in sprites] == ["potion-0001.1"]
    assert sprites[0]["sha256"] == library.get("potion-0001.1").sha256


def test_finding_nothing_is_exit_code_1(library: Library) -> None:
    nothing = pixels("library", "find", "dragon")

    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert "no sprite has 'dragon'" in nothing.stderr


def test_show_prints_facts_and_recipe_and_an_unknown_id_its_next_step(library: Library) -> None:
    shown = pixels("library", "show", "potion-0001.1")
    assert str(library.path_of("potion-0001.1")) in shown.stdout
    assert json.loads(shown.stdout[shown.stdout.index("{") :])["plan"] == {"seed": 1}

    told = json.loads(pixels("library", "show", "potion-0001.1", "--json").stdout)
    assert told["recipe"]["request"] == {"prompt": "a potion"}

    unknown = pixels("library", "show", "dragon-0009.1")
    assert unknown.returncode == 1
    assert "error: the library holds no sprite 'dragon-0009.1'" in unknown.stderr
    assert "next:" in unknown.stderr


def test_remove_asks_first_and_removes_all_or_nothing(library: Library) -> None:
    asked = pixels("library", "remove", "potion-0001.1")
    assert asked.returncode == 1
    assert library.count() == 2

    assert pixels("library", "remove", "--yes", "potion-0001.1", "dragon-0009.1").returncode == 1
    assert library.count() == 2

    removed = pixels("library", "remove", "--yes", "potion-0001.1", "--json")
    assert [sprite["sprite_id"] for sprite in json.loads(removed.stdout)] == ["potion-0001.1"]
    assert library.count() == 1


def test_what_was_removed_is_listed_restored_and_deleted_for_good(library: Library) -> None:
    pixels("library", "remove", "--yes", "potion-0001.1", "sword-0002.1")

    lying = json.loads(pixels("library", "list", "--trash", "--json").stdout)
    assert {sprite["sprite_id"] for sprite in lying} == {"potion-0001.1", "sword-0002.1"}
    assert pixels("library", "restore", "potion-0001.1", "dragon-0009.1").returncode == 1
    assert library.count() == 0
    restored = pixels("library", "restore", "potion-0001.1", "--json")
    assert [sprite["sprite_id"] for sprite in json.loads(restored.stdout)] == ["potion-0001.1"]

    assert json.loads(pixels("library", "empty-trash", "--older-than-days", "1", "--yes", "--json").stdout) == {
        "deleted": []
    }
    assert pixels("library", "empty-trash").returncode == 1, "it asks first"
    deleted = json.loads(pixels("library", "empty-trash", "--yes", "--json").stdout)
    assert deleted == {"deleted": ["sword-0002.1"]}
    assert pixels("library", "restore", "sword-0002.1").returncode == 1


def test_ratings_and_tags_are_given_shown_and_looked_for(library: Library) -> None:
    rated = json.loads(pixels("library", "rate", "potion-0001.1", "sword-0002.1", "4", "--json").stdout)
    assert [sprite["rating"] for sprite in rated] == [4, 4]
    tagged = pixels("library", "tag", "sword-0002.1", "--add", "Boss", "-a", "cave")
    assert tagged.stdout.split() == ["sword-0002.1", "boss,", "cave"]
    pixels("library", "tag", "sword-0002.1", "-r", "cave")

    def ids(*words: str) -> list[str]:
        return [sprite["sprite_id"] for sprite in json.loads(pixels("library", *words, "--json").stdout)]

    assert ids("list", "--tag", "boss") == ids("find", "sword", "--rating", "4") == ["sword-0002.1"]
    assert ids("list", "--rating", "5") == ids("list", "--kind", "tileset") == ids("list", "--model", "sdxl") == []
    assert "****" in pixels("library", "list").stdout
    shown = pixels("library", "show", "sword-0002.1").stdout
    assert ("4 of 5" in shown, "boss" in shown) == (True, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("rate", "potion-0001.1", "6"), "rating"),
        (("tag", "potion-0001.1"), "no tag is named"),
        (("tag", "potion-0001.1", "--add", "a,b"), "is not a tag"),
        (("list", "--kind", "statue"), "sprite, tile, tileset, animation"),
    ],
)
def test_words_that_cannot_be_are_named(library: Library, words: tuple[str, ...], told: str) -> None:
    tried = pixels("library", *words)

    assert tried.returncode == 2
    assert told in tried.stderr
    assert "Traceback" not in tried.stderr


def test_rebuild_says_how_many_there_are(library: Library) -> None:
    library.index_file.unlink()

    assert json.loads(pixels("library", "rebuild", "--json").stdout) == {"sprites": 2, "root": str(library.root)}
