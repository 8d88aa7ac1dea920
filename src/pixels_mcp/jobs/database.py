"""Opening the job store's database, its transactions, and what its errors mean."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from pixels_mcp.errors import DamagedStoreError, DiskFullError, StoreError
from pixels_mcp.jobs.schema import migrate

_BUSY_S = 10.0


def open_database(file: Path) -> sqlite3.Connection:
    """Open the database, look through it, and bring its tables up to date; a missing one is made.

    Raises:
        DamagedStoreError: It is damaged, or is no database; the file is left as it is.
        NewerStoreError: A newer pixels-mcp wrote it.
        DiskFullError, StoreError: It cannot be written.
    """
    with _named(file):
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot make {file.parent}: {error.strerror}", hint="check its rights, or set PIXELS_HOME"
            ) from error
        # Used by the worker's two threads in turn; JobStore's lock keeps them apart.
        connection = sqlite3.connect(file, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # A killed process loses nothing with NORMAL; only a power cut may take the last moments.
            connection.execute("PRAGMA synchronous = NORMAL")
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise sqlite3.DatabaseError(found)
            migrate(connection, file)
        except BaseException:
            connection.close()
            raise
        return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, file: Path) -> Iterator[sqlite3.Connection]:
    """Write whole or not at all.

    Raises:
        StoreError: Named for what SQLite found; nothing was changed.
    """
    with _named(file):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            raise


@contextlib.contextmanager
def reading(connection: sqlite3.Connection, file: Path) -> Iterator[sqlite3.Connection]:
    """Read; errors are named as in `transaction`."""
    with _named(file):
        yield connection


@contextlib.contextmanager
def _named(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _translate(file, error) from error


def _translate(file: Path, error: sqlite3.Error) -> StoreError:
    text = str(error)
    if "disk is full" in text or ("disk I/O error" in text and _free_mib(file) < 1):
        return DiskFullError(
            f"no room to write the job store {file}: {_free_mib(file)} MiB are free",
            hint="free some disk space and try again; the jobs in the store are as they were",
        )
    if isinstance(error, sqlite3.OperationalError):
        return StoreError(f"the job store {file}: {text}", hint="check the file's rights and its disk, then try again")
    return DamagedStoreError(
        f"the job store {file} is damaged: {text}",
        hint=f"move it away (mv {file} {file}.damaged) and try again: finished sprites are safe in the library,"
        " jobs that waited must be asked for again",
    )


def _free_mib(file: Path) -> int:
    try:
        return shutil.disk_usage(file.parent).free // 2**20
    except OSError:
        return 0
