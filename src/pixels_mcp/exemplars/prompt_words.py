"""Read a prompt: which noun is the thing, which words describe it, which colour is asked.

The rules, in order: what is negated and what is a size says nothing about the thing; of the phrases between commas the
first that names something is the one; style, mood and praise are taken out of it; what stands before `of` is a measure
(`pile of coins`); what stands after `with`, `holding`, `and` only describes; the last noun left is the thing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pixels_mcp.exemplars.lexicon import lexicon
from pixels_mcp.exemplars.style_words import (
    STYLE_ADJECTIVES,
    STYLE_NOUNS,
    ends_in_style,
    is_filler,
    is_style,
    without_style,
)
from pixels_mcp.exemplars.words import (
    CARRIER_NOUNS,
    COLOR_OF,
    GEM_COLORS,
    NUMBER_WORDS,
    STOP_WORDS,
    singular,
    split_words,
    word_set,
)

_MEASURES = word_set("pile piece stack set pair bunch heap slice bit part group row cluster handful sack")
_PRESENTATIONS = word_set(
    "picture image drawing illustration sprite icon sheet spritesheet tileset tile asset pixelart"
)
_ORDERS = word_set("draw make create generate paint design render show want need give please can you could me some")
_LINKS = word_set(
    "of with on in for holding wearing from at under near and or plus next behind beside inside between over above "
    "riding carrying wielding eating made full filled covered surrounded that which who whose made by into to"
)
_SHORT_NOUNS = word_set("ox ax tv pc")
_PAIRING = word_set("and or plus")
_TILE_WORDS = word_set("tile tiles texture tileset seamless tileable")
_BACKGROUND_WORDS = word_set("floor wall ground terrain background")
_GENERIC_HEADS = word_set("monster creature enemy hero character item object weapon spell animal pickup effect")
_KIND_WORDS = {
    "monster": "monster", "creature": "monster", "enemy": "monster",
    "icon": "icon", "spell": "icon", "skill": "icon", "statue": "statue", "effect": "effect", "altar": "altar",
    "shrine": "altar", "person": "person", "human": "person", "man": "person", "woman": "person", "male": "person",
    "female": "person",
}  # fmt: skip
_PHRASE_END = re.compile(r"[,;.|!?:\n()\[\]/]+|\s[-\u2013\u2014]+\s")
_STYLE_TAIL = re.compile(
    r"\bin (?:the |a |an )?(?:[\w'-]+ ){0,4}?(?:style|palette|colou?rs|aesthetic|tones)\b[^,;.]*"
    r"|\bin the style of\b[^,;.]*|\binspired by\b[^,;.]*|\bfor (?:a|an|my|our|the) [^,;.]*?\bgame\b|\blike in\b[^,;.]*"
    r"|\b(?:on|with|against|over) (?:a |an )?(?:[\w-]+ ){0,3}?(?:background|backdrop|palette|outlines?|shading)\b"
)
_MOTION_TAIL = re.compile(
    r"\b(?:(?:walk|run|idle|attack|jump|fly|flight|fight|hurt|death|dying|cast)(?:n?ing)?[ -])?"
    r"(?:(?:cycles?|animations?|sprite ?sheets?)(?: frames?)?|animation frames?)\s*(?=$|[,;.])"
)
"""A walk cycle of a knight shows a knight; frames are made of the finished sprite."""
_SIZE = re.compile(r"\b\d+\s*[x\u00d7*]\s*\d+\s*(?:px|pixels?)?\b|\b\d+\s*-?\s*(?:px|pixels?|bits?|colou?rs?)\b")
_NEGATION = re.compile(
    r"\b(?:without|sans|minus|lacking|excluding|not|no|don't|never)\b(?!\s+(?:background|outlines?)\b)[^,;.]*?"
    r"(?=\b(?:but|with|in|on|wearing|holding)\b|[,;.]|$)"
)


_COUNTED = re.compile(rf"(?<![-\w])({'|'.join(sorted(NUMBER_WORDS))}|[2-9]|[1-9]\d+)(?=\s+[a-z]{{2}})")


@dataclass(frozen=True)
class PromptWords:
    """What a prompt asks for.

    Attributes:
        head: The noun that names the thing, singular; two words of one name joined by `_` (`hot_dog`) where the last
            alone would be another thing; empty for a prompt that names nothing.
        rest: The other words that say something, singular, colours among them only where they may name the thing.
        color: The asked colour, a key of `ramps.RAMPS`, or None.
        color_word: The word that asked for it, as typed, or None.
        background: True where a tile that fills its square is asked, None where nothing says so.
        kinds: Kinds that a word names outright.
        others: Other things that are asked for beside it (`a sword and a shield`).
    """

    head: str
    rest: tuple[str, ...] = ()
    color: str | None = None
    color_word: str | None = None
    background: bool | None = None
    kinds: frozenset[str] = frozenset()
    others: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """Head and rest."""
        return (self.head, *self.rest) if self.head else ()


@lru_cache(maxsize=1_024)
def read_prompt(prompt: str) -> PromptWords:
    """Take a prompt apart; the order of the rules stands at the head of this file."""
    phrases = _phrases(prompt)
    thing = _thing_phrase(phrases)
    said = without_style(_ordered(thing)) or _ordered(thing)
    is_tile = any(w in _TILE_WORDS for w in said)
    said = [w for w in said if w not in _TILE_WORDS]
    before, after = _split_at_link(said)
    nouns = [w for w in before if _says_something(w) and w not in _MEASURES]
    # A wall clock is no wall; a wall with ivy is one.
    background = True if is_tile or {*nouns[-1:], *after} & _BACKGROUND_WORDS else None
    if not nouns or all(COLOR_OF.get(w) == w for w in nouns):
        return PromptWords("", background=background)
    if len(nouns) > 1 and singular(nouns[-1]) in _GENERIC_HEADS:
        # An eyeball monster is an eyeball; that it is a monster its kind says.
        nouns.append(nouns.pop(-2))
    taken, head = _head(nouns)
    described = [w for w in (*said, *_colors_alone(phrases, thing)) if w not in taken]
    color_word = next((w for w in described if w in COLOR_OF), None)
    color = COLOR_OF[color_word] if color_word else None
    if head in GEM_COLORS:
        color, color_word, head = color or GEM_COLORS[head], color_word or taken[-1], "gem"
    # A plain colour word is handled by recolouring; a material (`stone`, `iron`, `golden`) may be in a tile's name.
    plain = [w for w in described if _says_something(w) and w not in _LINKS and COLOR_OF.get(w) != w]
    kinds = frozenset(_KIND_WORDS[w] for w in map(singular, said) if w in _KIND_WORDS)
    others = _others(before, after)
    rest = tuple(w for w in dict.fromkeys(map(singular, plain)) if w not in (head, *others))
    return PromptWords(head, rest, color, color_word, background, kinds, others)


def negations(prompt: str) -> list[str]:
    """What a prompt wants left out, as typed: `without a helmet`."""
    return [hit[0].strip() for hit in _NEGATION.finditer(prompt.lower())]


def sizes(prompt: str) -> list[str]:
    """Sizes and numbers of colours that a prompt names, as typed: `16x16`, `32 px`; `16-bit` is a style."""
    return [hit[0].strip() for hit in _SIZE.finditer(prompt.lower()) if "bit" not in hit[0]]


def counted(prompt: str) -> list[str]:
    """Numbers of things that a prompt asks for, as typed: `three`, `5`; `two-headed` is no number of things."""
    return [hit[1] for hit in _COUNTED.finditer(_SIZE.sub(" ", prompt.lower()))]


def filler_phrases(prompt: str) -> list[str]:
    """Phrases of praise, as typed: `masterpiece`, `best quality`."""
    return [part.strip() for part in re.split(r"[,;\n]+", prompt) if is_filler(split_words(part))]


def _phrases(prompt: str) -> list[list[str]]:
    """The words of each phrase, without accents, negations, sizes and `in the style of ...`."""
    text = unicodedata.normalize("NFKD", prompt).encode("ascii", "ignore").decode().lower()
    for pattern in (_NEGATION, _SIZE, _STYLE_TAIL):
        text = pattern.sub(" ", text)
    if (left := _MOTION_TAIL.sub(" ", text)).strip(" ,;."):
        text = left
    phrases = [split_words(part) for part in _PHRASE_END.split(text)]
    return [words for words in phrases if any(_says_something(w) for w in words)]


def _thing_phrase(phrases: Sequence[list[str]]) -> list[str]:
    """The first phrase that names something; one that is all style, colour or praise only where there is no other."""
    named = [words for words in phrases if not is_filler(words) and not is_style(words) and not _is_color(words)]
    firm = [words for words in named if not ends_in_style(words)]
    ordered = [*firm, *named, *phrases]
    return ordered[0] if ordered else []


def _ordered(words: list[str]) -> list[str]:
    """Leave out what asks for a picture before the thing is named: `draw me a picture of`, `sprite sheet of`."""
    start = 0
    while start < len(words) and (words[start] in _ORDERS or (start and words[start] in ("a", "an", "the"))):
        start += 1
    left = words[start:]
    if "of" in left:
        before = [w for w in left[: left.index("of")] if w not in ("a", "an", "the")]
        if all(w in _PRESENTATIONS or w in STYLE_NOUNS or w in STYLE_ADJECTIVES for w in before):
            return left[left.index("of") + 1 :]
    return left


def _split_at_link(said: list[str]) -> tuple[list[str], list[str]]:
    """Cut a phrase where the description of the thing begins; the second half begins with the link."""
    for place, word in enumerate(said):
        content = [w for w in said[:place] if _says_something(w)]
        if not content or content[-1] in _MEASURES or not (word in _LINKS or _is_doing(said, place)):
            continue
        if word in _PAIRING and all(w in COLOR_OF or singular(w) not in lexicon() for w in content):
            continue  # `red and gold armor`, `old and rusty key`
        return said[:place], said[place:]
    return said, []


def _is_doing(said: Sequence[str], place: int) -> bool:
    """Whether a word says what the thing does: `cat sleeping`, `dog chasing a ball`, not `fire breathing dragon`."""
    word, following = said[place], said[place + 1] if place + 1 < len(said) else ""
    if len(word) <= 5 or not word.endswith("ing") or word in lexicon():
        return False
    return not following or following in _LINKS or following in ("a", "an", "the", "his", "her", "its", "some")


def _head(nouns: list[str]) -> tuple[list[str], str]:
    """The typed words that name the thing and its noun; two words may be one name (`space ship`, `hot dog`)."""
    last = singular(nouns[-1])
    if len(nouns) > 2 and (name := "_".join((*nouns[-3:-1], last))) in lexicon():
        return nouns[-3:], name
    if len(nouns) > 1 and nouns[-2] in COLOR_OF and last in CARRIER_NOUNS:
        name = f"{nouns[-2]}_{last}"
        if name in lexicon() and not lexicon().is_a(name, last):
            return nouns[-2:], name
    elif len(nouns) > 1 and nouns[-2] not in COLOR_OF:
        one = singular(nouns[-2])
        for first in dict.fromkeys((nouns[-2], one)):
            if first + last in lexicon() and f"{first}_{last}" not in lexicon():
                return nouns[-2:], first + last
            name = f"{first}_{last}"
            if name in lexicon() and not lexicon().is_a(name, last):
                return nouns[-2:], name
    return nouns[-1:], last


def _others(before: list[str], after: list[str]) -> tuple[str, ...]:
    """Things that are asked for beside the first: the last noun after each `and`."""
    if not after or after[0] not in _PAIRING:
        return ()
    parts: list[list[str]] = []
    for word in after:
        if word in _PAIRING:
            parts.append([])
        else:
            parts[-1].append(word)
    told: list[str] = []
    for part in parts:
        nouns = [w for w in _split_at_link(part)[0] if _says_something(w)]
        if nouns and (singular(nouns[-1]) in lexicon() or singular(nouns[-1]) in map(singular, before)):
            told.append(singular(nouns[-1]))
    return tuple(told)


def _colors_alone(phrases: Sequence[list[str]], thing: list[str]) -> list[str]:
    """Colours that stand in a phrase of their own: `a sword, golden`."""
    return [w for words in phrases if words is not thing and _is_color(words) for w in words]


def _is_color(words: list[str]) -> bool:
    return all(w in COLOR_OF or not _says_something(w) or w in STYLE_ADJECTIVES for w in words) and any(
        w in COLOR_OF for w in words
    )


def _says_something(word: str) -> bool:
    return (
        (len(word) > 2 or word in _SHORT_NOUNS)
        and word not in STOP_WORDS
        and word not in _LINKS
        and word not in NUMBER_WORDS
    )
