"""What a person says of an entry is kept with it, also over a lost index; what they remove can be brought back."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest

from pixels_mcp.errors import InvalidArgumentError, StoreError, UnknownSpriteError
from pixels_mcp.library.entries import EntryKind, LibraryEntry, NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


def keep(
    library: Library,
    number: int,
    *,
    pixels: int | None = None,
    model: str = "mini",
    kind: EntryKind = "sprite",
    parts: tuple[str, ...] = (),
    parent: str | None = None,
) -> LibraryEntry:
    art = np.full((8, 8, 4), 255, np.uint8)
    art[..., 0] = number if pixels is None else pixels
    recipe = Recipe(request={}, plan={}, model_sha256="a" * 64)
    new = NewEntry(seed=number, prompt="x", model=model, facts={}, entry_kind=kind, parts=parts, parent=parent)
    return library.add(f"thing-{number:04d}.1", art, recipe, new)


def ids(entries: list[LibraryEntry]) -> list[str]:
    return [entry.sprite_id[6:10] for entry in entries]


def test_ratings_and_tags_are_found_and_outlive_a_lost_index(library: Library) -> None:
    for number in range(1, 5):
        keep(library, number, model="sdxl" if number == 4 else "mini")

    library.rate(["thing-0001.1", "thing-0003.1"], 5)
    library.rate(["thing-0002.1"], 2)
    library.tag(["thing-0001.1", "thing-0002.1"], ["Boss", "needs  work"])
    library.tag(["thing-0002.1"], ["cave"], remove=["boss"])

    def search_results() -> list[list[str]]:
        return [
            ids(library.search(rating_min=3)),
            ids(library.search(tags=["boss"])),
            ids(library.search(tags=["needs work", "CAVE"])),
            ids(library.search("boss")),
            ids(library.search(model="sdxl")),
            ids(library.search(rating_min=2, tags=["needs work"])),
        ]

    told = [["0003", "0001"], ["0001"], ["0002"], ["0001"], ["0004"], ["0002", "0001"]]
    assert search_results() == told
    assert library.get("thing-0002.1").tags == ("cave", "needs work")
    library.index_file.unlink()
    assert search_results() == told


def test_all_or_none_are_rated(library: Library) -> None:
    keep(library, 1)

    with pytest.raises(UnknownSpriteError):
        library.rate(["thing-0001.1", "thing-0009.1"], 5)
    with pytest.raises(InvalidArgumentError, match="rating"):
        library.rate(["thing-0001.1"], 6)

    assert library.get("thing-0001.1").rating == 0
    library.rebuild()
    assert library.get("thing-0001.1").rating == 0


def test_a_card_keeps_its_first_format_as_long_as_that_tells_everything(library: Library) -> None:
    card = Path(keep(library, 1).path).with_suffix(".json")
    plain = card.read_bytes()
    assert json.loads(plain)["format_version"] == 1
    assert not {"rating", "tags", "parts", "parent", "entry_kind"} & json.loads(plain)["entries"][0].keys()

    library.rate(["thing-0001.1"], 3)
    assert json.loads(card.read_bytes())["format_version"] == 2
    library.rate(["thing-0001.1"], 0)
    assert card.read_bytes() == plain


def test_what_is_removed_comes_back_as_it_was(library: Library) -> None:
    keep(library, 1)
    before = library.rate(["thing-0001.1"], 4)[0]
    data = library.read_png("thing-0001.1")

    library.remove("thing-0001.1")
    assert library.search() == []
    (lying,) = library.removed()
    assert Path(lying.path).read_bytes() == data
    assert (lying.sprite_id, lying.rating) == ("thing-0001.1", 4)

    assert library.restore("thing-0001.1") == before == library.get("thing-0001.1")
    assert (library.read_png("thing-0001.1"), library.removed()) == (data, [])


def test_of_two_ids_of_one_file_each_is_removed_and_restored_alone(library: Library) -> None:
    first, second = keep(library, 1, pixels=7), keep(library, 2, pixels=7)
    assert first.path == second.path

    library.remove("thing-0001.1")
    assert library.read_png("thing-0002.1")
    library.remove("thing-0002.1")
    assert not Path(first.path).exists()

    library.restore("thing-0002.1")
    assert ids(library.search()) == ["0002"]
    library.restore("thing-0001.1")
    assert library.read_png("thing-0001.1") == library.read_png("thing-0002.1")


def test_the_trash_is_emptied_by_age_and_its_numbers_are_not_given_again(library: Library) -> None:
    for number in (1, 8, 9):
        keep(library, number)
        if number != 1:
            library.remove(f"thing-{number:04d}.1")
    long_ago_s = time.time() - 40 * 86_400
    os.utime(library.root / "trash" / "thing-0009.1.json", (long_ago_s, long_ago_s))

    library.index_file.unlink()
    assert library.reserve_number() == 10, "also when the index was made again"
    assert library.empty_trash(older_than_s=30 * 86_400) == ["thing-0009.1"]
    assert ids(library.removed()) == ["0008"]
    assert library.empty_trash() == ["thing-0008.1"]
    assert list((library.root / "trash").iterdir()) == []
    with pytest.raises(UnknownSpriteError, match="trash holds no"):
        library.restore("thing-0008.1")


def test_a_damaged_file_in_the_trash_is_not_brought_back(library: Library) -> None:
    keep(library, 1)
    library.remove("thing-0001.1")
    file = library.root / "trash" / "thing-0001.1.png"
    file.write_bytes(file.read_bytes()[:-5])

    with pytest.raises(StoreError, match="changed or damaged"):
        library.restore("thing-0001.1")
    assert library.search() == []


def test_an_entry_whose_file_is_gone_can_be_removed_and_says_why_it_does_not_come_back(library: Library) -> None:
    Path(keep(library, 1).path).unlink()

    library.remove("thing-0001.1")

    with pytest.raises(StoreError, match="was gone when it was removed"):
        library.restore("thing-0001.1")


def test_a_set_names_its_parts_and_none_of_them_goes_before_it(library: Library) -> None:
    for number in (1, 2):
        keep(library, number, kind="tile")
    keep(library, 3, kind="tileset", parts=("thing-0001.1", "thing-0002.1"))
    keep(library, 4, parent="thing-0001.1")

    assert ids(library.search(entry_kind="tile")) == ["0002", "0001"]
    assert library.get("thing-0003.1").parts == ("thing-0001.1", "thing-0002.1")
    with pytest.raises(InvalidArgumentError, match=r"part of thing-0003\.1.*remove thing-0003\.1 first"):
        library.remove("thing-0002.1")
    with pytest.raises(UnknownSpriteError):
        keep(library, 5, kind="animation", parts=("thing-0099.1",))
    library.rebuild()
    with pytest.raises(InvalidArgumentError):
        library.remove("thing-0001.1")
    library.remove("thing-0003.1")
    library.remove("thing-0001.1")
    assert library.get("thing-0004.1").parent == "thing-0001.1"
