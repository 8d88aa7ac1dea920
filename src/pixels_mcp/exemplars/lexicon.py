"""Which nouns name the same thing, and what each is a kind of: the part of WordNet 3.1 that can be seen.

The table is `mini/exemplars/lexicon.tsv`, made by `pixels_mcp.training.wordnet`; its licence lies beside it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, cached_property
from itertools import accumulate, islice
from pathlib import Path

from pixels_mcp.errors import ModelFileError
from pixels_mcp.exemplars.words import word_set
from pixels_mcp.models.describe import MINI_FOLDER

LEXICON_FILE, LICENSE_FILE = "lexicon.tsv", "WORDNET_LICENSE.txt"

SYNONYM = 0.82
"""How near two names of one thing are, 0 to 1."""
STEP = 0.1
"""How much less near each step towards a broader word is."""
RARER_SENSE = 0.08
"""How much less near each rarer sense of a word is."""
STEPS_MAX = 3

TOO_BROAD = word_set(
    "animal organism person people object thing whole unit artifact artefact instrumentality instrument device "
    "equipment implement structure construction covering container vessel conveyance transport system mechanism "
    "commodity article creation product material substance matter food foodstuff nutrient dish plant vertebrate "
    "invertebrate mammal chordate placental worker leader unfortunate adult juvenile male female part piece body "
    "natural_object living_thing consumer_goods clothing garment furnishing fixture surface area room support "
    "ingredient produce solid fluid liquid decoration protection wheeled_vehicle vehicle craft weapon tool "
    "expert inhabitant intellectual traveler entertainer performer contestant combatant defender guardian ruler "
    "serviceman bad_person wrongdoer offender unwelcome_person character being spirit form figure "
    "model representation work establishment place_of_business building edifice barrier obstruction "
    "carnivore ungulate arthropod woody_plant herb vascular_plant seed_plant crop flora fauna item image"
)
"""Broader words that say too little: not everything that is a vehicle is the same vehicle."""


UNLIKE = frozenset({
    ("robot", "golem"), ("robot", "humanoid"), ("android", "humanoid"), ("whale", "giant"), ("whale", "hulk"),
    ("fry", "child"),
})  # fmt: skip
"""Names of one thing to WordNet that look unlike in games."""


_PEOPLE = word_set(
    "person worker skilled_worker professional leader adult man male entertainer religious_person criminal traveler "
    "businessperson employee serviceman expert health_professional educator craftsman athlete musician performer"
)
_WOMEN = word_set("woman female girl")


class Lexicon:
    """The table. Words are singular and in lower case, the words of one name are joined by `_`.

    Looked through as one text: a prompt asks for a handful of words, and a dictionary of all would take longer to fill.
    """

    def __init__(self, path: Path) -> None:
        """Read the table.

        Raises:
            ModelFileError: It is missing or damaged.
        """
        try:
            self._text = "\n" + path.read_text("ascii")
        except (OSError, ValueError) as error:
            raise ModelFileError(
                f"the lexicon {path} cannot be read: {error}", hint="install pixels-mcp again"
            ) from error
        self._lines = self._text[1:].splitlines()
        self._starts = list(accumulate((len(line) + 1 for line in self._lines), initial=0))
        self._known: dict[str, tuple[tuple[int, int], ...]] = {}
        self._all = frozenset(re.findall(r"[a-z_]+", self._text))

    def __contains__(self, word: str) -> bool:
        """Whether the word names something that can be seen."""
        return word in self._all

    def broader(self, word: str) -> dict[str, float]:
        """Other names of what a word names and of what that is a kind of, and how near each is, nearest first.

        `terrier` gives `dog` and `hunting_dog`; words that say too little are left out. Empty for an unknown word.
        """
        near: dict[str, float] = {}
        for rank, steps, line in self._above(word):
            value = SYNONYM - STEP * steps - RARER_SENSE * (rank - 1)
            for name in self._names(line):
                if name != word and (word, name) not in UNLIKE and not (steps and name in TOO_BROAD):
                    near[name] = max(near.get(name, 0.0), value)
        return dict(sorted(near.items(), key=lambda item: -item[1]))

    def family(self, word: str) -> dict[str, float]:
        """As `broader`, and the kinds of the thing itself: a truck and a sedan may stand for a vehicle."""
        near = self.broader(word)
        for rank, line in self._senses(word):
            if rank == 1:
                for steps, level in enumerate(self._levels_below(line), start=1):
                    for name in (name for at in level for name in self._names(at) if (word, name) not in UNLIKE):
                        near[name] = max(near.get(name, 0.0), SYNONYM - STEP * steps)
        return near

    def is_a(self, word: str, broader: str) -> bool:
        """Whether a thing is, in its most frequent senses, a kind of another: a `fire_truck` is a `truck`."""
        return any(broader in self._names(line) for _, _, line in self._above(word))

    def are_akin(self, one: str, other: str) -> bool:
        """Whether two words name things of one sort: a sailing ship and a ship are vessels, candy corn is no corn."""
        return not {line for _, _, line in self._above(one)}.isdisjoint(line for _, _, line in self._above(other))

    def is_first_of_all(self, word: str, broader: frozenset[str]) -> bool:
        """Whether the most frequent thing that a word names is a kind of one of others."""
        return any(not broader.isdisjoint(self._names(line)) for rank, _, line in self._above(word) if rank == 1)

    def relatives(self, word: str) -> list[str]:
        """Names of what is a kind of the same thing as a word, and of the kinds of itself, the closest first."""
        names: list[str] = []
        for rank, steps, line in self._above(word):
            if rank == 1 and steps <= 2:
                names += self._names(line)
                for level in islice(self._levels_below(line), 2):
                    names += [name for at in level for name in self._names(at)]
        return list(dict.fromkeys(name for name in names if name != word))

    def _levels_below(self, line: int) -> Iterator[list[int]]:
        """The kinds of a sense, the kinds of those, up to `STEPS_MAX` steps down."""
        level = [line]
        for _ in range(STEPS_MAX):
            level = [below for at in level for below in self._narrower.get(at, ())]
            yield level

    @cached_property
    def _narrower(self) -> dict[int, list[int]]:
        narrower: dict[int, list[int]] = {}
        for line in range(len(self._lines)):
            for above in self._broader(line):
                narrower.setdefault(above, []).append(line)
        return narrower

    def _above(self, word: str) -> Iterator[tuple[int, int, int]]:
        """Walk up from each sense of a word: rank of the sense, steps, line."""
        for rank, line in self._senses(word):
            level, seen = [line], {line}
            for steps in range(STEPS_MAX + 1):
                for at in level:
                    yield rank, steps, at
                level = [above for at in level for above in self._broader(at) if above not in seen]
                seen.update(level)

    def _senses(self, word: str) -> tuple[tuple[int, int], ...]:
        """The rank and line of each sense of a word, the most frequent first."""
        if word not in self._known:
            hits = (hit for before in ("\n", " ") for hit in self._hits(before + word))
            self._known[word] = tuple(sorted(hits)) if word else ()
        return self._known[word]

    def _hits(self, text: str) -> Iterator[tuple[int, int]]:
        at = self._text.find(text)
        while at >= 0:
            end = at + len(text)
            rank = self._text[end + 1] if self._text[end] == "#" else "1" if self._text[end] in " \t" else ""
            if rank:
                yield int(rank), bisect_right(self._starts, at) - 1
            at = self._text.find(text, end)

    def _names(self, line: int) -> list[str]:
        return [name.partition("#")[0] for name in self._lines[line].partition("\t")[0].split()]

    def _broader(self, line: int) -> list[int]:
        return [int(number) for number in self._lines[line].partition("\t")[2].split()]


@cache
def person_like(word: str) -> str:
    """Whom one may draw for somebody who is only known by a trade or a rank: `woman`, `villager`, or empty."""
    if lexicon().is_first_of_all(word, _WOMEN):
        return "woman"
    return "villager" if lexicon().is_first_of_all(word, _PEOPLE) else ""


@cache
def lexicon() -> Lexicon:
    """The lexicon that ships with the exemplar library."""
    return Lexicon(MINI_FOLDER / "exemplars" / LEXICON_FILE)
