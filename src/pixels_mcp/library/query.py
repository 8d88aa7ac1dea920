"""What is searched for in the library, as a question to its index."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pixels_mcp.errors import InvalidArgumentError
from pixels_mcp.library.entries import ENTRY_KINDS, RATING_MAX, EntryKind, check_tags

LIMIT_MAX = 10_000


@dataclass(frozen=True, kw_only=True)
class Query:
    """Entries that have all of this, the newest first.

    Attributes:
        text: Words that all must occur in id, name, prompt, model, palette or tags, whatever their case.
        tags: All of these, each as a whole.
        rating_min: At least so many stars, 0 to 5; 0 takes those without a rating too.
        model: Exactly this model; `imported` for what was not drawn.
        entry_kind: Entries of this kind alone.
        sprite_ids: Among these alone; None takes all.
        offset: So many are passed over.
        limit: At most so many, 1 to 10,000.
    """

    text: str = ""
    tags: Sequence[str] = ()
    rating_min: int = 0
    model: str | None = None
    entry_kind: EntryKind | None = None
    sprite_ids: Sequence[str] | None = None
    offset: int = 0
    limit: int = 50

    def to_sql(self) -> tuple[str, list[object]]:
        """A SELECT of `entry`, and its values.

        Raises:
            InvalidArgumentError: A value is out of range.
        """
        where, values = self._where()
        return f"SELECT entry FROM sprites WHERE {where} ORDER BY added_s DESC, sprite_id DESC LIMIT ? OFFSET ?", [  # noqa: S608  # names of our own; values are bound
            *values,
            self.limit,
            self.offset,
        ]

    def to_count_sql(self) -> tuple[str, list[object]]:
        """The number of all of them, whatever the limit, and its values; raises as `to_sql`."""
        where, values = self._where()
        return f"SELECT count(*) FROM sprites WHERE {where}", values  # noqa: S608  # names of our own; values are bound

    def _where(self) -> tuple[str, list[object]]:
        self._check()
        wheres: list[str] = []
        values: list[object] = []
        for word in self.text.casefold().split():
            wheres.append("haystack LIKE ? ESCAPE '\\'")
            values.append(_like(word))
        for tag in check_tags(self.tags):
            wheres.append("sprite_id IN (SELECT sprite_id FROM tags WHERE tag = ?)")
            values.append(tag)
        for column, value in (("rating >= ?", self.rating_min or None), ("model = ?", self.model),
                              ("entry_kind = ?", self.entry_kind)):  # fmt: skip
            if value is not None:
                wheres.append(column)
                values.append(value)
        if self.sprite_ids is not None:
            wheres.append("sprite_id IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(list(self.sprite_ids)))
        return " AND ".join(wheres) or "1", values

    def _check(self) -> None:
        if not 1 <= self.limit <= LIMIT_MAX:
            raise InvalidArgumentError(f"limit: must be 1 to {LIMIT_MAX} (got {self.limit})", hint="choose another")
        if self.offset < 0:
            raise InvalidArgumentError(f"offset: must be at least 0 (got {self.offset})", hint="choose another")
        if not 0 <= self.rating_min <= RATING_MAX:
            raise InvalidArgumentError(
                f"rating_min: must be 0 to {RATING_MAX} (got {self.rating_min})", hint="choose another"
            )
        if self.entry_kind is not None and self.entry_kind not in ENTRY_KINDS:
            raise InvalidArgumentError(
                f"entry_kind: there is no kind {self.entry_kind!r}", hint=f"one of {', '.join(ENTRY_KINDS)}"
            )


def _like(word: str) -> str:
    escaped = re.sub(r"([%_\\])", r"\\\1", word)
    return f"%{escaped}%"
