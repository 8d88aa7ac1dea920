"""What the library knows of an entry beside its file: what it is, what it was made from, what a person thinks of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    ValidationError,
    model_serializer,
)

from pixels_mcp.asked_words.checked_words import explain
from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.events import ReferenceInfo, SpriteInfo
from pixels_mcp.requests import SPRITE_ID_PATTERN
from pixels_mcp.told_apart import JsonObject

EntryKind: TypeAlias = Literal["sprite", "tile", "tileset", "animation"]
ENTRY_KINDS: tuple[EntryKind, ...] = get_args(EntryKind)

RATING_MAX = 5
TAGS_MAX = 32
TAG_CHARS_MAX = 48

EntryId = Annotated[str, StringConstraints(pattern=SPRITE_ID_PATTERN)]

SINCE_FORMAT_2 = ("entry_kind", "parts", "parent", "rating", "tags")
"""Left out of a card where they say nothing, so that cards of plain sprites stay as they were."""


@dataclass(frozen=True, kw_only=True)
class NewEntry:
    """What is told of an entry when it is kept; the store adds its size, hash and time.

    Attributes:
        seed: That it was drawn with; 0 where it was not drawn.
        prompt: That it was drawn from, or words that describe it.
        model: Name of the model, or how else it came (`imported`).
        facts: The pixel facts.
        reference: What it was redrawn from.
        notes: What a person should know of it.
        name: The name that was asked for.
        palette: The palette's name.
        entry_kind: What it is.
        parts: Ids of the entries that it was put together from.
        parent: Id of the entry that it is an edit of.
        tags: Words to find it by.
    """

    seed: int
    prompt: str
    model: str
    facts: Mapping[str, object]
    reference: ReferenceInfo | None = None
    notes: tuple[str, ...] = ()
    name: str | None = None
    palette: str | None = None
    entry_kind: EntryKind = "sprite"
    parts: tuple[str, ...] = ()
    parent: str | None = None
    tags: tuple[str, ...] = ()


class LibraryEntry(SpriteInfo):
    """An entry as the library shows it: a finished picture, what it is, and what a person said of it.

    `rating` is 1 to 5, 0 where there is none; `added_s` in seconds since 1970.
    """

    name: str | None = None
    palette: str | None = None
    entry_kind: EntryKind = "sprite"
    parts: tuple[str, ...] = ()
    parent: str | None = None
    rating: int = 0
    tags: tuple[str, ...] = ()
    added_s: float


class Entry(BaseModel):
    """One id and what is known of it, as a card and the index hold it; times in seconds since 1970."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sprite_id: str
    sha256: str
    added_s: float
    width_px: int
    height_px: int
    seed: int
    prompt: str
    model: str
    facts: JsonObject
    reference: ReferenceInfo | None = None
    notes: tuple[str, ...] = ()
    name: str | None = None
    palette: str | None = None
    entry_kind: EntryKind = "sprite"
    parts: tuple[EntryId, ...] = ()
    parent: EntryId | None = None
    rating: int = Field(default=0, ge=0, le=RATING_MAX)
    tags: tuple[str, ...] = ()

    @model_serializer(mode="wrap")
    def _plainly(self, write: SerializerFunctionWrapHandler) -> JsonObject:
        plain = write(self)
        return {key: value for key, value in plain.items() if key not in SINCE_FORMAT_2 or self._says(key)}

    @property
    def needs_format_2(self) -> bool:
        """Whether it has something that cards of format 1 cannot tell."""
        return any(self._says(key) for key in SINCE_FORMAT_2)

    def _says(self, key: str) -> bool:
        return getattr(self, key) != type(self).model_fields[key].default

    def changed(self, **words: object) -> Entry:
        """The same entry with other words, checked.

        Raises:
            InvalidArgumentError: One of them is not what it may be.
        """
        return _checked(self.sprite_id, {**self.model_dump(), **words}, "nothing was changed")

    def to_info(self, file: Path) -> LibraryEntry:
        """Describe it as every face shows it."""
        return LibraryEntry(
            path=str(file), **{key: getattr(self, key) for key in LibraryEntry.model_fields if key != "path"}
        )

    @property
    def haystack(self) -> str:
        """What a search by words looks through."""
        words = (self.sprite_id, self.name, self.prompt, self.model, self.palette, *self.tags)
        return "\n".join(word for word in words if word).casefold()


def make_entry(sprite_id: str, new: NewEntry, *, sha256: str, added_s: float, width_px: int, height_px: int) -> Entry:
    """Join what the caller tells with what the store knows.

    Raises:
        InvalidArgumentError: A word is not what it may be.
    """
    told = {key: getattr(new, key) for key in NewEntry.__dataclass_fields__}
    known = {
        "sprite_id": sprite_id,
        "sha256": sha256,
        "added_s": added_s,
        "width_px": width_px,
        "height_px": height_px,
        "tags": check_tags(new.tags),
    }
    return _checked(sprite_id, {**told, **known}, "nothing was kept")


def check_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Write tags in their one form: lower case, each once, in order.

    Raises:
        InvalidArgumentError: One is empty, too long, or has a comma or a character that is not printed; or too many.
    """
    clean = sorted({" ".join(tag.casefold().split()) for tag in tags})
    for tag in clean:
        if not tag or len(tag) > TAG_CHARS_MAX or "," in tag or not tag.isprintable():
            raise InvalidArgumentError(
                f"{tag[:60]!r} is not a tag: 1 to {TAG_CHARS_MAX} printed characters without a comma",
                hint="for example forest, boss or 'needs work'",
            )
    if len(clean) > TAGS_MAX:
        raise InvalidArgumentError(f"{len(clean)} tags on one entry, at most {TAGS_MAX} may be", hint="remove some")
    return tuple(clean)


def _checked(sprite_id: str, words: Mapping[str, object], hint: str) -> Entry:
    try:
        return Entry.model_validate(words)
    except ValidationError as error:
        raise InvalidArgumentError(f"{sprite_id}: {explain(error)}", hint=hint) from error
