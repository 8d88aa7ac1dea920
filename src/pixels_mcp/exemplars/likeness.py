"""How alike each tile of the exemplar library is to the words of a prompt."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pixels_mcp.exemplars.lexicon import SYNONYM, lexicon, person_like
from pixels_mcp.exemplars.prompt_words import PromptWords
from pixels_mcp.exemplars.ramps import main_colors
from pixels_mcp.exemplars.tile_index import TileEntry, TileIndex
from pixels_mcp.exemplars.words import COLOR_OF, synonyms_of, word_set
from pixels_mcp.exemplars.words import singular as one_of

NEAR_COSINE = 0.62
"""From this cosine of two words' vectors on, one may stand for the other (puppy for dog, bomb for explosion)."""
LIKENESS_FLOOR = 0.5
"""Under this likeness (0 to 1) no tile is taken: the prompt asks for something that the library does not have."""
CONFIDENT_THING = 0.8
"""From this likeness of the noun alone on (it is the thing's own or another name of it), what is drawn is usually named
as what was asked; a taxi that is drawn from any car is not."""
MATCHED = 0.5
"""From this nearness on a word of the prompt counts as one of the tile's."""

_BORDER = re.compile(r"(_(n|e|s|w|ne|nw|se|sw)\d*|mix\d*|border\w*)\.png$")
_PART = re.compile(r"vgate\w*\.png$|_(left|middle|right)\.png$")
_SMALL_EXTENT, _SMALL_BIAS = 0.6, 0.08
"""What it costs a tile of a thing that it fills less than so much of its side: half of what is asked would be empty."""
_KIND_BIAS = {
    "icon": -0.22, "statue": -0.16, "effect": -0.03, "person": -0.12, "altar": -0.08, "feature": -0.05,
    "portrait": -0.16, "ui": -0.06,
}  # fmt: skip
_NOT_CLEAR = {"best": 0.0, "clear": 0.01, "fair": 0.05, "doubtful": 0.05, "unclear": 0.12}
"""What it costs a tile that a person who sees it alone would not name it at once as its noun."""
_NOT_SEEN = 0.02
"""And that nobody looked at it, where others of its noun and size are recognized."""
_STYLE_BIAS = {"one-bit": -0.25}
"""Lines of one color are taken only where they are asked for."""
_ENLARGED, _BROUGHT_DOWN = 0.12, 0.3
"""What it costs a tile that it is drawn for a smaller or a larger size than the asked one; half of its pixels are lost
where it is brought down."""
_OTHER_STYLE = 0.2
"""What it costs a tile that it does not look as asked."""
_NOT_USUAL = 0.15
"""What it costs a tile that it has another look than the usual one, where none is asked: a set shall be of one."""
USUAL_STYLE = "detailed"
_SMALL_SIDE_PX, _USUAL_SMALL_STYLE, _NOT_USUAL_SMALL = 16, "tiny", 0.05
"""On small canvases no art is detailed; what one look lacks there others have, so that it counts less."""
_NOT_GROUND = 0.15
"""What it costs a tile of grass or water that it is a tuft or a glass of it."""
_GROUND_HEADS = word_set(
    "grass water lava sand dirt snow mud gravel cobblestone pavement soil sea ocean swamp river lake pond"
)
GROUND_WORDS = _GROUND_HEADS | word_set(
    "stone brick wood plank marble ice metal rock earth moss carpet concrete asphalt"
)
"""Materials: where they are asked to fill their square, they are a floor."""
GENERIC_WORDS = word_set(
    "animal undead person weapon monster character demon item pile food clothes giant "
    "shallow deep open closed small large"
)
_NO_THINGS = frozenset({"character", "person", "monster", "animal", "portrait", "icon", "ui", "effect"})
"""Kinds whose nouns may name people."""
_NO_PERSON = 0.1
"""What it costs a tile that a monster is its own where people are asked: a wight king is no king."""
_NOBODY = 0.3
"""And that it is a thing: the icon of cooking is no cook."""
_SOMEBODY = 0.55
"""How well any man or woman fits who is asked for by a trade that no tile has."""
_ODD_WORDS = word_set(
    "hell holy ice death rotting skeletal frost storm demonic chaos cursed melded boss construction broken ruined"
)
_ODD = 4.0
"""How much more a word counts that makes a thing another one, where nobody asked for it: a hell pig, a frog ninja."""
_SECOND_WORD = 0.86
"""What a match with another word than the head noun is worth, where that noun says little (`grass floor`)."""
_MODIFIER = 0.5
"""What it is worth where the head noun is a thing of its own: a bear trap is no bear."""
_WORN = 0.9
"""What it is worth that a tile has the color of the material that is asked (`wooden`), where its caption is silent."""
_NOT_WORN = 0.85
"""And what the caption's word is worth where one sees another color: a grey fence does not look wooden."""
_LOOKS_OF = {
    "brown": ("brown", "orange", "yellow"), "gold": ("yellow", "orange"),
    "grey": ("grey", "white", "black", "brown", "orange"), "silver": ("grey", "white", "black", "blue", "cyan"),
}  # fmt: skip
"""Colors that a material shows in small pictures; metal mirrors the sky, sandstone is stone."""
_LITTLE_SAID = GENERIC_WORDS | word_set(
    "floor wall water tile ground terrain effect feature mark door tree icon statue altar thing symbol "
    "ration slice chunk loaf ore mace wedge bundle bowl plant field bale"
)


