"""The store of finished sprites: the files are the truth, the index only finds them.

    library/index.sqlite                     made again from the files whenever it is lost or damaged
    library/sprites/ab/abcd....png           named by the sha256 of its bytes; the recipe is inside
    library/sprites/ab/abcd....json          which sprite ids it has, and what is known of each
    library/trash/                           removed entries, until it is emptied
    library/references/ab/abcd....png        pictures of a person that sprites were redrawn from
    library/stage/                           unfinished files

The worker writes; faces read, rate, tag, remove and import. Every method may be called from any thread and process.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from pixels_mcp import png
from pixels_mcp.errors import InvalidArgumentError, StoreError, UnknownSpriteError
from pixels_mcp.files import write_whole
from pixels_mcp.library import index
from pixels_mcp.library.cards import Card
from pixels_mcp.library.entries import Entry, EntryKind, LibraryEntry, NewEntry, check_tags, make_entry
from pixels_mcp.library.query import Query
from pixels_mcp.library.recipe import Recipe, encode_png
from pixels_mcp.library.reference_pictures import ReferencePictures, read_checked
from pixels_mcp.library.trash import lost
from pixels_mcp.next_steps import NextStep
from pixels_mcp.requests import SPRITE_ID_PATTERN


class Library(ReferencePictures):
    """One folder of finished pictures.

    Args:
        root: The folder; made by the first write.
    """

    # --- writing ------------------------------------------------------------------------------------------------

    def add(self, sprite_id: str, pixels: np.ndarray, recipe: Recipe, new: NewEntry) -> LibraryEntry:
        """Keep a finished picture. An id that stands already keeps its first file, so that a part drawn again
        after a crash is not kept twice.

        Args:
            sprite_id: `ruby-potion-0007.1`.
            pixels: (H, W, 4) uint8, straight alpha.
            recipe: Goes into the file.
            new: What is told of it.

        Returns:
            The entry as it stands in the library.

        Raises:
            DiskFullError: No room; nothing of the sprite was kept.
            StoreError: The folder cannot be written; nothing of the sprite was kept.
            UnknownSpriteError: It names a part or a parent that the library does not hold.
            InvalidArgumentError: `sprite_id` or `new` is not what it must be.
        """
        return self._add_new(sprite_id, encode_png(pixels, recipe), pixels.shape, new)

    def add_file(self, sprite_id: str, data: bytes, new: NewEntry) -> LibraryEntry:
        """Keep the finished picture of another library as it is, recipe and all. As `add`.

        Args:
            data: The whole PNG file.

        Raises:
            UnreadablePictureError, PictureTooLargeError: It is no picture.
            StoreError: Another picture stands under that id.
        """
        kept = self._add_new(sprite_id, data, png.decode_png(data, label=sprite_id)[0].shape, new)
        if kept.sha256 != hashlib.sha256(data).hexdigest():
            raise StoreError(
                f"another picture stands as {sprite_id} in this library", steps=[NextStep("remove_sprite", sprite_id)]
            )
        return kept

    def _add_new(self, sprite_id: str, data: bytes, shape: tuple[int, ...], new: NewEntry) -> LibraryEntry:
        if not re.fullmatch(SPRITE_ID_PATTERN, sprite_id):
            raise InvalidArgumentError(f"{sprite_id!r} is not a sprite id", hint="for example ruby-potion-0007.1")
        height_px, width_px = shape[:2]
        entry = make_entry(
            sprite_id,
            new,
            sha256=hashlib.sha256(data).hexdigest(),
            added_s=time.time(),
            width_px=width_px,
            height_px=height_px,
        )
        return self.healed(lambda: self._add(entry, data))

    def _add(self, entry: Entry, data: bytes) -> LibraryEntry:
        with self.changing(entry.sprite_id) as (connection, undo):
            standing = index.look_up(connection, entry.sprite_id)
            if standing is not None:
                return self._info(standing)
            for other in {*entry.parts, *filter(None, (entry.parent,))}:
                _get(connection, other)
            self._keep(connection, undo, entry, data)
        return self._info(entry)

    def _keep(self, connection: sqlite3.Connection, undo: contextlib.ExitStack, entry: Entry, data: bytes) -> None:
        file = self.file_of(entry.sha256)
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            undo.callback(file.unlink, missing_ok=True)
            write_whole(file, data, stage=self.stage, lasts=False)
        self.change_card(undo, file, lambda card: card.with_entry(entry))
        index.put(connection, entry)

    def reserve_number(self, larger_than: int = 0, *, count: int = 1) -> int:
        """Take the next numbers for ids, larger than any that was given here; they are not given again.

        Args:
            larger_than: A number that was given elsewhere.
            count: How many are taken.

        Returns:
            The first of them.

        Raises:
            DiskFullError, StoreError: The index cannot be written.
        """

        def take() -> int:
            with self.changing("a number") as (connection, _):
                number = max(_largest(connection), larger_than) + 1
                index.count_up_to(connection, number + count - 1)
            return number

        return self.healed(take)

    def count_up_to(self, number: int) -> None:
        """Remember that ids up to this number are given, so that none is given twice.

        Raises:
            DiskFullError, StoreError: The index cannot be written.
        """

        def once() -> None:
            with self.changing("a number") as (connection, _):
                index.count_up_to(connection, number)

        self.healed(once)

    def rate(self, sprite_ids: Sequence[str], rating: int) -> list[LibraryEntry]:
        """Give entries 1 to 5 stars, or take them away with 0; all of them or none.

        Raises:
            UnknownSpriteError, InvalidArgumentError: There is none of that id, or the rating is no such number.
            DiskFullError, StoreError: It cannot be written.
        """
        return self._alter(sprite_ids, lambda entry: entry.changed(rating=rating))

    def tag(self, sprite_ids: Sequence[str], add: Sequence[str], remove: Sequence[str] = ()) -> list[LibraryEntry]:
        """Give entries tags and take some away; all of them or none. A tag that is taken away need not be there.

        Raises:
            UnknownSpriteError, InvalidArgumentError: There is none of that id, or that is no tag.
            DiskFullError, StoreError: It cannot be written.
        """
        added, removed = check_tags(add), check_tags(remove)
        return self._alter(sprite_ids, lambda entry: entry.changed(tags=check_tags({*entry.tags, *added} - {*removed})))

    def _alter(self, sprite_ids: Sequence[str], alter: Callable[[Entry], Entry]) -> list[LibraryEntry]:
        def once() -> list[LibraryEntry]:
            with self.changing(", ".join(sprite_ids)) as (connection, undo):
                altered = [alter(_get(connection, sprite_id)) for sprite_id in dict.fromkeys(sprite_ids)]
                for entry in altered:
                    self.change_card(undo, self.file_of(entry.sha256), partial(Card.with_entry, entry=entry))
                    index.put(connection, entry)
            return [self._info(entry) for entry in altered]

        return self.healed(once)

    def remove(self, sprite_id: str) -> LibraryEntry:
        """Move an entry into the trash, from where `restore` brings it back.

        Returns:
            What was removed.

        Raises:
            UnknownSpriteError: There is none of that id.
            InvalidArgumentError: Another entry was put together from it.
            DiskFullError, StoreError: It cannot be written; the entry stands.
        """
        return self.healed(lambda: self._remove(sprite_id))

    def _remove(self, sprite_id: str) -> LibraryEntry:
        with self.writing(sprite_id), contextlib.ExitStack() as undo:
            with index.open_index(self.index_file, write=True) as connection:
                entry = _get(connection, sprite_id)
                wholes = index.made_from(connection, sprite_id)
                if wholes:
                    raise InvalidArgumentError(
                        f"{sprite_id} is a part of {', '.join(wholes[:5])}", hint=f"remove {wholes[0]} first"
                    )
                file = self.file_of(entry.sha256)
                undo.callback(self.trash.drop, sprite_id)
                self.trash.put(entry, file)
                left = self.change_card(undo, file, lambda card: card.without(sprite_id))
                index.drop(connection, sprite_id)
            undo.pop_all()
            if not left.entries:
                file.unlink(missing_ok=True)
            return self._info(entry)

    def restore(self, sprite_id: str) -> LibraryEntry:
        """Bring an entry back from the trash, with its rating and tags.

        Raises:
            UnknownSpriteError: The trash holds none of that id.
            StoreError: Its file is gone or damaged, or the library cannot be written; the trash is as it was.
        """
        return self.healed(lambda: self._restore(sprite_id))

    def _restore(self, sprite_id: str) -> LibraryEntry:
        with self.writing(sprite_id), contextlib.ExitStack() as undo:
            entry = self.trash.get(sprite_id)
            if not self.trash.file(sprite_id).exists():
                raise lost(sprite_id)
            data = read_checked(self.trash.file(sprite_id), entry.sha256, sprite_id)
            with index.open_index(self.index_file, write=True) as connection:
                standing = index.look_up(connection, sprite_id)
                if standing is None:
                    self._keep(connection, undo, entry, data)
            undo.pop_all()
            self.trash.drop(sprite_id)
            return self._info(standing or entry)

    def removed(self) -> list[LibraryEntry]:
        """What lies in the trash, what was removed last first."""
        return [entry.to_info(self.trash.file(entry.sprite_id)) for entry in self.trash.entries()]

    def empty_trash(self, older_than_s: float = 0.0) -> list[str]:
        """Delete for good what was removed at least so many seconds ago; returns the ids.

        Raises:
            StoreError: The folder cannot be written.
        """
        if not self.root.is_dir():
            return []
        with self.writing("the trash"):
            return self.trash.empty(older_than_s)

    # --- reading ------------------------------------------------------------------------------------------------

    def get(self, sprite_id: str) -> LibraryEntry:
        """Describe a sprite.

        Raises:
            UnknownSpriteError: There is none of that id.
        """
        return self._info(self.read(lambda connection: _get(connection, sprite_id), missing=_unknown(sprite_id)))

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
        return read_checked(Path(info.path), info.sha256, sprite_id)

    def search(
        self,
        text: str = "",
        *,
        tags: Sequence[str] = (),
        rating_min: int = 0,
        model: str | None = None,
        entry_kind: EntryKind | None = None,
        limit: int = 50,
    ) -> list[LibraryEntry]:
        """Find entries that have all of this, the newest first; the words are those of `library.query.Query`.

        Raises:
            InvalidArgumentError: A value is out of range.
        """
        query = Query(text=text, tags=tags, rating_min=rating_min, model=model, entry_kind=entry_kind, limit=limit)
        return self.page(query)[0]

    def page(self, query: Query) -> tuple[list[LibraryEntry], int]:
        """The entries that a question asks for, and how many there are of them beyond its limit.

        Raises:
            InvalidArgumentError: A value is out of range.
        """
        entries, count = query.to_sql(), query.to_count_sql()

        def look(connection: sqlite3.Connection) -> tuple[list[Entry], int]:
            shown = [index.read_entry(text) for (text,) in connection.execute(*entries)]
            return shown, int(connection.execute(*count).fetchone()[0])

        listed, total = self.read(look, missing=([], 0))
        return [self._info(entry) for entry in listed], total

    def find_file(self, sha256: str) -> LibraryEntry | None:
        """Find the first entry that has a file of these bytes."""
        entry = self.read(lambda connection: index.look_up_file(connection, sha256), missing=None)
        return None if entry is None else self._info(entry)

    def largest_number(self) -> int:
        """The largest number that an id has or had here, 0 in an empty library."""
        return self.read(_largest, missing=0)

    # --- files --------------------------------------------------------------------------------------------------

    def _info(self, entry: Entry) -> LibraryEntry:
        return entry.to_info(self.file_of(entry.sha256))


def _get(connection: sqlite3.Connection, sprite_id: str) -> Entry:
    entry = index.look_up(connection, sprite_id)
    if entry is None:
        raise _unknown(sprite_id)
    return entry


def _largest(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT largest_number FROM counter").fetchone()[0])


def _unknown(sprite_id: str) -> UnknownSpriteError:
    return UnknownSpriteError(f"the library holds no sprite {sprite_id!r}", steps=[NextStep("list_sprites")])
