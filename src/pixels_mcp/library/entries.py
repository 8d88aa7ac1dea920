"""What the library knows of a sprite beside its file: a card (`.json`) next to the PNG, one entry for each id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pixels_mcp.errors import InvalidArgumentError, StoreError
from pixels_mcp.events import ReferenceInfo, SpriteInfo
from pixels_mcp.requests import explain


class Entry(BaseModel):
    """One sprite id and what is known of it; times in seconds since 1970."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sprite_id: str
    sha256: str
    added_s: float
    width_px: int
    height_px: int
    seed: int
    prompt: str
    model: str
    facts: dict[str, object]
    reference: ReferenceInfo | None = None
    notes: tuple[str, ...] = ()
    name: str | None = None
    palette: str | None = None

    @classmethod
    def make(cls, sprite_id: str, info: Mapping[str, Any], **known: object) -> Entry:
        """Join what the caller tells with what the store knows.

        Raises:
            InvalidArgumentError: `info` lacks a word, or has one that is unknown.
        """
        try:
            return cls.model_validate({**info, **known, "sprite_id": sprite_id})
        except ValidationError as error:
            raise InvalidArgumentError(f"{sprite_id}: {explain(error)}", hint="nothing was kept") from error

    def to_info(self, file: Path) -> SpriteInfo:
        """Describe the sprite as every face shows it."""
        return SpriteInfo(
            path=str(file),
            **{key: getattr(self, key) for key in SpriteInfo.model_fields if key != "path"},
        )

    @property
    def haystack(self) -> str:
        """What `search` looks through."""
        words = (self.sprite_id, self.name, self.prompt, self.model, self.palette)
        return "\n".join(word for word in words if word).casefold()


class Card(BaseModel):
    """All ids that one file has; more than one where the same recipe was drawn again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format_version: Literal[1] = 1
    entries: tuple[Entry, ...] = ()

    def with_entry(self, entry: Entry) -> Card:
        """Add an entry, or put it in the place of its id's old one."""
        return Card(entries=(*self.without(entry.sprite_id).entries, entry))

    def without(self, sprite_id: str) -> Card:
        """Leave one id out."""
        return Card(entries=tuple(known for known in self.entries if known.sprite_id != sprite_id))

    def to_bytes(self) -> bytes:
        """The card's file."""
        return self.model_dump_json(indent=1).encode() + b"\n"


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
            f"cannot read {card_file}: {type(error).__name__}", hint="run `pixels-mcp library rebuild`"
        ) from error


def find_number(sprite_id: str) -> int:
    """The number in an id: 7 of `ruby-potion-0007.1`, 0 where it has none."""
    found = re.search(r"-([0-9]+)\.[0-9]+$", sprite_id)
    return int(found.group(1)) if found else 0
