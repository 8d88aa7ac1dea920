"""The card (`.json`) beside each PNG: one entry for each id that the file has. Cards are the truth, the index finds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pixels_mcp.errors import StoreError
from pixels_mcp.library.entries import Entry
from pixels_mcp.next_steps import NextStep


class Card(BaseModel):
    """All ids that one file has; more than one where the same recipe was drawn again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format_version: Literal[1, 2] = 1
    entries: tuple[Entry, ...] = ()

    def with_entry(self, entry: Entry) -> Card:
        """Add an entry, or put it in the place of its id's old one."""
        return Card(entries=(*self.without(entry.sprite_id).entries, entry))

    def without(self, sprite_id: str) -> Card:
        """Leave one id out."""
        return Card(entries=tuple(known for known in self.entries if known.sprite_id != sprite_id))

    def to_bytes(self) -> bytes:
        """The card's file; of format 1, which the first version reads, where that can tell everything."""
        needed = 2 if any(entry.needs_format_2 for entry in self.entries) else 1
        return self.model_copy(update={"format_version": needed}).model_dump_json(indent=1).encode() + b"\n"


def read_card(file: Path) -> Card:
    """Read the card beside a sprite's file; a missing one is empty.

    Raises:
        StoreError: It cannot be read; the file beside it still stands.
    """
    card_file = file.with_suffix(".json")
    try:
        return Card.model_validate_json(card_file.read_bytes())
    except FileNotFoundError:
        return Card()
    except (OSError, ValidationError) as error:
        raise StoreError(
            f"cannot read {card_file}: {type(error).__name__}", steps=[NextStep("rebuild_library")]
        ) from error


def find_number(sprite_id: str) -> int:
    """The number in an id: 7 of `ruby-potion-0007.1`, 0 where it has none."""
    match = re.search(r"-([0-9]+)\.[0-9]+$", sprite_id)
    return int(match.group(1)) if match else 0
