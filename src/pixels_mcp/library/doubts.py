"""What is made from a sprite of low confidence is as unlikely to be what was asked as the sprite is."""

from __future__ import annotations

from collections.abc import Iterable

from pixels_mcp.events import SpriteInfo
from pixels_mcp.told_apart import JsonObject

_TOLD = ("matched_words", "unmatched_words", "nearest_words")


def inherited_doubt(sources: Iterable[SpriteInfo]) -> JsonObject:
    """The facts that tell of it, from the first source of low confidence; empty where there is none.

    `doubtful_source` names the sprite that was drawn so.
    """
    for source in sources:
        if source.facts.get("confidence") == "low":
            words = {fact: source.facts[fact] for fact in _TOLD if fact in source.facts}
            origin = source.facts.get("doubtful_source", source.sprite_id)
            return {"confidence": "low", **words, "doubtful_source": origin}
    return {}
