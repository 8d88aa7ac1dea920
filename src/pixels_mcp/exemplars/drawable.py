"""What `mini` can draw well: a search over the things, kinds and looks of the exemplar library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from pixels_mcp.exemplars.finder import ExemplarLibrary, library
from pixels_mcp.exemplars.likeness import MATCHED
from pixels_mcp.exemplars.prompt_words import read_prompt
from pixels_mcp.exemplars.ramps import Rgba
from pixels_mcp.exemplars.tile_index import TileEntry
from pixels_mcp.exemplars.words import singular, split_words
from pixels_mcp.set_words import LOOK_SIDE_PX

THINGS_MAX = 40
_SHOWN_THINGS = ("knight", "tree", "chest", "sword")
"""What shows a look: a figure, a plant, a thing of the house and one that is carried; each look has most of them."""
_EXACT = 1.0
_SAID = 0.6
"""What a word is worth that a caption has beside its noun: `farm` of a farm animal."""


@dataclass(frozen=True)
class DrawableThing:
    """A noun that names tiles.

    Attributes:
        word: As a prompt may say it.
        kinds: Kinds of its tiles, the most frequent first.
        pictures: How many tiles there are.
        sides_px: Sizes that they were drawn at.
        styles: Looks that they have.
        example: The caption of one.
        tile: The name of that one.
    """

    word: str
    kinds: tuple[str, ...]
    pictures: int
    sides_px: tuple[int, ...]
    styles: tuple[str, ...]
    example: str
    tile: str


def search_drawable(words: str, *, count: int = THINGS_MAX) -> list[DrawableThing]:
    """Find what can be drawn for a word, the likest first.

    Args:
        words: A thing (`cow`), what it is a kind of (`fruit`), a kind of tile (`vehicle`) or a look (`one-bit`).
        count: At most so many.

    Returns:
        Empty where nothing is near; for no words at all the things with the most pictures.
    """
    shelf = library()
    by_head: dict[str, list[int]] = {}
    heads = set(shelf.drawable_heads)
    for number, entry in enumerate(shelf.index.entries):
        if entry.head in heads:
            by_head.setdefault(entry.head, []).append(number)
    worth = _worth(words, shelf)
    chosen = {head: [n for n in numbers if worth[n] >= MATCHED] for head, numbers in by_head.items()}
    ranked = sorted(
        (head for head, numbers in chosen.items() if numbers),
        key=lambda head: (-max(worth[n] for n in chosen[head]), -len(chosen[head]), head),
    )
    return [_thing(head, [shelf.index.entries[n] for n in chosen[head]]) for head in ranked[:count]]


def drawable_kinds() -> dict[str, int]:
    """Every kind of tile, and how many there are, the most frequent first."""
    return dict(Counter(entry.kind for entry in library().index.entries).most_common())


def drawable_styles() -> tuple[str, ...]:
    """The looks that can be asked for by name."""
    return tuple(LOOK_SIDE_PX)


def picture_of(thing: DrawableThing) -> Rgba:
    """A tile of a thing, (H, W, 4) uint8."""
    shelf = library()
    return shelf.index.pixels(shelf.number_of[thing.tile])


@cache
def style_pictures() -> dict[str, Rgba]:
    """For each look some things that have it, (H, W, 4) uint8, by `look: thing`."""
    shelf = library()
    shown: dict[str, Rgba] = {}
    for style in LOOK_SIDE_PX:
        for thing in _SHOWN_THINGS:
            likest = shelf.find(read_prompt(thing), 1, style=style)
            if likest and likest[0].style == style:
                shown[f"{style}: {thing}"] = likest[0].pixels
    return shown


def _worth(words: str, shelf: ExemplarLibrary) -> np.ndarray:
    """How well each tile fits the words, 0 to 1: by its noun, its kind, its look, or another word of its caption."""
    asked = [singular(word) for word in split_words(words)]
    if not asked:
        return np.full(len(shelf.index.entries), _EXACT)
    number_of = {word: number for number, word in enumerate(shelf.table.vocabulary)}
    rows: list[list[float]] = []
    for word in asked:
        near = shelf.table.nearness(word, with_family=True)
        rows.append([_fit(word, entry, near[number_of[entry.head]]) for entry in shelf.index.entries])
    fits = np.array(rows)
    return 0.9 * fits.max(axis=0) + 0.1 * fits.mean(axis=0)  # `farm animal` is better met by more of its words


def _fit(word: str, entry: TileEntry, of_head: float) -> float:
    if word in (entry.kind, *entry.style.split("-")):
        return max(of_head, _EXACT - 0.1)
    return max(float(of_head), _SAID if word in entry.words else 0.0)


def _thing(head: str, entries: Sequence[TileEntry]) -> DrawableThing:
    return DrawableThing(
        word=head,
        kinds=tuple(kind for kind, _ in Counter(entry.kind for entry in entries).most_common(3)),
        pictures=len(entries),
        sides_px=tuple(sorted({entry.side_px for entry in entries})),
        styles=tuple(sorted({entry.style for entry in entries if entry.style})),
        example=" ".join(entries[0].words),
        tile=entries[0].name,
    )
