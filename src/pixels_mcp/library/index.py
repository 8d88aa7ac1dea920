"""The index of the library: which entries there are and how they are found; made again from the cards when lost."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Generator
from pathlib import Path

from pixels_mcp.database import Database, Schema, reading_rows
from pixels_mcp.library.cards import find_number
from pixels_mcp.library.entries import Entry
from pixels_mcp.next_steps import NextStep

MIGRATIONS: tuple[str, ...] = (
    # 1
    """
    CREATE TABLE sprites (
        sprite_id TEXT PRIMARY KEY,
        sha256 TEXT NOT NULL,
        added_s REAL NOT NULL,
        entry TEXT NOT NULL,
        haystack TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sprites_by_time ON sprites (added_s DESC, sprite_id DESC);
    CREATE INDEX sprites_by_file ON sprites (sha256);
    CREATE TABLE counter (largest_number INTEGER NOT NULL) STRICT;
    INSERT INTO counter VALUES (0);
    """,
    # 2: What an entry is, what a person said of it, and which entries it was made from.
    """
    ALTER TABLE sprites ADD COLUMN entry_kind TEXT NOT NULL DEFAULT 'sprite';
    ALTER TABLE sprites ADD COLUMN model TEXT NOT NULL DEFAULT '';
    ALTER TABLE sprites ADD COLUMN rating INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE sprites ADD COLUMN parent TEXT;
    UPDATE sprites SET model = coalesce(json_extract(entry, '$.model'), '');
    CREATE INDEX sprites_by_parent ON sprites (parent) WHERE parent IS NOT NULL;
    CREATE TABLE tags (
        tag TEXT NOT NULL,
        sprite_id TEXT NOT NULL,
        PRIMARY KEY (tag, sprite_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX tags_of_sprite ON tags (sprite_id);
    CREATE TABLE parts (
        part_id TEXT NOT NULL,
        sprite_id TEXT NOT NULL,
        PRIMARY KEY (part_id, sprite_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX parts_of_sprite ON parts (sprite_id);
    """,
)

SCHEMA = Schema(
    what="the library's index",
    migrations=MIGRATIONS,
    when_newer="install a newer pixels-mcp",
    when_damaged="",
    when_full="free some disk space and try again",
    mending=(NextStep("rebuild_library"),),
)


@contextlib.contextmanager
def open_index(file: Path, *, write: bool = False) -> Generator[sqlite3.Connection]:
    """Open an index that exists, one short transaction long; commits at the end, rolls back on an error.

    What is committed outlives a power cut: an index that lacks a file would hide its sprite. These connections are not
    kept: any thread may call, and nobody holds on to an index that was made again.

    Raises:
        DamagedStoreError: It must be made again from the files.
        NewerStoreError, NoLocksError, DiskFullError, StoreError: It cannot be read or written now; it is as it was.
    """
    opened = contextlib.closing(Database(file, SCHEMA, synced=write))
    with opened as database, database.transaction(write=write) as connection:
        yield connection


def create_index(file: Path) -> contextlib.closing[Database]:
    """Make an empty index of the newest version; for a `with` block.

    Raises:
        DiskFullError, StoreError: It cannot be written.
    """
    return contextlib.closing(Database(file, SCHEMA, create=True))


def put(connection: sqlite3.Connection, entry: Entry) -> None:
    """Put an entry into the index, in the place of what its id had."""
    drop(connection, entry.sprite_id)
    connection.execute(
        "INSERT INTO sprites (sprite_id, sha256, added_s, entry, haystack, entry_kind, model, rating, parent) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            entry.sprite_id,
            entry.sha256,
            entry.added_s,
            entry.model_dump_json(),
            entry.haystack,
            entry.entry_kind,
            entry.model,
            entry.rating,
            entry.parent,
        ),
    )
    connection.executemany("INSERT INTO tags VALUES (?, ?)", [(tag, entry.sprite_id) for tag in entry.tags])
    connection.executemany("INSERT INTO parts VALUES (?, ?)", [(part, entry.sprite_id) for part in {*entry.parts}])
    count_up_to(connection, find_number(entry.sprite_id))


def drop(connection: sqlite3.Connection, sprite_id: str) -> None:
    """Take an entry out of the index."""
    for table in ("sprites", "tags", "parts"):
        connection.execute(f"DELETE FROM {table} WHERE sprite_id = ?", (sprite_id,))  # noqa: S608  # names of our own; values are bound


def count_up_to(connection: sqlite3.Connection, number: int) -> None:
    """Remember the largest number that an id has had, so that it is not given again."""
    connection.execute("UPDATE counter SET largest_number = max(largest_number, ?)", (number,))


def read_entry(text: str) -> Entry:
    """Read an entry as it stands in the index, within the block that opened that."""
    with reading_rows("an entry"):
        return Entry.model_validate_json(text)


def look_up(connection: sqlite3.Connection, sprite_id: str) -> Entry | None:
    """Find the entry of an id."""
    row = connection.execute("SELECT entry FROM sprites WHERE sprite_id = ?", (sprite_id,)).fetchone()
    return None if row is None else read_entry(row[0])


def look_up_file(connection: sqlite3.Connection, sha256: str) -> Entry | None:
    """Find the first entry that has a file."""
    row = connection.execute(
        "SELECT entry FROM sprites WHERE sha256 = ? ORDER BY added_s LIMIT 1", (sha256,)
    ).fetchone()
    return None if row is None else read_entry(row[0])


def made_from(connection: sqlite3.Connection, part_id: str) -> list[str]:
    """Ids of the entries that were put together from this one."""
    rows = connection.execute("SELECT sprite_id FROM parts WHERE part_id = ? ORDER BY sprite_id", (part_id,))
    return [row[0] for row in rows]
