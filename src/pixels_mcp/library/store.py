"""The store of finished sprites: the files are the truth, the index only finds them.

    library/index.sqlite                     made again from the files whenever it is lost or damaged
    library/sprites/ab/abcd....png           named by the sha256 of its bytes; the recipe is inside
    library/sprites/ab/abcd....json          which sprite ids it has, and what is known of each
    library/references/ab/abcd....png        pictures of a person that sprites were redrawn from
    library/stage/                           unfinished files

The worker writes; faces read, and remove. Every method may be called from any thread and process.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from pixels_mcp import png
from pixels_mcp.errors import DiskFullError, InvalidArgumentError, StoreError, UnknownSpriteError
from pixels_mcp.events import SpriteInfo
from pixels_mcp.files import hold_lock, write_whole
from pixels_mcp.library import index
from pixels_mcp.library.entries import Card, Entry, read_card
from pixels_mcp.library.rebuild import insert, rebuild_index
from pixels_mcp.library.recipe import Recipe, encode_png
from pixels_mcp.requests import SPRITE_ID_PATTERN

log = logging.getLogger(__name__)

Value = TypeVar("Value")

SEARCH_LIMIT_MAX = 10_000


class Library:
    """One folder of sprites.

    Args:
        root: The folder; made by the first write.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().absolute()
        self.index_file = self.root / "index.sqlite"
        self.sprites = self.root / "sprites"
        self.stage = self.root / "stage"

    # --- writing ------------------------------------------------------------------------------------------------

    def add(self, sprite_id: str, pixels: np.ndarray, recipe: Recipe, info: Mapping[str, Any]) -> SpriteInfo:
        """Keep a finished sprite. An id that stands already keeps its first file, so that a part drawn again
        after a crash is not kept twice.

        Args:
            sprite_id: `ruby-potion-0007.1`.
            pixels: (H, W, 4) uint8, straight alpha.
            recipe: Goes into the file.
            info: `seed`, `prompt`, `model` and `facts`, and where there are any `reference`, `notes`, `name`
                and `palette` (the last two are found by `search`).

        Returns:
            The sprite as it stands in the library.

        Raises:
            DiskFullError: No room; nothing of the sprite was kept.
            StoreError: The folder cannot be written; nothing of the sprite was kept.
            InvalidArgumentError: `sprite_id` or `info` is not what it must be.
        """
        if not re.fullmatch(SPRITE_ID_PATTERN, sprite_id):
            raise InvalidArgumentError(f"{sprite_id!r} is not a sprite id", hint="for example ruby-potion-0007.1")
        data = encode_png(pixels, recipe)
        sha256 = hashlib.sha256(data).hexdigest()
        height_px, width_px = pixels.shape[:2]
        entry = Entry.make(sprite_id, info, sha256=sha256, width_px=width_px, height_px=height_px, added_s=time.time())
        return self._healed(lambda: self._add(entry, data))

    def _add(self, entry: Entry, data: bytes) -> SpriteInfo:
        file = self._file(entry.sha256)
        with self._writing(entry.sprite_id), contextlib.ExitStack() as undo:
            with index.open_index(self.index_file, write=True) as connection:
                standing = _find(connection, entry.sprite_id)
                if standing is not None:
                    return self._info(standing)
                file.parent.mkdir(parents=True, exist_ok=True)
                if not file.exists():
                    undo.callback(file.unlink, missing_ok=True)
                    write_whole(file, data, stage=self.stage)
                card = read_card(file)
                undo.callback(self._write_card, file, card)
                self._write_card(file, card.with_entry(entry))
                insert(connection, entry)
            undo.pop_all()
        return self._info(entry)

    def remove(self, sprite_id: str) -> SpriteInfo:
        """Take a sprite away, and its file where no other id has the same one.

        Returns:
            What was removed.

        Raises:
            UnknownSpriteError: There is none of that id.
        """
        return self._healed(lambda: self._remove(sprite_id))

    def _remove(self, sprite_id: str) -> SpriteInfo:
        with self._writing(sprite_id), index.open_index(self.index_file, write=True) as connection:
            entry = _get(connection, sprite_id)
            connection.execute("DELETE FROM sprites WHERE sprite_id = ?", (sprite_id,))
            file = self._file(entry.sha256)
            card = read_card(file).without(sprite_id)
            self._write_card(file, card)
            if not card.entries:
                file.unlink(missing_ok=True)
            return self._info(entry)

    def keep_reference(self, pixels: np.ndarray) -> str:
        """Keep a person's picture that sprites are redrawn from.

        Returns:
            The sha256 of the kept file, by which `reference` finds it; the same picture has the same one.

        Raises:
            DiskFullError, StoreError: It cannot be written.
        """
        data = png.encode_png(pixels)
        sha256 = hashlib.sha256(data).hexdigest()
        file = self._reference_file(sha256)
        if not file.exists():
            with self._writing("the reference picture"):
                file.parent.mkdir(parents=True, exist_ok=True)
                write_whole(file, data, stage=self.stage)
        return sha256

    # --- reading ------------------------------------------------------------------------------------------------

    def get(self, sprite_id: str) -> SpriteInfo:
        """Describe a sprite.

        Raises:
            UnknownSpriteError: There is none of that id.
        """
        return self._info(self._read(lambda connection: _get(connection, sprite_id), missing=_unknown(sprite_id)))

    def path_of(self, sprite_id: str) -> Path:
        """Name a sprite's file.

        Raises:
            UnknownSpriteError: There is none of that id.
        """
        return Path(self.get(sprite_id).path)

    def read_png(self, sprite_id: str) -> bytes:
        """Read a sprite's file.

        Raises:
            UnknownSpriteError: There is none of that id.
            StoreError: The file is gone, or was changed since it was kept.
        """
        info = self.get(sprite_id)
        return _read_checked(Path(info.path), info.sha256, sprite_id)

    def reference(self, sha256: str) -> np.ndarray:
        """Read a kept reference picture: (H, W, 4) uint8.

        Raises:
            StoreError: It is not there, or was changed since it was kept.
        """
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise StoreError(f"{sha256!r} is not a sha256", hint="give 64 hexadecimal digits")
        data = _read_checked(self._reference_file(sha256), sha256, f"reference picture {sha256[:12]}")
        return png.decode_png(data, label=f"reference {sha256[:12]}")[0]

    def search(self, text: str = "", *, limit: int = 50) -> list[SpriteInfo]:
        """Find sprites, the newest first.

        Args:
            text: Words that all must occur in id, name, prompt, model or palette, whatever their case; empty finds all.
            limit: At most so many, 1 to 10,000.
        """
        if not 1 <= limit <= SEARCH_LIMIT_MAX:
            raise InvalidArgumentError(f"limit: must be 1 to {SEARCH_LIMIT_MAX} (got {limit})", hint="choose another")
        words = text.casefold().split()
        where = " AND ".join(["haystack LIKE ? ESCAPE '\\'"] * len(words)) or "1"
        patterns = [_like(word) for word in words]
        query = f"SELECT entry FROM sprites WHERE {where} ORDER BY added_s DESC, sprite_id DESC LIMIT ?"  # noqa: S608
        rows = self._read(lambda connection: connection.execute(query, (*patterns, limit)).fetchall(), missing=[])
        return [self._info(Entry.model_validate_json(row[0])) for row in rows]

    def count(self) -> int:
        """Count the sprites."""
        return self._read(
            lambda connection: int(connection.execute("SELECT count(*) FROM sprites").fetchone()[0]), missing=0
        )

    def largest_number(self) -> int:
        """The largest number that an id has or had here, 0 in an empty library."""
        return self._read(
            lambda connection: int(connection.execute("SELECT largest_number FROM counter").fetchone()[0]), missing=0
        )

    # --- the index ----------------------------------------------------------------------------------------------

    def rebuild(self) -> int:
        """Make the index again from the files.

        A file without its `.json` gets an id made from its recipe's prompt, or from its own name where it has none; a
        file that cannot be read stays where it is and is left out.

        Returns:
            How many sprites it holds now.

        Raises:
            DiskFullError, StoreError: It cannot be written.
        """
        with self._writing("the index"):
            return rebuild_index(self.root, self.index_file, self.sprites)

    def _read(self, look: Callable[[sqlite3.Connection], Value], *, missing: Value | Exception) -> Value:
        """Look something up; an empty folder gives `missing`, a damaged index is made again first."""

        def once() -> Value:
            with index.open_index(self.index_file) as connection:
                return look(connection)

        if not self.index_file.exists() and not self.sprites.exists():
            if isinstance(missing, Exception):
                raise missing
            return missing
        return self._healed(once)

    def _healed(self, action: Callable[[], Value]) -> Value:
        try:
            return action()
        except index.IndexDamagedError as error:
            if self.sprites.exists():
                log.warning("%s; making it again from the files", error.message)
            self.rebuild()
            return action()

    @contextlib.contextmanager
    def _writing(self, what: str) -> Iterator[None]:
        """Be the one writer, and translate what the file system says."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with hold_lock(self.root / "write.lock"):
                self._sweep()
                yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFullError(
                    f"no room in {self.root} for {what}", hint="free some disk space and try again; nothing was kept"
                ) from error
            raise StoreError(
                f"cannot write {what} in {self.root}: {error.strerror or error}",
                hint="check the folder's rights, or set `library_dir`",
            ) from error

    def _sweep(self) -> None:
        """Clear what a writer that was killed left unfinished; no other one writes now."""
        if self.stage.is_dir():
            for left in self.stage.iterdir():
                left.unlink(missing_ok=True)

    def _write_card(self, file: Path, card: Card) -> None:
        target = file.with_suffix(".json")
        if card.entries:
            write_whole(target, card.to_bytes(), stage=self.stage)
        else:
            target.unlink(missing_ok=True)

    def _file(self, sha256: str) -> Path:
        return self.sprites / sha256[:2] / f"{sha256}.png"

    def _reference_file(self, sha256: str) -> Path:
        return self.root / "references" / sha256[:2] / f"{sha256}.png"

    def _info(self, entry: Entry) -> SpriteInfo:
        return entry.to_info(self._file(entry.sha256))


def _find(connection: sqlite3.Connection, sprite_id: str) -> Entry | None:
    row = connection.execute("SELECT entry FROM sprites WHERE sprite_id = ?", (sprite_id,)).fetchone()
    return None if row is None else Entry.model_validate_json(row[0])


def _get(connection: sqlite3.Connection, sprite_id: str) -> Entry:
    entry = _find(connection, sprite_id)
    if entry is None:
        raise _unknown(sprite_id)
    return entry


def _unknown(sprite_id: str) -> UnknownSpriteError:
    return UnknownSpriteError(
        f"the library holds no sprite {sprite_id!r}", hint="see `pixels-mcp library list` for those that it holds"
    )


def _like(word: str) -> str:
    escaped = re.sub(r"([%_\\])", r"\\\1", word)
    return f"%{escaped}%"


def _read_checked(file: Path, sha256: str, what: str) -> bytes:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise StoreError(
            f"cannot read the file of {what}, {file}: {error.strerror}", hint="run `pixels-mcp library rebuild`"
        ) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise StoreError(
            f"the file of {what}, {file}, was changed or damaged since it was kept",
            hint="make it again with `pixels-mcp regenerate`, or remove it with `pixels-mcp library remove`",
        )
    return data
