"""What of a prompt was understood: which words, how well the thing is known, and what lies nearest where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

import numpy as np

from pixels_mcp.exemplars.finder import Exemplar, ExemplarLibrary, library
from pixels_mcp.exemplars.lexicon import SYNONYM, lexicon, person_like
from pixels_mcp.exemplars.likeness import CONFIDENT_THING, GENERIC_WORDS, MATCHED
from pixels_mcp.exemplars.prompt_words import PromptWords, read_prompt
from pixels_mcp.exemplars.words import CARRIER_NOUNS, COLOR_OF, ELEMENT_COLORS
from pixels_mcp.told_apart import JsonObject

_HARD_TO_SEE = ("doubtful", "unclear")
"""A tile that a person does not name at once when he sees it alone is seldom named when it was redrawn."""
NEAREST_COUNT = 5


@dataclass(frozen=True)
class Understanding:
    """What is told of a prompt.

    Attributes:
        confidence: Low where what is drawn is unlikely to be what was asked.
        likeness: Of the tile that it is redrawn from, or of the likest where it is drawn from scratch, 0 to 1.
        matched_words: Words of the prompt that name or describe something known, singular.
        unmatched_words: The others that ask for something.
        nearest_words: Things near the asked one that can be drawn; only where the confidence is low.
    """

    confidence: Literal["high", "low"]
    likeness: float
    matched_words: tuple[str, ...]
    unmatched_words: tuple[str, ...]
    nearest_words: tuple[str, ...] = ()

    def to_facts(self) -> JsonObject:
        """The facts of a sprite that tell it."""
        facts: JsonObject = {
            "confidence": self.confidence,
            "likeness": self.likeness,
            "matched_words": list(self.matched_words),
            "unmatched_words": list(self.unmatched_words),
        }
        return {**facts, "nearest_words": list(self.nearest_words)} if self.confidence == "low" else facts


def understand(prompt: str, exemplar: Exemplar | None) -> Understanding:
    """Tell what of a prompt was understood.

    Args:
        prompt: In plain words, without a style.
        exemplar: The tile that is redrawn, or None where it is drawn from scratch.
    """
    asked = read_prompt(prompt)
    shelf = library()
    likest = exemplar or next(iter(shelf.find(asked, 1)), None)
    matched, unmatched = _matched(asked, likest, shelf)
    if (
        likest is None
        or likest.of_thing < CONFIDENT_THING
        or _is_hard_to_see(asked, likest, shelf)
        or _is_nobody(asked, unmatched, likest, shelf)
        or _is_another_kind(asked, unmatched, shelf)
    ):
        near = nearest_words(asked, shelf)
        return Understanding("low", likest.likeness if likest else 0.0, matched, unmatched, near)
    return Understanding("high", likest.likeness, matched, unmatched)


def understand_words(prompt: str) -> Understanding:
    """Tell which words are known where a person's own picture is redrawn: what it shows is sure."""
    asked, shelf = read_prompt(prompt), library()
    known = tuple(word for word in _asked_words(asked) if word in shelf.known_words)
    return Understanding("high", 1.0, known, tuple(word for word in _asked_words(asked) if word not in known))


def words_near(prompt: str) -> tuple[str, ...]:
    """Things near the one that a prompt names, which can be drawn."""
    return nearest_words(read_prompt(prompt), library())


def nearest_words(asked: PromptWords, shelf: ExemplarLibrary) -> tuple[str, ...]:
    """Things that can be drawn and lie near the asked one: spelled alike, of one family, or near in meaning."""
    if not asked.head:
        return ()
    heads = shelf.drawable_heads
    spelled = get_close_matches(asked.head, heads, n=2, cutoff=0.8)
    family = [word for word in lexicon().relatives(asked.head) if word in heads]
    near = shelf.table.cosines(asked.head.rpartition("_")[2])
    by_meaning: list[str] = [shelf.table.vocabulary[n] for n in np.argsort(-near, kind="stable")[:40] if near[n] > 0.35]
    words = (*spelled, *family, *(word for word in by_meaning if word in heads))
    return tuple(word for word in dict.fromkeys(words) if word != asked.head)[:NEAREST_COUNT]


def _is_hard_to_see(asked: PromptWords, tile: Exemplar, shelf: ExemplarLibrary) -> bool:
    """Whether a person would not name the tile as its noun. An orc warrior is named as an orc, a ground by what stands
    on it."""
    is_creature = any(word in tile.words and word in shelf.creature_heads for word in asked.rest)
    is_ground = tile.kind in shelf.index.background_kinds
    return shelf.index.seen.get(tile.name) in _HARD_TO_SEE and not is_ground and not is_creature


def _is_another_kind(asked: PromptWords, unmatched: tuple[str, ...], shelf: ExemplarLibrary) -> bool:
    """Whether a name of two words lost the first: a vending machine is more than any machine, a skeleton archer more
    than any archer."""
    lost = [word for word in unmatched if word in lexicon()]
    names = [name for word in unmatched if (name := f"{word}_{asked.head}") in lexicon()]
    if any(lexicon().broader(name).get(asked.head, 0.0) < SYNONYM for name in names):  # a little girl is a girl
        return True
    if asked.head in CARRIER_NOUNS and any(word != asked.head for word in unmatched):
        return True
    is_thing = asked.head in shelf.table.thing_heads
    is_creature = asked.head in shelf.creature_heads or bool(person_like(asked.head))
    return is_creature and not is_thing and any(word in shelf.creature_heads and word != "giant" for word in lost)


def _is_nobody(asked: PromptWords, unmatched: tuple[str, ...], tile: Exemplar, shelf: ExemplarLibrary) -> bool:
    """Whether a creature stands where people were asked for: prince Ribbit is a frog, a wight king a dead one.

    Where a word is not met it is one of another sort, too: a guard of Anubis is none of the town. A bear, which the
    lexicon knows as an investor as well, is a creature.
    """
    head, table = asked.head, shelf.table
    if tile.kind != "monster":
        return False
    said = [word for word in tile.words if word not in GENERIC_WORDS]
    is_other = any(not any(table.is_near(one, (word,)) for one in asked.words) for word in said)
    if (person_like(head) or head in table.person_heads) and head not in shelf.plain_creatures:
        return tile.of_thing < 1.0 or is_other
    return is_other and bool(unmatched)


def _asked_words(asked: PromptWords) -> tuple[str, ...]:
    color = (asked.color_word,) if asked.color_word else ()
    head = (asked.head.replace("_", " "),) if asked.head else ()
    return tuple(dict.fromkeys((*color, *(word for word in asked.rest if word != asked.color_word), *head)))


def _matched(
    asked: PromptWords, tile: Exemplar | None, shelf: ExemplarLibrary
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Words that the tile shows (its color is painted), and those that it does not."""
    words = _asked_words(asked)
    matched = tuple(word for word in words if tile is not None and _shown(word, asked, tile, shelf))
    return matched, tuple(word for word in words if word not in matched)


def _shown(word: str, asked: PromptWords, tile: Exemplar, shelf: ExemplarLibrary) -> bool:
    if word == asked.head.replace("_", " "):
        return tile.of_thing >= MATCHED
    return word in COLOR_OF or word in ELEMENT_COLORS or shelf.table.is_near(word, tile.words)
