"""What an assistant made earlier is found again, chosen from, thrown away and brought back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from helpers.bevy_games import picture
from helpers.mcp_faces import images_of, run_async, server_here, text_of, told
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.paths import find_paths

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def game(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "assets").mkdir()
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "game"\n[dependencies]\nbevy = "0.19"\n')
    (tmp_path / "src" / "main.rs").write_text("fn main() {}\n")
    return tmp_path


def add(library: Library, sprite_id: str, seed: int) -> None:
    """Keep a small sprite."""
    words = sprite_id.rpartition("-")[0].replace("-", " ")
    recipe = Recipe(request={"prompt": words}, plan={"seed": seed}, model_sha256="a" * 64)
    library.add(sprite_id, picture(seed, 8, 8), recipe, NewEntry(seed=seed, prompt=words, model="mini", facts={}))


@pytest.fixture
def library(home: Path) -> Library:
    """Thirty potions of one variant, and a key of three."""
    library = Library(find_paths().library)
    for number in range(1, 31):
        add(library, f"ruby-potion-{number:04d}.1", number)
    for variant in (1, 2, 3):
        add(library, f"key-0031.{variant}", 100 + variant)
    return library


async def call(tool: str, *, projects: tuple[Path, ...] = (), **words: Any) -> Any:
    async with server_here(projects=projects) as client:
        return await client.call_tool(tool, words)


async def find_sprites(**words: Any) -> dict[str, Any]:
    return told(await call("find_sprites", **words))


@run_async
async def test_counts_and_pages_are_told_and_every_entry_is_reached(library: Library) -> None:
    seen: list[str] = []
    offset, pages = 0, 0
    while True:
        page = await find_sprites(offset=offset, limit=20)
        assert page["count"] == 33
        seen += [sprite["sprite_id"] for sprite in page["sprites"]]
        pages += 1
        if f"offset {offset + 20}" not in page["next"]:
            break
        offset += 20
    assert page["shown"] == "21 to 33 of 33"
    assert len(seen) == len(set(seen)) == 33
    assert pages == 2
    assert seen[0] == "key-0031.3", "the newest first"


@run_async
async def test_words_tags_rating_and_kind_narrow_it(library: Library) -> None:
    library.rate(["ruby-potion-0003.1", "ruby-potion-0004.1"], 5)
    library.tag(["ruby-potion-0004.1"], ["shop"])

    assert (await find_sprites(query="KEY"))["count"] == 3
    assert (await find_sprites(query="potion 0007"))["count"] == 1
    assert [one["rating"] for one in (await find_sprites(rating_min=4))["sprites"]] == [5, 5]
    assert (await find_sprites(tags="shop"))["sprites"][0]["tags"] == ["shop"]
    assert (await find_sprites(entry_kind="animation"))["count"] == 0
    nothing = await find_sprites(query="dragon")
    assert nothing["shown"] == "0 of 0"
    assert "generate_sprite draws one" in nothing["next"]


@run_async
async def test_what_is_deployed_is_found_with_its_name_there(library: Library, game: Path) -> None:
    async with server_here(projects=(game,)) as client:
        told(await client.call_tool("deploy_to_bevy", {"sprite_id": "key-0031.2", "name": "door-key"}))
        standing = told(await client.call_tool("find_sprites", {"deployed": True}))
        all_of_them = told(await client.call_tool("find_sprites", {"query": "key"}))
    without = await call("find_sprites", deployed=True)

    assert [(one["sprite_id"], one["deployed_as"]) for one in standing["sprites"]] == [("key-0031.2", "door-key")]
    assert [one.get("deployed_as") for one in all_of_them["sprites"]] == [None, "door-key", None]
    assert without.is_error
    assert "no game was named" in text_of(without)


@run_async
async def test_variants_are_chosen_and_the_others_come_back_when_asked(library: Library) -> None:
    library.tag(["key-0031.1"], ["spare"])
    chosen = told(await call("choose_sprites", keep=["key-0031.2"], tags=["door"], trash_others=True))
    left = await find_sprites(query="key")
    lying = await find_sprites(in_trash=True)
    back = told(await call("choose_sprites", restore=lying["sprites"][0]["sprite_id"]))
    again = await find_sprites(query="key", tags=["spare"])

    assert [(one["sprite_id"], one["rating"], one["tags"]) for one in chosen["kept"]] == [("key-0031.2", 4, ["door"])]
    assert chosen["trashed"] == ["key-0031.1", "key-0031.3"]
    assert 'restore ["key-0031.1", "key-0031.3"]' in chosen["next"]
    assert left["count"] == 1
    assert {one["sprite_id"] for one in lying["sprites"]} == {"key-0031.1", "key-0031.3"}
    assert f'restore ["{lying["sprites"][0]["sprite_id"]}"]' in lying["next"]
    assert back["restored"] == [lying["sprites"][0]["sprite_id"]]
    assert again["count"] == (1 if back["restored"] == ["key-0031.1"] else 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({}, "nothing to do was named"),
        ({"rating": 3}, "nothing to do was named"),
        ({"rating": 3, "trash": ["key-0031.1"]}, "rating and tags go to what is kept"),
        ({"trash_others": True}, "needs something that is kept"),
        ({"keep": ["key-0031.1"], "trash": ["key-0031.1"]}, "key-0031.1 is named for two things"),
        ({"keep": ["key-0031.1"], "trash": ["key-0999.1"]}, "no sprite 'key-0999.1'"),
        ({"trash": ["key-0031.1"], "restore": ["key-0031.2"]}, "the trash holds no 'key-0031.2'"),
        ({"keep": ["key-0031.1"], "rating": 6}, "rating"),
        ({"keep": ["../../etc"]}, "keep.0"),
    ],
    ids=lambda value: str(value)[:30],
)
@run_async
async def test_a_choice_that_cannot_be_made_changes_nothing(library: Library, words: dict[str, Any], said: str) -> None:
    result = await call("choose_sprites", **words)

    assert result.is_error
    assert said in text_of(result)
    assert "Next: " in text_of(result)
    assert all(entry.rating == 0 for entry in library.search("key"))
    assert len(library.search("key")) == 3


@run_async
async def test_a_sheet_of_many_has_labels_that_can_be_typed_within_its_budget(library: Library) -> None:
    (shown,) = images_of(await call("find_sprites", limit=48))
    assert len(shown.data) * 3 // 4 <= 100_000
