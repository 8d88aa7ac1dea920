"""While a worker keeps the index open a sprite costs fewer syncs of the disk, and what is found is the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from pixels_mcp.library.entries import NewEntry
from pixels_mcp.library.index_anchor import IndexAnchor
from pixels_mcp.library.library_folder import Library
from pixels_mcp.png import encode_png


def keep(library: Library, number: int) -> str:
    pixels = np.full((8, 8, 4), (number, 90, 200, 255), np.uint8)
    new = NewEntry(seed=1, prompt="a gem", model="mini", facts={})
    return library.add_file(f"gem-{number:04d}.1", encode_png(pixels), new).sprite_id


def log_of(library: Library) -> Path:
    return library.index_file.with_name("index.sqlite-wal")


def test_the_log_is_folded_in_when_the_worker_ends_and_not_after_each_sprite(tmp_path: Path) -> None:
    library = Library(tmp_path)
    first = keep(library, 1)
    assert not log_of(library).exists()

    with library.keep_index_open():
        kept = [first, *(keep(library, number) for number in (2, 3))]
        assert log_of(library).stat().st_size > 0
        assert {entry.sprite_id for entry in Library(tmp_path).search("gem")} == set(kept), "others see all of it"

    assert not log_of(library).exists()
    with closing(sqlite3.connect(library.index_file)) as alone:
        assert {row[0] for row in alone.execute("SELECT sprite_id FROM sprites")} == set(kept)


@pytest.mark.parametrize("loss", ["made again", "deleted", "damaged"])
def test_an_index_that_is_another_one_meanwhile_is_the_one_that_is_written(tmp_path: Path, loss: str) -> None:
    library = Library(tmp_path)
    with library.keep_index_open():
        kept = [keep(library, number) for number in (1, 2, 3)]
        if loss == "made again":
            assert Library(tmp_path).rebuild() == 3
        elif loss == "deleted":
            library.index_file.unlink()
        else:
            library.index_file.write_bytes(b"no database" * 1000)
        kept.append(keep(library, 4))

        assert {entry.sprite_id for entry in Library(tmp_path).search("gem")} == set(kept)
    assert {entry.sprite_id for entry in library.search("gem")} == set(kept)


def test_an_index_that_is_not_there_yet_is_held_as_soon_as_it_is(tmp_path: Path) -> None:
    with closing(IndexAnchor(tmp_path / "index.sqlite")) as anchor:
        anchor.renew()
        library = Library(tmp_path)
        keep(library, 1)
        anchor.renew()
        keep(library, 2)
        assert log_of(library).exists()
