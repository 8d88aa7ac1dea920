"""A backup: library and job store in one tar file, as both stood at one moment; and putting one back.

library/...      the library's folder: files, cards, references, trash, and its index
jobs.sqlite      the job store
MANIFEST.json    format, version, and the sha256 of every file above; stands last, so a cut archive has none
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import re
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from pixels_mcp import __version__
from pixels_mcp.database import copy_database, delete_database
from pixels_mcp.documents import parse_json
from pixels_mcp.errors import DiskFullError, InvalidArgumentError, StoreError
from pixels_mcp.files import hold_lock, sync_folder
from pixels_mcp.library.indexed_files import IndexedFiles
from pixels_mcp.next_steps import NextStep
from pixels_mcp.requests import SPRITE_ID_PATTERN
from pixels_mcp.told_apart import is_table

FORMAT_VERSION = 1
MANIFEST = "MANIFEST.json"
JOBS = "jobs.sqlite"
INDEX = "library/index.sqlite"

_MEMBER = re.compile(
    r"jobs\.sqlite|library/index\.sqlite"
    r"|library/(?:sprites|references)/[0-9a-f]{2}/[0-9a-f]{64}\.(?:png|json)"
    rf"|library/trash/(?:{SPRITE_ID_PATTERN.strip('^$')})\.(?:png|json)"
)


@dataclass(frozen=True)
class Backup:
    """A backup that was written or put back.

    Attributes:
        file: The archive.
        sprites: Entries of the library in it.
        size_bytes: Of the archive.
        kept_aside: Where what stood before lies now, after one was put back.
    """

    file: Path
    sprites: int
    size_bytes: int
    kept_aside: tuple[Path, ...] = ()


def write_backup(library: IndexedFiles, jobs_db: Path, target: Path) -> Backup:
    """Write library and job store into one file; nobody writes the library meanwhile, the worker may go on.

    Raises:
        InvalidArgumentError: `target` exists, or there is nothing to back up.
        DiskFullError, StoreError: It cannot be written; no file is left.
    """
    if target.exists():
        raise InvalidArgumentError(f"{target} exists", hint="choose another name")
    if not library.index_file.exists() and not library.sprites.exists() and not jobs_db.exists():
        raise InvalidArgumentError(
            f"there is nothing to back up: neither {library.root} nor {jobs_db}", hint="draw something first"
        )
    unfinished = target.with_name(f".{target.name}.new")
    library.count()  # a lost index is made again, an old one brought up to date
    try:
        with _named(target), library.writing(f"the backup {target.name}"):
            _write(library, jobs_db, unfinished)
            unfinished.replace(target)
            sync_folder(target.parent)
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return Backup(target, library.count(), target.stat().st_size)


def _write(library: IndexedFiles, jobs_db: Path, unfinished: Path) -> None:
    checksums: dict[str, str] = {}
    with tempfile.TemporaryDirectory(dir=unfinished.parent) as folder, tarfile.open(unfinished, "w") as archive:
        for name, database in ((INDEX, library.index_file), (JOBS, jobs_db)):
            if database.exists():
                copy = Path(folder) / Path(name).name
                copy_database(database, copy)
                _add(archive, copy, name, checksums)
        for file in sorted(library.root.rglob("*")):
            name = f"library/{file.relative_to(library.root).as_posix()}"
            if name != INDEX and file.is_file() and _MEMBER.fullmatch(name):
                _add(archive, file, name, checksums)
        manifest = Path(folder) / MANIFEST
        told = {"format_version": FORMAT_VERSION, "pixels-mcp": __version__, "sha256": checksums}
        manifest.write_text(json.dumps(told, indent=1), "utf-8")
        archive.add(manifest, MANIFEST)


def _add(archive: tarfile.TarFile, file: Path, name: str, checksums: dict[str, str]) -> None:
    checksums[name] = _sha256(file)
    archive.add(file, name, recursive=False)


def restore_backup(archive: Path, library: IndexedFiles, jobs_db: Path) -> Backup:
    """Put a backup in the place of library and job store; what stands there is kept beside, under another name.

    The caller sees to it that no worker runs.

    Raises:
        StoreError: The archive is not whole, is none of ours, or of a newer version; everything is as it was.
        DiskFullError: No room for it; everything is as it was.
    """
    library.root.parent.mkdir(parents=True, exist_ok=True)
    jobs_db.parent.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    with _named(archive), tempfile.TemporaryDirectory(dir=library.root.parent, prefix=".restoring-") as folder:
        names = _extract(archive, Path(folder))
        (Path(folder) / "library").mkdir(exist_ok=True)
        fresh_jobs = jobs_db.with_name(f".{jobs_db.name}.new")
        delete_database(fresh_jobs)
        if JOBS in names:
            copy_database(Path(folder) / JOBS, fresh_jobs)
        with contextlib.ExitStack() as undo:
            if library.root.is_dir():
                undo.enter_context(hold_lock(library.root / "write.lock"))
            moves = [(library.root, library.root.with_name(f"{library.root.name}.before-{stamp}"))]
            moves += [
                (jobs_db.with_name(jobs_db.name + end), jobs_db.with_name(f"{jobs_db.name}.before-{stamp}{end}"))
                for end in ("", "-wal", "-shm")
            ]
            moves += [(Path(folder) / "library", library.root), (fresh_jobs, jobs_db)]
            with contextlib.ExitStack() as back:
                for source, target in moves:
                    if source.exists():
                        source.rename(target)
                        back.callback(target.rename, source)
                back.pop_all()
    kept_aside = tuple(target for _, target in moves[:2] if target.exists())
    return Backup(archive, library.count(), archive.stat().st_size, kept_aside)


def _extract(archive: Path, folder: Path) -> set[str]:
    """Write an archive's files below a folder, and check each against the manifest; returns their names."""
    checksums: dict[str, str] | None = None
    written: dict[str, str] = {}
    try:
        with tarfile.open(archive, "r:") as opened:
            for member in opened:
                stream = opened.extractfile(member) if member.isfile() else None
                if stream is None or not (member.name == MANIFEST or _MEMBER.fullmatch(member.name)):
                    raise _unusable(archive, f"{member.name!r} is no file of a backup")
                data = stream.read()
                if member.name == MANIFEST:
                    checksums = _read_manifest(archive, data)
                    continue
                file = folder / member.name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
                written[member.name] = hashlib.sha256(data).hexdigest()
    except tarfile.TarError as error:
        raise _unusable(archive, str(error)) from error
    if checksums is None:
        raise _unusable(archive, "it is cut short")
    wrong = sorted(name for name in {*checksums, *written} if checksums.get(name) != written.get(name))
    if wrong:
        raise _unusable(archive, f"{len(wrong)} files are missing or changed, {wrong[0]} first")
    return set(written)


def _read_manifest(archive: Path, data: bytes) -> dict[str, str]:
    try:
        told = parse_json(data)
        version, checksums = told["format_version"], told["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise _unusable(archive, "its manifest is not readable") from error
    if version != FORMAT_VERSION or not is_table(checksums):
        raise StoreError(
            f"{archive} has format {version}, this pixels-mcp reads {FORMAT_VERSION}",
            hint="install a newer pixels-mcp",
        )
    return checksums


def _unusable(archive: Path, why: str) -> StoreError:
    return StoreError(f"{archive} is not a usable backup: {why}", hint="give an unchanged file of `library backup`")


@contextlib.contextmanager
def _named(file: Path) -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(
            f"{file}: a database cannot be copied: {error}", steps=[NextStep("check_installation")]
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(f"no room for {error.filename or file}", hint="free some disk space") from error
        raise StoreError(
            f"{error.filename or file}: {error.strerror or error}", hint="check path and rights"
        ) from error


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
