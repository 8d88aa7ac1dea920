"""Find the tile that the words of a prompt ask for, in the asked colour, for `mini` to redraw."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pixels_mcp.errors import ModelFileError
from pixels_mcp.exemplars.ground_ramps import by_material, ground_ramp, looks_like
from pixels_mcp.exemplars.lexicon import lexicon
from pixels_mcp.exemplars.likeness import LIKENESS_FLOOR, LikenessTable
from pixels_mcp.exemplars.own_libraries import own_sets, stamps
from pixels_mcp.exemplars.prompt_words import PromptWords, read_prompt
from pixels_mcp.exemplars.ramps import RAMPS, Rgba, apply_ramp, main_colors, main_hue_deg, recolor_to, turn_hue, wears
from pixels_mcp.exemplars.style_words import known_style
from pixels_mcp.exemplars.tile_index import FOLDER, TileIndex
from pixels_mcp.exemplars.words import COLOR_OF, ELEMENT_COLORS, NATURAL_COLORS, singular, synonyms_of
from pixels_mcp.set_words import LOOK_SIDE_PX, LookName

log = logging.getLogger(__name__)

OWN_MARGIN = 0.15
"""A person's own tile is taken although the likest shipped one fits the thing so much better."""
SIDE_MARGIN = 0.045
"""Art of the larger size is taken although smaller art fits so much better."""
VARIANT_MARGIN = 0.13
"""Tiles this much less alike than the best still serve as variants of one request."""


@dataclass(frozen=True)
class Exemplar:
    """A tile to redraw.

    Attributes:
        name: Path of the tile in its release.
        kind: Such as `weapon`, `potion`, `monster`, `floor`.
        likeness: How well it fits the words, 0 to 1.
        of_thing: How well it fits the noun that names the thing, 0 to 1.
        words: The words of its caption, singular, in their order.
        side_px: Side of the tile.
        style: Its look, a key of the library's styles, or empty.
        hue_shift_deg: How far its hue was turned, or None.
        ramp: Name of the ramp it was painted with, or None.
        pixels: (H, W, 4) uint8, already recoloured, hard alpha.
        sha256: Of the library tile's RGBA bytes, before any recolouring.
    """

    name: str
    kind: str
    likeness: float
    of_thing: float
    words: tuple[str, ...]
    side_px: int
    style: str
    hue_shift_deg: float | None
    ramp: str | None
    pixels: Rgba
    sha256: str


def find_exemplars(
    prompt: str,
    count: int,
    *,
    exclude: frozenset[str] = frozenset(),
    side_px: int | None = None,
    style: str | None = None,
    joins: bool = False,
) -> list[Exemplar]:
    """Find tiles for the variants of one request, the likest first, different ones where there are enough.

    Args:
        prompt: As typed.
        count: How many are wanted.
        exclude: Names of tiles that must not be taken.
        side_px: Side of the sprite, where it is known; tiles of that size come first.
        style: How it looks, in words; one of the library's styles comes first.
        joins: A ground that meets itself is asked for: only tiles that fill their square, to the last pixel.

    Returns:
        Exactly `count`, going round again (with other hues where no colour is asked) when fewer tiles are alike;
        empty when even the likest is under `LIKENESS_FLOOR`.
    """
    shelf, asked = library(), _asked(prompt, joins=joins)
    look = _look(prompt, style, shelf)
    shipped = shelf.find(asked, count, exclude, side_px=side_px, style=look, joins=joins)
    own = [tiles for one in own_libraries() if (tiles := one.find(asked, count, exclude, side_px=side_px, joins=joins))]
    likest = max(own, key=lambda tiles: tiles[0].likeness, default=None)
    # A person's own art comes first, unless the shipped one is plainly more the thing that was asked for.
    if likest and (not shipped or likest[0].of_thing > shipped[0].of_thing - OWN_MARGIN):
        return likest
    return shipped


def usual_side_px(prompt: str, sides_px: Sequence[int], *, style: str | None = None, joins: bool = False) -> int | None:
    """The size that the best art for a prompt has.

    Args:
        prompt: As typed.
        sides_px: Sizes that can be drawn; of art that fits about as well that of the first is taken.
        style: How it looks, in words.
        joins: A ground that meets itself is asked for, as of `find_exemplars`.

    Returns:
        One of `sides_px`, or None where no tile of these sizes fits the words.
    """
    shelf, asked = library(), _asked(prompt, joins=joins)
    look = _look(prompt, style, shelf)
    shipped = shelf.fit_by_side(asked, sides_px, style=look, joins=joins)
    own = [one.fit_by_side(asked, sides_px, joins=joins) for one in own_libraries()]
    fits = max(own, key=lambda by_side: max(by_side.values(), default=0.0), default=shipped)
    if max(fits.values(), default=0.0) < max(shipped.values(), default=0.0) - OWN_MARGIN:
        fits = shipped
    best = max(fits.values(), default=0.0)
    return next((side for side, fit in fits.items() if fit >= best - SIDE_MARGIN), None)


