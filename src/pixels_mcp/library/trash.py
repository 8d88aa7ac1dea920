"""Removed entries: each keeps its file and its card under its own id until the trash is emptied.

library/trash/ruby-potion-0007.1.png     the file, as it was
library/trash/ruby-potion-0007.1.json    its card; the card's time is that of the removal
"""

from __future__ import annotations

import contextlib
import os
import re
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from pixels_mcp.errors import StoreError, UnknownSpriteError
from pixels_mcp.files import write_whole
from pixels_mcp.library.cards import Card, read_card
from pixels_mcp.library.entries import Entry
from pixels_mcp.next_steps import NextStep
from pixels_mcp.requests import SPRITE_ID_PATTERN


class Trash:
    """The folder of removed entries. Only who holds the library's lock changes it; errors are the system's own.

    Args:
        folder: Where they lie.
        stage: For unfinished files, on the same file system.
    """

    def __init__(self, folder: Path, stage: Path) -> None:
        self._folder, self._stage = folder, stage

    def put(self, entry: Entry, file: Path) -> None:
        """Keep a removed entry; one whose file is lost keeps its card."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if file.exists():
            self._share(file, self.file(entry.sprite_id))
        write_whole(self._card_file(entry.sprite_id), Card(entries=(entry,)).to_bytes(), stage=self._stage)

    def entries(self) -> list[Entry]:
        """What lies here, what was removed last first."""
        known = [(card.stat().st_mtime, card.stem) for card in self._cards()]
        return [self.get(sprite_id) for _, sprite_id in sorted(known, reverse=True)]

    def get(self, sprite_id: str) -> Entry:
        """Find one.

        Raises:
            UnknownSpriteError: It is not here.
            StoreError: Its card cannot be read.
        """
        entries = read_card(self.file(sprite_id)).entries if re.fullmatch(SPRITE_ID_PATTERN, sprite_id) else ()
        if not entries:
            raise UnknownSpriteError(f"the trash holds no {sprite_id!r}", steps=[NextStep("list_trash")])
        return entries[0]

    def file(self, sprite_id: str) -> Path:
        """Where its picture lies."""
        return self._folder / f"{sprite_id}.png"

    def drop(self, sprite_id: str) -> None:
        """Delete one for good."""
        self._card_file(sprite_id).unlink(missing_ok=True)
        self.file(sprite_id).unlink(missing_ok=True)

    def empty(self, older_than_s: float) -> list[str]:
        """Delete for good what was removed so long ago; returns the ids."""
        before_s = time.time() - older_than_s
        old = sorted(card.stem for card in self._cards() if card.stat().st_mtime <= before_s)
        for sprite_id in old:
            self.drop(sprite_id)
        return old

    def sprite_ids(self) -> list[str]:
        """The ids of what lies here."""
        return [card.stem for card in self._cards()]

    def _cards(self) -> Iterator[Path]:
        return (card for card in self._folder.glob("*.json") if re.fullmatch(SPRITE_ID_PATTERN, card.stem))

    def _card_file(self, sprite_id: str) -> Path:
        return self._folder / f"{sprite_id}.json"

    def _share(self, file: Path, target: Path) -> None:
        """Give a file a second name, which needs no room; where the file system cannot, copy it."""
        self._stage.mkdir(parents=True, exist_ok=True)
        link = self._stage / f".{target.name}.{uuid.uuid4().hex[:12]}.new"
        try:
            os.link(file, link)
        except OSError:
            write_whole(target, file.read_bytes(), stage=self._stage)
        else:
            link.replace(target)  # does nothing where both are one file already
            with contextlib.suppress(FileNotFoundError):
                link.unlink()


def lost(sprite_id: str) -> StoreError:
    """The error of an entry in the trash whose picture is gone."""
    return StoreError(
        f"the file of {sprite_id} was gone when it was removed", hint="make it again with its prompt and seed"
    )
