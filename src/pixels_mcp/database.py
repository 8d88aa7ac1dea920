"""The one way to a SQLite database: opened, brought up to date, written whole or not at all, its errors named.

Both stores, of jobs and of the library's index, are opened here. Before a database of an older version is migrated it
is copied beside itself (`jobs.version-1.sqlite`): moved back in its place, the older pixels-mcp reads it again.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from pixels_mcp.errors import DamagedStoreError, DiskFullError, DiskHeldError, NewerStoreError, StoreError
from pixels_mcp.files import check_locks, held_by_disk, sync_folder
from pixels_mcp.next_steps import NextStep

_BUSY_S = 10.0
_REFUSED = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})
"""What SQLite says where a disk has no room, no inode or no writer."""

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_EMPTY, sqlite3.SQLITE_SCHEMA})


@dataclass(frozen=True)
class Schema:
    """The tables of one store.

    Attributes:
        what: What the store is called in messages.
        migrations: SQL of each version, statements parted by `;`: a database of any older version goes through the
            rest of them.
        when_newer, when_damaged, when_full: The reader's next step; `{file}` becomes the database's path.
        mending: What pixels-mcp itself can do about a newer or a damaged one.
    """

    what: str
    migrations: tuple[str, ...]
    when_newer: str
    when_damaged: str
    when_full: str
    mending: tuple[NextStep, ...] = ()


class Database:
    """An open database of the newest version. May be used by several threads in turn.

    Args:
        file: The database.
        schema: Its tables.
        create: Make it where it is missing or empty; otherwise that is damage.
        look_through: Read all of its pages first, so that damage is found now.
        synced: What is committed outlives a power cut too; otherwise that may take the last moments.

    Raises:
        DamagedStoreError: It is damaged, or is no database; the file is left as it is.
        NewerStoreError: A newer pixels-mcp wrote it.
        NoLocksError: Its file system gives no locks.
        DiskFullError, StoreError: It cannot be read or written; it is as it was.
    """

    def __init__(
        self, file: Path, schema: Schema, *, create: bool = False, look_through: bool = False, synced: bool = False
    ) -> None:
        self.file, self.schema = file, schema
        if create:
            _make_folder(file.parent)
        elif not file.is_file():
            raise self._damaged("it is missing")
        check_locks(file.parent)  # SQLite takes a lock that is refused for one that somebody holds, and waits
        with self._named():
            self.connection = _connect(file, "rwc" if create else "rw")
            try:
                # A killed process loses nothing either way.
                self.connection.execute(f"PRAGMA synchronous = {'FULL' if synced else 'NORMAL'}")
                self._prepare(create=create, look_through=look_through)
            except BaseException:
                self.connection.close()
                raise

    def close(self) -> None:
        """Close it; what was not committed is undone."""
        self.connection.close()

    @contextlib.contextmanager
    def transaction(self, *, write: bool = True) -> Generator[sqlite3.Connection]:
        """Write whole or not at all; or read one state of it.

        Raises:
            StoreError: Named for what SQLite found; nothing was changed.
        """
        with self._named():
            self.connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    if self.connection.in_transaction:
                        self.connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """Ask one question; errors are named as in `transaction`."""
        with self._named():
            yield self.connection

    def _prepare(self, *, create: bool, look_through: bool) -> None:
        version = self._version()
        if version == 0 and not create:
            raise self._damaged("it is empty")
        if create:
            self.connection.execute("PRAGMA journal_mode = WAL")
        if look_through:
            verdict = self.connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                raise self._damaged(verdict)
        if version < len(self.schema.migrations):
            self._migrate()

    def _migrate(self) -> None:
        """Go through the missing versions: all of them or none, and of several processes one."""
        with self.transaction() as connection:
            version = self._version()
            if 0 < version < len(self.schema.migrations):
                copy_database(self.file, self.file.with_name(f"{self.file.stem}.version-{version}{self.file.suffix}"))
            for migration in self.schema.migrations[version:]:
                for statement in migration.split(";"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(self.schema.migrations)}")

    def _version(self) -> int:
        version = int(self.connection.execute("PRAGMA user_version").fetchone()[0])
        if version > len(self.schema.migrations):
            raise NewerStoreError(
                f"{self.schema.what} {self.file} has version {version}, this pixels-mcp knows up to"
                f" {len(self.schema.migrations)}",
                hint=self.schema.when_newer.format(file=self.file),
                steps=self.schema.mending,
            )
        return version

    @contextlib.contextmanager
    def _named(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._translate(error) from error
        except UnicodeDecodeError as error:  # Python cannot even read what SQLite says of the damage
            raise self._damaged("it holds text that is none") from error

    def _translate(self, error: sqlite3.Error) -> StoreError:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        held = self._held() if code in _REFUSED else None
        if code == sqlite3.SQLITE_FULL or isinstance(held, DiskFullError):
            told = held.message if held is not None else "the disk is full"
            return DiskFullError(
                f"no room to write {self.schema.what} {self.file}: {told}",
                hint=self.schema.when_full.format(file=self.file),
            )
        if held is not None:
            return type(held)(f"cannot write {self.schema.what} {self.file}: {held.message}", hint=held.hint)
        if code in _DAMAGED or "no such" in str(error):
            return self._damaged(str(error))
        return StoreError(
            f"{self.schema.what} {self.file}: {error}", hint="check the file's rights and its disk, then try again"
        )

    def _held(self) -> DiskHeldError | None:
        return held_by_disk(self.file.parent, free_bytes_min=2**20, with_a_file=True)

    def _damaged(self, why: str) -> DamagedStoreError:
        return DamagedStoreError(
            f"{self.schema.what} {self.file} is damaged: {why}",
            hint=self.schema.when_damaged.format(file=self.file),
            steps=self.schema.mending,
        )


def copy_database(source: Path, target: Path) -> None:
    """Copy a database as it stands, also while others write it; `target` is there whole or not at all.

    Raises:
        sqlite3.Error, OSError: As they came; `target` is as it was.
    """
    unfinished = target.with_name(f".{target.name}.new")
    delete_database(unfinished)
    try:
        with contextlib.closing(_connect(source, "rw")) as here, contextlib.closing(_connect(unfinished, "rwc")) as new:
            here.backup(new)
        handle = os.open(unfinished, os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        unfinished.replace(target)
    finally:
        delete_database(unfinished)
    sync_folder(target.parent)


@contextlib.contextmanager
def reading_rows(what: str) -> Generator[None]:
    """Take rows whose values cannot be read for the damage that they are; within a `Database`'s own block.

    Raises:
        sqlite3.DatabaseError: A value is not what was written.
    """
    try:
        yield
    except ValueError as error:
        raise sqlite3.DatabaseError(f"{what} cannot be read") from error


def delete_database(file: Path) -> None:
    """Take away a database with its log, so that a new one of its name does not read the old one's log."""
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm", f"{file.name}-journal"):
        file.with_name(name).unlink(missing_ok=True)


def _connect(file: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=_BUSY_S,
        isolation_level=None,
        check_same_thread=False,
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"cannot make {folder}: {error.strerror}", hint="check its rights, or set PIXELS_HOME"
        ) from error