def _asked(prompt: str, *, joins: bool) -> PromptWords:
    asked = read_prompt(prompt)
    return by_material(replace(asked, background=True)) if joins else asked


def _look(prompt: str, style: str | None, shelf: ExemplarLibrary) -> str | None:
    """The look of the library that a style asks for by name, else the prompt."""
    return known_style(style or "", shelf.index.styles) or known_style(prompt, shelf.index.styles)


def asked_look(prompt: str, style: str | None = None) -> LookName | None:
    """The look that a style asks for by name, else the prompt; None for other words."""
    name = _look(prompt, style, library())
    return next((look for look in LOOK_SIDE_PX if look == name), None)


def is_background_kind(kind: str) -> bool:
    """Whether sprites of a kind fill their square (floors, walls, water) instead of standing free."""
    return kind in library().index.background_kinds


def held_out_names() -> frozenset[str]:
    """Tiles that the network never saw in training; left out of the library while it is measured."""
    return frozenset(entry.name for entry in library().index.entries if entry.held_out)


class ExemplarLibrary:
    """The shipped tiles and the table that compares them with prompts.

    Attributes:
        drawable_heads: Every noun that names a tile and that people know, sorted.
        creature_heads: Nouns of monsters and animals.
        plain_creatures: Those of them that are a caption by themselves.
        known_words: Words of captions, their synonyms, and colors.
    """

    def __init__(self, index: TileIndex) -> None:
        self.index = index
        self.table = LikenessTable(index)
        self.number_of = {entry.name: number for number, entry in enumerate(index.entries)}
        self.drawable_heads = tuple(sorted({entry.head for entry in index.entries if entry.head in lexicon()}))
        creatures = [entry for entry in index.entries if entry.kind in ("monster", "animal")]
        self.creature_heads = frozenset(entry.head for entry in creatures) - self.table.thing_heads
        self.plain_creatures = frozenset(entry.head for entry in creatures if entry.words == (entry.head,))
        synonyms = {other for word in self.table.vocabulary for other in synonyms_of(word)}
        self.known_words = {*self.table.vocabulary, *synonyms, *map(singular, synonyms), *COLOR_OF, *ELEMENT_COLORS}

    def find(
        self,
        asked: PromptWords,
        count: int,
        exclude: frozenset[str] = frozenset(),
        *,
        side_px: int | None = None,
        style: str | None = None,
        joins: bool = False,
    ) -> list[Exemplar]:
        """As `find_exemplars`, for words that were read already; `style` is a key of the index's styles."""
        if not asked.words:
            return []
        match = self.table.match(asked, side_px=side_px, style=style)
        allowed = self._allowed(match.likeness, joins=joins)
        allowed[[self.number_of[name] for name in exclude & self.number_of.keys()]] = False
        likely = self._likely(np.where(allowed, match.preference, -1.0), asked)
        if not likely:
            return []
        chosen = self._unlike_each_other(likely, count)
        turns = [(chosen[k % len(chosen)], k // len(chosen)) for k in range(count)]
        return [
            self._exemplar(number, asked, (float(match.likeness[number]), float(match.of_thing[number])), lap)
            for number, lap in turns
        ]

    def fit_by_side(
        self, asked: PromptWords, sides_px: Sequence[int], *, style: str | None = None, joins: bool = False
    ) -> dict[int, float]:
        """How well the best tile of each size fits, 0 to 1, in the order of the sizes; those that have none are left
        out."""
        if not asked.words:
            return {}
        match = self.table.match(asked, style=style)
        allowed = self._allowed(match.likeness, joins=joins)
        of_side = {side: allowed & (self.table.sides_px == side) for side in sides_px}
        return {side: float(match.preference[tiles].max()) for side, tiles in of_side.items() if tiles.any()}

    def _allowed(self, likeness: NDArray[np.float64], *, joins: bool) -> NDArray[np.bool_]:
        """Which tiles may be taken: those that are alike, for a ground that fill their square to the last pixel."""
        allowed = likeness >= LIKENESS_FLOOR
        return allowed & self.table.fills & (self.index.drawn_share == 1.0) if joins else allowed

    def _likely(self, scores: NDArray[np.float64], asked: PromptWords) -> list[int]:
        """Numbers of the tiles that may be taken, the best first: all of one look, and filling their square or not."""
        order = np.argsort(-scores, kind="stable")
        best = float(scores[order[0]])
        if best < 0:
            return []
        likely = [int(n) for n in order[:200] if scores[n] >= max(best - VARIANT_MARGIN, 0.0)]
        fills, first = self.table.fills[likely[0]], self.index.entries[likely[0]]
        likely = [n for n in likely if self.table.fills[n] == fills]
        likely = [n for n in likely if self.index.entries[n].style == first.style]
        expected = asked.color or next((NATURAL_COLORS[w] for w in asked.words if w in NATURAL_COLORS), None)
        if expected:
            # Of tiles that fit, the ones that have the colour by nature need no paint.
            worn = {n: _shows(self.index.pixels(n), expected, asked=asked.color is not None) for n in likely}
            likely.sort(key=lambda n: -(scores[n] + 0.07 * worn[n]))
        return likely

    def _unlike_each_other(self, numbers: list[int], count: int) -> list[int]:
        """Take up to `count` tiles in order and pass over those that nearly repeat one already taken."""
        taken: list[int] = []
        pictures: list[NDArray[np.float32]] = []
        for number in numbers:
            picture = self.index.pixels(number).astype(np.float32)
            if all(picture.shape != other.shape or np.abs(picture - other).mean() > 6.0 for other in pictures):
                taken.append(number)
                pictures.append(picture)
            if len(taken) == count:
                break
        return taken

    def _exemplar(self, number: int, asked: PromptWords, values: tuple[float, float], lap: int) -> Exemplar:
        """Recolour a tile as asked; later laps over the same tiles differ in hue where no colour is asked."""
        entry, pixels = self.index.entries[number], self.index.pixels(number)
        digest = hashlib.sha256(pixels.tobytes()).hexdigest()
        words = entry.words
        color = asked.color if asked.color_word not in words else None
        ground = ground_ramp(asked) if asked.color is None and self.table.fills[number] else None
        if asked.color is None and ground is None:
            color = next((ELEMENT_COLORS[w] for w in asked.rest if w in ELEMENT_COLORS and w not in words), None)
        hue_shift_deg: float | None = None
        ramp: str | None = None
        # A ruby potion stays red in every variant, also where the tile has that colour by itself.
        is_free = asked.color is None and not any(word in ELEMENT_COLORS for word in asked.rest)
        if color is not None:
            pixels, hue_shift_deg, ramp = recolor_to(pixels, color)
        elif ground is not None and not looks_like(pixels, ground):
            # Snow that is drawn from a tile of ice is white all the same.
            pixels, ramp = apply_ramp(pixels, ground), ground
        elif lap and is_free and main_hue_deg(pixels) is not None:
            hue_shift_deg = (lap * 137.5) % 360.0
            pixels = turn_hue(pixels, hue_shift_deg)
        elif lap and is_free and not self.table.fills[number]:
            ramp = list(RAMPS)[(5 * lap + number) % len(RAMPS)]
            pixels = apply_ramp(pixels, ramp)
        likeness, of_thing = (round(value, 3) for value in values)
        return Exemplar(
            name=entry.name,
            kind=entry.kind,
            likeness=likeness,
            of_thing=of_thing,
            words=words,
            side_px=entry.side_px,
            style=entry.style,
            hue_shift_deg=hue_shift_deg,
            ramp=ramp,
            pixels=pixels,
            sha256=digest,
        )


def _shows(pixels: Rgba, color: str, *, asked: bool) -> bool:
    """Whether a tile has a colour: clearly where it was asked, at all where it is only expected."""
    return wears(pixels, color) if asked else color in main_colors(pixels)[:1]


def own_libraries() -> tuple[ExemplarLibrary, ...]:
    """The libraries of the sets that a person added, as they are now."""
    return _read_own(stamps(own_sets()))


@lru_cache(maxsize=2)
def _read_own(stamped: tuple[tuple[Path, int], ...]) -> tuple[ExemplarLibrary, ...]:
    libraries: list[ExemplarLibrary] = []
    for folder, _ in stamped:
        try:
            libraries.append(ExemplarLibrary(TileIndex(folder)))
        except ModelFileError as error:
            log.warning("the exemplars in %s are not used: %s", folder, error.message)
    return tuple(libraries)


@cache
def library() -> ExemplarLibrary:
    """The library that ships with `mini`, read once."""
    return ExemplarLibrary(TileIndex(FOLDER))
