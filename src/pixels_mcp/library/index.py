"""The index of the library: SQLite in WAL mode, numbered migrations, made again from the files when it is lost."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from pixels_mcp.errors import DiskFullError, StoreError

BUSY_MS = 10_000

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
)


class IndexDamagedError(StoreError):
    """The index is missing, is not a database, or is malformed; the files still tell everything."""


@contextlib.contextmanager
def open_index(file: Path, *, write: bool = False) -> Iterator[sqlite3.Connection]:
    """Open an index that exists, one short transaction long; commits at the end, rolls back on an error.

    Connections are not kept: any thread may call, and nobody holds on to an index that was made again.

    Raises:
        IndexDamagedError: It must be made again from the files.
        DiskFullError, StoreError: It cannot be read or written now; it is as it was.
    """
    if not file.is_file():
        raise IndexDamagedError(f"the index {file} is missing")
    try:
        connection = sqlite3.connect(
            file.absolute().as_uri() + "?mode=rw", uri=True, timeout=BUSY_MS / 1000, isolation_level=None
        )
    except sqlite3.Error as error:
        raise _translate(file, error) from error
    try:
        _prepare(connection, file)
        connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
        yield connection
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise _translate(file, error) from error
    finally:
        connection.close()


def create_index(file: Path) -> None:
    """Make an empty index of the newest schema.

    Raises:
        DiskFullError, StoreError: It cannot be written.
    """
    try:
        connection = sqlite3.connect(file, timeout=BUSY_MS / 1000, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            migrate(connection, file)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise _translate(file, error) from error


def delete_index(file: Path) -> None:
    """Take away an index with its log, so that a new one does not read the old one's log."""
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
        file.with_name(name).unlink(missing_ok=True)


def migrate(connection: sqlite3.Connection, file: Path) -> None:
    """Bring an index to the newest schema, each step whole or not at all and by one process alone.

    Raises:
        StoreError: A newer pixels-mcp wrote it.
    """
    while True:
        connection.execute("BEGIN IMMEDIATE")
        version = _version(connection, file)
        if version == len(MIGRATIONS):
            connection.execute("COMMIT")
            return
        for statement in MIGRATIONS[version].split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute("COMMIT")


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")
    version = _version(connection, file)
    if version == 0:
        raise IndexDamagedError(f"the index {file} is empty")
    if version < len(MIGRATIONS):
        migrate(connection, file)


def _version(connection: sqlite3.Connection, file: Path) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise StoreError(
            f"the library's index {file} has version {version}, this pixels-mcp knows up to {len(MIGRATIONS)}",
            hint="install a newer pixels-mcp, or make the index again with `pixels-mcp library rebuild`",
        )
    return version


def _translate(file: Path, error: sqlite3.Error) -> StoreError:
    text = str(error)
    if "full" in text:
        return DiskFullError(f"no room to write the library's index {file}", hint="free some disk space and try again")
    if isinstance(error, sqlite3.OperationalError | sqlite3.IntegrityError) and "no such" not in text:
        return StoreError(f"the library's index {file}: {text}", hint="try again; see `pixels-mcp doctor`")
    return IndexDamagedError(f"the library's index {file} is damaged: {text}", hint="run `pixels-mcp library rebuild`")
