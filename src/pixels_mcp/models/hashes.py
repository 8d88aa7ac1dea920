"""Content hashes of large files, computed once and kept with the file's size and time."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

from pixels_mcp.documents import parse_json
from pixels_mcp.files import write_whole

log = logging.getLogger(__name__)

CHUNK_BYTES = 4 * 2**20


class HashCache:
    """Remembers the sha256 of files by path, size and time of change.

    Args:
        file: Where it is kept between runs; None keeps it for this run only.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._known: dict[str, tuple[int, int, str]] = {}
        if file:
            try:
                stored = parse_json(file.read_text("utf-8"))
                self._known = {path: (size, time_ns, digest) for path, (size, time_ns, digest) in stored.items()}
            except FileNotFoundError:
                pass
            except (OSError, ValueError, AttributeError, TypeError) as error:
                log.warning("the hashes in %s are not readable and are made anew: %s", file, error)

    def peek(self, path: Path) -> str | None:
        """The hash where it is known already, of a file or a diffusers folder."""
        files = files_of(path)
        digests = [digest for file in files if (digest := self._peek_file(file)) is not None]
        return _join(path, files, digests) if digests and len(digests) == len(files) else None

    def sha256(self, path: Path) -> str:
        """The hash of a file, or of a diffusers folder (its index and its parts, by name).

        Raises:
            OSError: A file cannot be read.
        """
        files = files_of(path)
        return _join(path, files, [self._peek_file(file) or self._hash_file(file) for file in files])

    def _peek_file(self, file: Path) -> str | None:
        known = self._known.get(str(file))
        try:
            facts = file.stat()
        except OSError:
            return None
        return known[2] if known and known[:2] == (facts.st_size, facts.st_mtime_ns) else None

    def _hash_file(self, file: Path) -> str:
        facts, digest = file.stat(), hashlib.sha256()
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
        self._known[str(file)] = facts.st_size, facts.st_mtime_ns, digest.hexdigest()
        self._keep()
        return digest.hexdigest()

    def _keep(self) -> None:
        if not self._file:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._file, json.dumps(self._known).encode())
        except OSError as error:
            log.warning("cannot keep hashes in %s: %s", self._file, error)


def files_of(path: Path) -> list[Path]:
    """The files that decide what a model draws: the file itself, or a diffusers folder's index and parts."""
    if not path.is_dir():
        return [path]
    kinds = {".safetensors", ".json", ".txt", ".model"}
    index = path / "model_index.json"
    try:
        named = parse_json(index.read_text("utf-8"))
        folders = sorted(part for part, what in named.items() if isinstance(what, list) and what[:1] != [None])
    except FileNotFoundError:
        # A VAE's folder is one part by itself.
        return sorted(file for file in path.iterdir() if file.suffix in kinds)
    except (OSError, ValueError, AttributeError):
        return [index]
    parts = [file for folder in folders for file in sorted((path / folder).rglob("*"))]
    return [index, *(file for file in parts if file.is_file() and file.suffix in kinds)]


def _join(path: Path, files: list[Path], digests: list[str]) -> str:
    if files == [path]:
        return digests[0]
    names = [file.relative_to(path).as_posix() for file in files]
    listed = "".join(f"{digest}  {name}\n" for digest, name in zip(digests, names, strict=True))
    return hashlib.sha256(listed.encode()).hexdigest()
