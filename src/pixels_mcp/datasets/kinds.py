"""Whether pictures still show the kinds of things that their words ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pixels_mcp.exemplars.kinds_by_sight import kind_by_sight, kind_of_words
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.told_apart import JsonObject


@dataclass(frozen=True)
class KindsMeasure:
    """Kinds of pictures, in their order.

    Attributes:
        asked: What the words of each ask for; None where that is no kind that is told apart.
        seen: What each looks like; None where that was not looked at.
    """

    asked: tuple[str | None, ...]
    seen: tuple[str | None, ...]

    @property
    def judged(self) -> int:
        """How many ask for a kind that is told apart."""
        return sum(kind is not None for kind in self.asked)

    @property
    def right(self) -> int:
        """How many of those look like it."""
        return sum(kind is not None and kind == seen for kind, seen in zip(self.asked, self.seen, strict=True))

    def to_dict(self) -> JsonObject:
        """As JSON shows it."""
        return {"judged": self.judged, "right": self.right, "asked": list(self.asked), "seen": list(self.seen)}


def measure_kinds(sprites: Sequence[Rgba], words: Sequence[str]) -> KindsMeasure:
    """Look which kind of thing each picture shows.

    Args:
        words: Of each: its prompt, its caption or its name; may be empty.
    """
    asked = tuple(kind_of_words(text) if text else None for text in words)
    seen = tuple(kind_by_sight(one) if kind else None for one, kind in zip(sprites, asked, strict=True))
    return KindsMeasure(asked, seen)
