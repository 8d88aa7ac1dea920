"""A library in which nobody can write is looked through all the same; a change is refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from helpers.mounts import read_only
from helpers.old_home import make_old_home
from pixels_mcp.database import delete_database
from pixels_mcp.errors import StoreError
from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe
from pixels_mcp.paths import find_paths


def fill_library(count: int) -> Library:
    """Small sprites, the newest rated and tagged."""
    library = Library(find_paths().library)
    for number in range(1, count + 1):
        recipe = Recipe(request={"prompt": "a key"}, plan={"seed": number}, model_sha256="a" * 64)
        new = NewEntry(seed=number, prompt="a key", model="mini", facts={})
        library.add(f"key-{number:04d}.1", np.full((8, 8, 4), 40 * number, np.uint8), recipe, new)
    library.rate([f"key-{count:04d}.1"], 4)
    library.tag([f"key-{count:04d}.1"], ["npc"])
    return library


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_what_lies_on_a_read_only_disk_is_found_read_and_not_changed(home: Path) -> None:
    library = fill_library(4)
    newest = library.search(limit=1)[0].sprite_id
    picture = library.read_png(newest)
    library.remove(library.search()[-1].sprite_id)
    before = files_in(library.root)

    with read_only(library.root):
        again = Library(library.root)
        assert again.is_read_only
        assert again.count() == 3
        assert [entry.sprite_id for entry in again.search(tags=["npc"], rating_min=4)] == [newest]
        assert again.read_png(newest) == picture
        assert len(again.removed()) == 1
        for change in (lambda: again.rate([newest], 1), lambda: again.remove(newest), again.rebuild):
            with pytest.raises(StoreError, match=r"[Rr]ead-only"):
                change()
    assert files_in(library.root) == before

    library.rate([newest], 2)
    assert not library.is_read_only
    with read_only(library.root):
        assert Library(library.root).get(newest).rating == 2, "what was written meanwhile is seen"


def test_an_index_of_an_older_version_a_damaged_and_a_lost_one_are_no_hindrance_there(home: Path) -> None:
    kept = make_old_home(find_paths())
    library = Library(find_paths().library)
    before = files_in(library.root)
    with read_only(library.root):
        assert len(library.search("potion")) == len(kept)
        assert [entry.rating for entry in library.search()] == [0] * len(kept)
    assert files_in(library.root) == before

    library.index_file.write_bytes(b"no index at all, " * 400)
    with read_only(library.root):
        assert len(library.search()) == len(kept)

    delete_database(library.index_file)
    next(library.sprites.glob("*/*.json")).unlink()  # that sprite gets an id without a card of its own
    before = files_in(library.root)
    with read_only(library.root):
        assert library.count() == len(kept)
        assert library.read_png(library.search(limit=1)[0].sprite_id)
    assert files_in(library.root) == before