@dataclass(frozen=True, eq=False)
class Match:
    """How alike the tiles are, (tiles,) each from 0 to 1.

    Attributes:
        likeness: All words together.
        of_thing: The noun that names the thing alone.
        preference: As likeness, less for tiles of another size or look than the asked one, and for those that one
            does not recognize at once.
    """

    likeness: NDArray[np.float64]
    of_thing: NDArray[np.float64]
    preference: NDArray[np.float64]


class LikenessTable:
    """Compares prompts with all tiles at once.

    Attributes:
        vocabulary: Every word of a caption, sorted.
        fills: (tiles,) bool: it fills its square.
        sides_px: (tiles,) side of each tile.
        thing_heads: Nouns of tiles that show neither people nor creatures.
        person_heads: Nouns of people that are nouns of no thing.
    """

    def __init__(self, index: TileIndex) -> None:
        self._index = index
        self._worn_of: dict[tuple[int, str], bool] = {}
        entries = index.entries
        self.vocabulary = sorted({word for entry in entries for word in (*entry.words, entry.head)})
        self._number_of = {word: number for number, word in enumerate(self.vocabulary)}
        empty = len(self.vocabulary)
        self._tile_words = np.full((len(entries), max(len(entry.words) for entry in entries)), empty, np.int64)
        for row, entry in zip(self._tile_words, entries, strict=True):
            row[: len(entry.words)] = [self._number_of[word] for word in entry.words]
        self._heads = np.array([self._number_of[entry.head] for entry in entries])
        self._generic = np.array([*(w in GENERIC_WORDS or w in COLOR_OF for w in self.vocabulary), True])
        creatures = {entry.head for entry in entries if entry.kind in ("monster", "animal")}
        self._odd = np.array([*(w in _ODD_WORDS or w in creatures for w in self.vocabulary), False])
        says_little = np.array([w in _LITTLE_SAID or w not in lexicon() for w in self.vocabulary])
        self._second = np.where(says_little[self._heads], _SECOND_WORD, _MODIFIER)
        self._other_things = [(n, pair) for n, entry in enumerate(entries) for pair in _compounds(entry)]
        self._kinds = np.array([entry.kind for entry in entries])
        self.fills = np.isin(self._kinds, sorted(index.background_kinds))
        self._bias = _biases(index)
        self._unclear = _unclear(index)
        self._of_person = np.isin(self._kinds, ("character", "person"))
        people = {entry.head for entry in entries if entry.kind in ("character", "person")}
        self.thing_heads = {entry.head for entry in entries if entry.kind not in _NO_THINGS}
        self.person_heads = people - self.thing_heads
        self._is_creature = np.isin(self._kinds, ("monster", "animal"))
        self.sides_px = np.array([entry.side_px for entry in entries])
        self._styles = np.array([entry.style for entry in entries])
        self._style_bias = np.array([_STYLE_BIAS.get(entry.style, 0.0) for entry in entries])
        width = len(next(iter(index.vectors.values())))
        nothing = np.zeros(width, np.float32)
        self._vectors = np.stack([index.vectors.get(word, nothing) for word in self.vocabulary])

    def match(self, asked: PromptWords, *, side_px: int | None = None, style: str | None = None) -> Match:
        """Compare with every tile: the head noun counts most; adjectives alone do not make it the thing.

        Args:
            asked: The prompt.
            side_px: Side of the sprite, where it is known; tiles of that size come first.
            style: A key of the index's styles; tiles of that look come first.
        """
        of_thing, matched = self._thing(asked.head)
        if asked.background is None and asked.head not in GROUND_WORDS:
            # A wall of a church is no church.
            own = self.nearness(asked.head)[self._heads]
            of_thing = np.where(self.fills & (own < of_thing), np.minimum(of_thing, _MODIFIER), of_thing)
        of_rest = of_thing
        if asked.rest:
            near = [self.nearness(word)[self._tile_words] for word in asked.rest]
            matched |= np.any([one >= MATCHED for one in near], axis=0)
            fits = [one.max(axis=1) for one in near]
            if asked.color in _LOOKS_OF and asked.color_word in asked.rest:
                # A crate of brown planks is a wooden one although its caption does not say so.
                of_color = asked.rest.index(asked.color_word)
                worn = self._worn(asked.color, ~self.fills & (of_thing >= MATCHED))
                said = fits[of_color]
                least: np.ndarray = np.maximum(said, _WORN)
                most: np.ndarray = np.minimum(said, _NOT_WORN)
                fits[of_color] = np.where(worn, least, np.where(self.fills, said, most))
            of_rest = np.mean(fits, axis=0)
        score = 0.72 * of_thing + 0.28 * of_rest - self._unasked(matched)
        score = score + np.where(np.isin(self._kinds, sorted(asked.kinds)), 0.0, self._bias)
        if asked.head in self.person_heads or (asked.head not in self.thing_heads and person_like(asked.head)):
            score = score - np.where(self._of_person, 0.0, np.where(self._is_creature, _NO_PERSON, _NOBODY))
        if asked.background is not None:
            score = score - 0.25 * (self.fills != asked.background)
        if asked.head in _GROUND_HEADS and asked.background is None and not asked.kinds:
            score = score - _NOT_GROUND * ~self.fills
        likeness = np.where(of_thing >= MATCHED, score, 0.0).clip(0.0, 1.0)
        if likeness.max() < LIKENESS_FLOOR and (somebody := person_like(asked.head)):
            near = self.match(replace(asked, head=somebody), side_px=side_px, style=style)
            capped = [np.minimum(values, _SOMEBODY) for values in (near.likeness, near.of_thing)]
            return Match(capped[0], capped[1], near.preference)
        preference = likeness - self._unclear - self._unlike_size(side_px) - self._unlike_style(style, side_px)
        return Match(likeness, of_thing, preference)

    def _thing(self, head: str, *, of_name: bool = False) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """How well each tile fits a noun, and which of its words do; of `plate_armor` both words or the whole name.

        With `of_name` the noun is the last word of a name: candy corn is no corn, but it is the corn of `candy_corn`.
        """
        near = self.nearness(head)
        of_head = near[self._heads]
        if not of_name:
            others = [n for n, pair in self._other_things if of_head[n] >= MATCHED and _is_another_thing(pair)]
            of_head[others] = np.minimum(of_head[others], _MODIFIER)
        second = self._second
        if head in self.person_heads:
            second = np.where(self._of_person, _SECOND_WORD, second)  # a pirate captain is a pirate
        of_thing = np.maximum(of_head, second * near[self._tile_words].max(axis=1))
        matched = near[self._tile_words] >= MATCHED
        first, _, last = head.rpartition("_")
        if first:
            of_last, with_last = self._thing(last, of_name=True)
            of_first = self.nearness(first)[self._tile_words]
            of_thing = np.maximum(of_thing, np.minimum(of_last, of_first.max(axis=1)))
            matched |= with_last | (of_first >= MATCHED)
        return of_thing, matched

    def nearness(self, word: str, *, with_family: bool = False) -> NDArray[np.float64]:
        """How near a word is to each of the vocabulary: 1 the same, `SYNONYM` a synonym, less by meaning; 0 at the end.

        A word that tiles have themselves needs nobody to stand for it, unless `with_family` asks for its kinds too.
        """
        near = np.zeros(len(self.vocabulary) + 1)
        if word in self._number_of:
            near[self._number_of[word]] = 1.0
        if word in self._index.vectors:
            cosine = self.cosines(word)
            meant = (cosine >= NEAR_COSINE) & ~self._generic[:-1]
            near[:-1] = np.maximum(near[:-1], np.where(meant, np.minimum(0.5 + (cosine - NEAR_COSINE), 0.75), 0.0))
        others = {one_of(other): SYNONYM for other in synonyms_of(word)}
        family = lexicon().family(word) if with_family or word not in self._number_of else {}
        for other, value in (*family.items(), *others.items()):
            number = self._number_of.get(other.replace("_", "")) or self._number_of.get(other)
            if number is not None and not (value < SYNONYM and self._generic[number]):
                near[number] = max(near[number], value)
        return near

    def is_near(self, word: str, others: Iterable[str]) -> bool:
        """Whether a word is one of others, or near enough to stand for one."""
        near = self.nearness(word)
        return any(near[self._number_of[other]] >= MATCHED for other in others if other in self._number_of)

    def cosines(self, word: str) -> NDArray[np.float32]:
        """How near each word of the vocabulary is by its vector, -1 to 1; zeros for a word without one."""
        vector = self._index.vectors.get(word)
        return np.zeros(len(self.vocabulary), np.float32) if vector is None else self._vectors @ vector

    def _worn(self, color: str, of_tiles: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which of some tiles have a color; of the others nothing is told."""
        worn = np.zeros(len(of_tiles), dtype=np.bool_)
        for number in np.flatnonzero(of_tiles):
            key = (int(number), color)
            if key not in self._worn_of:
                looks = _LOOKS_OF[color]
                self._worn_of[key] = any(look in looks for look in main_colors(self._index.pixels(key[0])))
            worn[number] = self._worn_of[key]
        return worn

    def _unlike_size(self, side_px: int | None) -> NDArray[np.float64]:
        if side_px is None:
            return np.zeros(len(self.sides_px))
        return np.where(self.sides_px < side_px, _ENLARGED, np.where(self.sides_px > side_px, _BROUGHT_DOWN, 0.0))

    def _unlike_style(self, style: str | None, side_px: int | None) -> NDArray[np.float64]:
        """What its look costs each tile; the look that is asked costs nothing, also where it is a rare one."""
        if style is None and side_px == _SMALL_SIDE_PX:
            return np.where(self._styles == _USUAL_SMALL_STYLE, 0.0, _NOT_USUAL_SMALL) * bool(self._index.styles)
        if style is None:
            return np.where(self._styles == USUAL_STYLE, 0.0, _NOT_USUAL) * bool(self._index.styles)
        return np.where(self._styles == style, self._style_bias, _OTHER_STYLE)

    def _unasked(self, matched: NDArray[np.bool_]) -> NDArray[np.float64]:
        """What the words of a tile that nobody asked for take off."""
        unasked = ~matched & (self._tile_words < len(self.vocabulary))
        weight = np.where(self._generic[self._tile_words], 0.25, np.where(self._odd[self._tile_words], _ODD, 1.0))
        return 0.05 * np.minimum(np.where(unasked, weight, 0.0).sum(axis=1), 4)


def _compounds(entry: TileEntry) -> list[tuple[str, str]]:
    """The words before a tile's noun that make a name of their own with it: candy corn, watering can."""
    return [(word, entry.head) for word in entry.words if f"{word}_{entry.head}" in lexicon()]


@cache
def _is_another_thing(pair: tuple[str, str]) -> bool:
    return not lexicon().are_akin("_".join(pair), pair[1])


def _biases(index: TileIndex) -> NDArray[np.float64]:
    """Of two tiles that fit, which is the better picture of the thing; at most 0 each."""
    entries = index.entries
    bias = np.array([_named_bias(entry) for entry in entries])
    is_icon = np.array([entry.kind == "icon" for entry in entries])
    bias -= np.where(is_icon & (index.drawn_share > 0.7), 0.3, 0.0)  # a spell's icon on a plate is no sprite of a thing
    bias -= np.where(index.extent < _SMALL_EXTENT, _SMALL_BIAS, 0.0)
    bias -= np.where(index.lightness < 50, 0.015, 0.0)  # of two that fit, the one that is not nearly black
    return bias


def _unclear(index: TileIndex) -> NDArray[np.float64]:
    """What it costs each tile that it is not easily recognized; grounds are recognized by what stands on them."""
    of_noun: dict[tuple[str, int], set[str]] = {}
    for entry in index.entries:
        if entry.name in index.seen:
            of_noun.setdefault((entry.head, entry.side_px), set()).add(index.seen[entry.name])

    def cost(entry: TileEntry) -> float:
        levels = of_noun.get((entry.head, entry.side_px))
        if levels is None or entry.kind in index.background_kinds:
            return 0.0
        if entry.name in index.seen:
            return _NOT_CLEAR[index.seen[entry.name]]
        return _NOT_CLEAR["unclear"] if levels == {"unclear"} else _NOT_SEEN

    return np.array([cost(entry) for entry in index.entries])


def _named_bias(entry: TileEntry) -> float:
    bias = _KIND_BIAS.get(entry.kind, 0.0) + _STYLE_BIAS.get(entry.style, 0.0)
    if "artefact" in entry.name:
        bias -= 0.02  # the ordinary one
    if _BORDER.search(entry.name):
        bias -= 0.06  # a whole floor rather than its edge towards another
    if _PART.search(entry.name):
        bias -= 0.15  # and a whole door rather than a third of a gate, in the variants too
    return bias
