"""Read a prompt: which noun is the thing, which words describe it, which colour is asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pixels_mcp.exemplars.words import COLOR_OF, GEM_COLORS, STOP_WORDS, singular, split_words, word_set

_MEASURES = word_set("pile piece stack set pair bunch heap slice bit part")
_LINKS = word_set("of with on in for holding wearing from at under near and")
_TILE_WORDS = word_set("tile tiles texture tileset seamless tileable")
_BACKGROUND_WORDS = word_set("floor wall ground terrain background")
_GENERIC_HEADS = word_set("monster creature enemy character item object weapon spell animal pickup effect")
_KIND_WORDS = {
    "monster": "monster", "creature": "monster", "enemy": "monster",
    "icon": "icon", "spell": "icon", "skill": "icon", "statue": "statue", "effect": "effect", "altar": "altar",
    "shrine": "altar", "person": "person", "human": "person", "man": "person", "woman": "person", "male": "person",
    "female": "person",
}  # fmt: skip


@dataclass(frozen=True)
class PromptWords:
    """What a prompt asks for.

    Attributes:
        head: The noun that names the thing, singular; empty for a prompt without words.
        rest: The other words that say something, singular, colours among them only where they may name the thing.
        color: The asked colour, a key of `recolor.RAMPS`, or None.
        color_word: The word that asked for it, as typed, or None.
        background: True where a tile that fills its square is asked, None where nothing says so.
        kinds: Kinds that a word names outright.
    """

    head: str
    rest: tuple[str, ...]
    color: str | None
    color_word: str | None
    background: bool | None
    kinds: frozenset[str]

    @property
    def words(self) -> tuple[str, ...]:
        """Head and rest."""
        return (self.head, *self.rest) if self.head else ()

    def wants(self, kinds: list[str]) -> NDArray[np.float64]:
        """1 for each kind in the list that a word names outright, else 0."""
        return np.array([float(kind in self.kinds) for kind in kinds])


def read_prompt(prompt: str) -> PromptWords:
    """Take a prompt apart.

    The head is the last noun before the first `of`, `with`, `on` and the like (`knight with sword` is a knight), or
    the noun after it where a measure stands before (`pile of coins` is coins).
    """
    typed = split_words(prompt)
    background = True if {*typed} & (_TILE_WORDS | _BACKGROUND_WORDS) else None
    said = [w for w in typed if w not in _TILE_WORDS]
    before = said
    for place, word in enumerate(said):
        content = [w for w in said[:place] if _says_something(w)]
        if word in _LINKS and content and content[-1] not in _MEASURES:
            before = said[:place]
            break
    nouns = [w for w in before if _says_something(w) and w not in _MEASURES]
    if not nouns or all(COLOR_OF.get(w) == w for w in nouns):
        return PromptWords("", (), None, None, background, frozenset())
    if len(nouns) > 1 and singular(nouns[-1]) in _GENERIC_HEADS:
        # An eyeball monster is an eyeball; that it is a monster its kind says.
        nouns.append(nouns.pop(-2))
    head_typed = nouns[-1]
    colors = [w for w in said if w in COLOR_OF and w != head_typed]
    color_word = colors[0] if colors else None
    color = COLOR_OF[color_word] if color_word else None
    head = singular(head_typed)
    if head in GEM_COLORS:
        color, color_word, head = color or GEM_COLORS[head], color_word or head_typed, "gem"
    plain = [w for w in said if _says_something(w) and w not in _LINKS and w != head_typed]
    # A plain colour word is handled by recolouring; a material (`stone`, `iron`, `golden`) may be in a tile's name.
    rest = tuple(dict.fromkeys(singular(w) for w in plain if COLOR_OF.get(w) != w))
    kinds = frozenset(_KIND_WORDS[w] for w in (singular(t) for t in typed) if w in _KIND_WORDS)
    return PromptWords(head, rest, color, color_word, background, kinds)


def _says_something(word: str) -> bool:
    return len(word) > 2 and word not in STOP_WORDS and word not in _LINKS
