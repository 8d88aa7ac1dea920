"""What a person writes into the Gallery's filter, as a question to the library."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.library.entries import ENTRY_KINDS, RATING_MAX, EntryKind, check_tags

HELP = "words, model:NAME, tag:NAME, kind:tile, rating>=3"


@dataclass(frozen=True)
class LibraryFilter:
    """Entries that have all of this; the words of `library.query.Query`."""

    text: str = ""
    tags: tuple[str, ...] = ()
    rating_min: int = 0
    model: str | None = None
    entry_kind: EntryKind | None = None


def read_filter(text: str) -> LibraryFilter:
    """Read a line such as `knight model:mini tag:npc rating>=3`; `tag:"needs work"` has a space.

    Raises:
        InvalidArgumentError: A kind, tag or rating is none.
    """
    words: list[str] = []
    tags: list[str] = []
    rating_min, model, entry_kind = 0, None, None
    for name, quoted, plain in re.findall(r'(\w+:|rating>=)?(?:"([^"]*)"|(\S+))', text):
        value = quoted or plain
        if name == "tag:":
            tags.append(value)
        elif name == "model:":
            model = value
        elif name == "kind:":
            entry_kind = _kind(value)
        elif name in ("rating>=", "rating:"):
            rating_min = _rating(value)
        else:
            words.append(name + value)
    return LibraryFilter(" ".join(words), check_tags(tags), rating_min, model, entry_kind)


def _kind(text: str) -> EntryKind:
    for kind in ENTRY_KINDS:
        if kind == text:
            return kind
    raise InvalidArgumentError(f"kind:{text}", hint=f"one of {', '.join(ENTRY_KINDS)}")


def _rating(text: str) -> int:
    if not re.fullmatch(r"[0-5]", text):
        raise InvalidArgumentError(f"rating>={text}", hint=f"0 to {RATING_MAX}")
    return int(text)
