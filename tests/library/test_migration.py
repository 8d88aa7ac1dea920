"""A home of the first version is opened, brought up to date, and can be put back as it was."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from helpers import mounts
from helpers.old_home import dump, make_old_home
from pixels_mcp.database import Database, copy_database, delete_database
from pixels_mcp.errors import DiskFullError, StoreError
from pixels_mcp.jobs.job_store import JobStore
from pixels_mcp.jobs.schema import SCHEMA as JOBS
from pixels_mcp.library.library_folder import Library
from pixels_mcp.library.recipe import Recipe, encode_png, read_recipe
from pixels_mcp.paths import find_paths
from pixels_mcp.png import decode_png


def test_an_old_home_is_opened_with_everything_that_it_knew(home: Path) -> None:
    paths = find_paths()
    kept = make_old_home(paths)

    library = Library(paths.library)
    store = JobStore(paths.jobs_db, largest_number=library.largest_number())

    entries = library.search("potion")
    assert [
        one.model_dump(mode="json", include=set(old.told)) for one, old in zip(reversed(entries), kept, strict=True)
    ] == [{**old.told} for old in kept]
    assert [library.read_png(one.sprite_id) for one in reversed(entries)] == [old.data for old in kept]
    assert {(one.entry_kind, one.rating, one.tags) for one in entries} == {("sprite", 0, ())}
    assert [hit.seed for hit in library.search(model="mini", entry_kind="sprite")] == [3, 2, 1]
    assert [(part.part_id, part.request.prompt) for part in store.next_parts(9)] == [("a-lantern-0004", "a lantern")]
    assert library.reserve_number() == 4
    store.close()


def test_the_copy_made_before_a_migration_is_what_stood_there_and_is_read_again(home: Path) -> None:
    paths = find_paths()
    make_old_home(paths)
    index = paths.library / "index.sqlite"
    before = dump(index)
    library = Library(paths.library)
    library.rate(["a-potion-0002.1"], 4)

    copy = index.with_name("index.version-1.sqlite")
    assert dump(copy) == before, "the older pixels-mcp finds what it wrote"
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (1,)

    delete_database(index)
    shutil.move(copy, index)
    assert [hit.rating for hit in library.search()] == [0, 0, 0]
    assert library.rebuild() == 3
    assert [hit.rating for hit in library.search()] == [0, 4, 0], "the cards are the truth"


def test_a_job_store_is_copied_and_migrated_in_the_same_way(home: Path) -> None:
    paths = find_paths()
    make_old_home(paths)
    before = dump(paths.jobs_db)
    later = replace(JOBS, migrations=(*JOBS.migrations, "ALTER TABLE jobs ADD COLUMN mood TEXT"))

    Database(paths.jobs_db, later, create=True).close()

    copy = paths.jobs_db.with_name("jobs.version-1.sqlite")
    assert dump(copy) == before
    assert any("mood" in line for line in dump(paths.jobs_db))
    delete_database(paths.jobs_db)
    shutil.move(copy, paths.jobs_db)
    store = JobStore(paths.jobs_db)
    assert store.queued == 1
    store.close()


def test_a_migration_that_fails_in_the_middle_changes_nothing(home: Path) -> None:
    paths = find_paths()
    make_old_home(paths)
    before = dump(paths.jobs_db)
    broken = "ALTER TABLE jobs ADD COLUMN mood TEXT; ALTER TABLE moods ADD COLUMN mood TEXT"
    later = replace(JOBS, migrations=(*JOBS.migrations, broken))

    with pytest.raises(StoreError, match="no such table"):
        Database(paths.jobs_db, later, create=True)

    assert dump(paths.jobs_db) == before


def test_without_room_for_the_copy_nothing_is_migrated_and_it_goes_on_when_there_is_some(
    home: Path, tmp_path: Path
) -> None:
    with mounts.small_disk(home, "1m"):
        paths = find_paths()
        make_old_home(paths, sprites=20)
        filler = home / "filler"
        filler.write_bytes(b"\0" * (shutil.disk_usage(home).free - 40_000))
        index = paths.library / "index.sqlite"

        with pytest.raises(DiskFullError):
            Library(paths.library).search()
        assert not [file for file in paths.library.iterdir() if "version-1" in file.name]
        filler.unlink()

        assert len(Library(paths.library).search()) == 20
        assert index.with_name("index.version-1.sqlite").exists()


def test_a_copy_is_whole_while_another_process_writes(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as database:
        database.executescript("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)")
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO t VALUES (2)")

        copy_database(tmp_path / "a.sqlite", tmp_path / "b.sqlite")
        database.execute("COMMIT")

    with closing(sqlite3.connect(tmp_path / "b.sqlite")) as copied:
        assert copied.execute("SELECT x FROM t").fetchall() == [(1,)]


def test_a_recipe_of_the_first_format_gives_the_same_bytes_again(home: Path) -> None:
    (old, *_) = make_old_home(find_paths())

    recipe = read_recipe(old.data)

    assert (recipe.format_version, recipe.operation, recipe.sources) == (1, "draw", {})
    assert encode_png(decode_png(old.data)[0], recipe) == old.data
    assert Recipe.from_json(recipe.to_json()) == recipe
