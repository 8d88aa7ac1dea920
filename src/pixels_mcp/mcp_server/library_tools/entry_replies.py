"""What tools answer about entries of the library."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from pixels_mcp.library.entries import LibraryEntry
from pixels_mcp.mcp_server.replies import next_in_doubt
from pixels_mcp.mcp_server.tool_phrases import TOOL_PHRASES
from pixels_mcp.next_steps import NextStep, in_words
from pixels_mcp.standing import describe_doubt, describe_doubts
from pixels_mcp.told_apart import JsonObject

_QUIET_FACTS = frozenset({"palette", "tiles", "weights", "measured", "margins", "alpha_levels", "on_grid", "cell_px"})
"""Facts that an answer leaves out: long, or told better in another."""


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KeptReply(_Reply):
    """An entry that was made without drawing, or from drawn ones, as it stands in the library."""

    confidence: str | None = Field(default=None, description="low: made from what is probably not what was asked")
    warning: str | None = None
    sprite_id: str
    entry_kind: str
    is_new: bool | None = Field(default=None, description="False: it stood there already")
    path: str
    sha256: str
    width_px: int
    height_px: int
    parts: list[str] | None = None
    parent: str | None = None
    facts: JsonObject
    notes: list[str] | None = None
    next: str | None = None

    @classmethod
    def of(cls, entry: LibraryEntry, *, is_new: bool | None = None) -> KeptReply:
        """Tell of an entry and what can be done with it."""
        doubt = describe_doubt(entry)
        steps = [NextStep("deploy_sprite", entry.sprite_id)]
        if entry.entry_kind == "sprite":
            steps += [NextStep("animate_sprite", entry.sprite_id), NextStep("redraw_sprite", entry.sprite_id)]
        return cls(
            confidence="low" if doubt else None,
            warning=doubt,
            sprite_id=entry.sprite_id,
            entry_kind=entry.entry_kind,
            is_new=is_new,
            path=entry.path,
            sha256=entry.sha256,
            width_px=entry.width_px,
            height_px=entry.height_px,
            parts=list(entry.parts) or None,
            parent=entry.parent,
            facts={key: value for key, value in entry.facts.items() if key not in _QUIET_FACTS},
            notes=list(entry.notes) or None,
            next=next_in_doubt(entry) if doubt else in_words("", steps, TOOL_PHRASES),
        )


@dataclass(frozen=True)
class Listing:
    """Which part of how many entries is shown."""

    count: int
    offset: int
    shown: int
    in_trash: bool = False

    def in_words(self) -> str:
        """`1 to 24 of 45`."""
        first = self.offset + 1 if self.shown else 0
        return f"{first} to {self.offset + self.shown} of {self.count}" if first else f"0 of {self.count}"

    @property
    def next_offset(self) -> int | None:
        """Where the rest begins; None where there is none."""
        end = self.offset + self.shown
        return end if end < self.count else None


class FoundEntry(_Reply):
    """One entry of the library, in short."""

    confidence: str | None = None
    sprite_id: str
    entry_kind: str
    prompt: str
    size_px: str
    colors: object | None = None
    rating: int | None = None
    tags: list[str] | None = None
    deployed_as: str | None = None
    path: str

    @classmethod
    def of(cls, entry: LibraryEntry, deployed_as: str | None) -> FoundEntry:
        """Tell of an entry."""
        return cls(
            confidence="low" if describe_doubt(entry) else None,
            sprite_id=entry.sprite_id,
            entry_kind=entry.entry_kind,
            prompt=entry.prompt[:100],
            size_px=f"{entry.width_px}x{entry.height_px}",
            colors=entry.facts.get("colors"),
            rating=entry.rating or None,
            tags=list(entry.tags) or None,
            deployed_as=deployed_as,
            path=entry.path,
        )


class FoundReply(_Reply):
    """What a search found."""

    confidence: str | None = None
    warning: str | None = None
    count: int
    shown: str
    sprites: list[FoundEntry]
    next: str

    @classmethod
    def of(cls, entries: Sequence[LibraryEntry], listing: Listing, names: Mapping[str, str]) -> FoundReply:
        """Tell of a page, and of the way on."""
        if listing.next_offset is not None:
            step = f"find_sprites with the same words and offset {listing.next_offset} shows the next"
        elif not entries:
            step = in_words("use fewer words", [NextStep("draw"), NextStep("import_sketch")], TOOL_PHRASES)
        else:
            kind = "restore_sprite" if listing.in_trash else "view_sprite"
            step = in_words("", [NextStep(kind, entries[0].sprite_id)], TOOL_PHRASES)
        doubt = describe_doubts(entries)
        return cls(
            confidence="low" if doubt else None,
            warning=doubt,
            count=listing.count,
            shown=listing.in_words(),
            sprites=[FoundEntry.of(entry, names.get(entry.sprite_id)) for entry in entries],
            next=step,
        )


class ChosenReply(_Reply):
    """What became of a choice."""

    confidence: str | None = None
    warning: str | None = None
    kept: list[FoundEntry] | None = None
    trashed: list[str] | None = None
    restored: list[str] | None = None
    next: str

    @classmethod
    def of(cls, kept: Sequence[LibraryEntry], trashed: Sequence[str], restored: Sequence[str]) -> ChosenReply:
        """Tell what was done, and how it is taken back."""
        sure = [entry for entry in kept if describe_doubt(entry) is None]
        doubt = describe_doubts(kept)
        steps = [NextStep("deploy_sprite", sure[0].sprite_id)] if sure else []
        back = f"choose_sprites with restore {json.dumps(trashed[:8])} brings back what was removed" if trashed else ""
        looking = [] if steps or back or not restored else [NextStep("view_sprite", restored[0])]
        advice = "; ".join(filter(None, [next_in_doubt(kept[0]) if kept and not sure else "", back]))
        return cls(
            confidence="low" if doubt else None,
            warning=doubt,
            kept=[FoundEntry.of(entry, None) for entry in kept] or None,
            trashed=list(trashed) or None,
            restored=list(restored) or None,
            next=in_words(advice, [*steps, *looking], TOOL_PHRASES),
        )
