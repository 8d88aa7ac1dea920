"""Find the tile that the words of a prompt ask for, in the asked colour, for `mini` to redraw.

The tiles are Dungeon Crawl Stone Soup's, CC0 1.0; `mini/exemplars/ARTISTS.md` names their artists.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pixels_mcp.errors import ModelFileError
from pixels_mcp.exemplars.prompt_words import PromptWords, read_prompt
from pixels_mcp.exemplars.ramps import RAMPS, Rgba, apply_ramp, main_colors, main_hue_deg, recolor_to, turn_hue, wears
from pixels_mcp.exemplars.words import (
    COLOR_OF,
    ELEMENT_COLORS,
    NATURAL_COLORS,
    STOP_WORDS,
    singular,
    split_words,
    synonyms_of,
    word_set,
)
from pixels_mcp.models.describe import MINI_FOLDER

FOLDER = MINI_FOLDER / "exemplars"
ATLAS_FILE, INDEX_FILE, VECTORS_FILE = "tiles.png", "tiles.json", "words.npz"
ATLAS_COLUMNS = 64

LIKENESS_FLOOR = 0.5
"""Under this likeness (0 to 1) no tile is taken: the prompt asks for something that the library does not have."""
NEAR_COSINE = 0.62
"""From this cosine of two words' vectors on, one may stand for the other (puppy for dog, bomb for explosion)."""
VARIANT_MARGIN = 0.13
"""Tiles this much less alike than the best still serve as variants of one request."""

_BORDER = re.compile(r"(_(n|e|s|w|ne|nw|se|sw)\d*|mix\d*|border\w*)\.png$")
_PART = re.compile(r"vgate\w*\.png$|_(left|middle|right)\.png$")
_KIND_BIAS = {"icon": -0.22, "statue": -0.16, "effect": -0.03, "person": -0.12, "altar": -0.08, "feature": -0.05}
_GENERIC_WORDS = word_set(
    "animal undead person weapon monster character demon item pile food clothes giant "
    "shallow deep open closed small large"
)


@dataclass(frozen=True)
class Exemplar:
    """A tile to redraw.

    Attributes:
        name: Path of the tile in its release.
        kind: Such as `weapon`, `potion`, `monster`, `floor`.
        likeness: How well it fits the words, 0 to 1.
        hue_shift_deg: How far its hue was turned, or None.
        ramp: Name of the ramp it was painted with, or None.
        pixels: (32, 32, 4) uint8, already recoloured, hard alpha.
        sha256: Of the library tile's RGBA bytes, before any recolouring.
    """

    name: str
    kind: str
    likeness: float
    hue_shift_deg: float | None
    ramp: str | None
    pixels: Rgba
    sha256: str


def find_exemplars(prompt: str, count: int, *, exclude: frozenset[str] = frozenset()) -> list[Exemplar]:
    """Find tiles for the variants of one request, the likest first, different ones where there are enough.

    Args:
        prompt: As typed.
        count: How many are wanted.
        exclude: Names of tiles that must not be taken.

    Returns:
        Exactly `count`, going round again (with other hues where no colour is asked) when fewer tiles are alike;
        empty when even the likest is under `LIKENESS_FLOOR`.
    """
    library = _library()
    asked = read_prompt(prompt)
    if not asked.words:
        return []
    scores = library.likeness(asked)
    for name in exclude & library.number_of.keys():
        scores[library.number_of[name]] = 0.0
    order = np.argsort(-scores, kind="stable")
    best = float(scores[order[0]])
    if best < LIKENESS_FLOOR:
        return []
    likely = [int(n) for n in order[:200] if scores[n] >= max(best - VARIANT_MARGIN, LIKENESS_FLOOR)]
    fills = library.kinds[likely[0]] in library.background_kinds
    likely = [n for n in likely if (library.kinds[n] in library.background_kinds) == fills]
    expected = asked.color or next((NATURAL_COLORS[w] for w in asked.words if w in NATURAL_COLORS), None)
    if expected:
        # Of tiles that fit, the ones that have the colour by nature need no paint.
        worn = {n: _shows(library.tile(n), expected, asked=asked.color is not None) for n in likely}
        likely.sort(key=lambda n: -(scores[n] + 0.07 * worn[n]))
    chosen = library.unlike_each_other(likely, count)
    return [
        library.exemplar(chosen[k % len(chosen)], asked, float(scores[chosen[k % len(chosen)]]), k // len(chosen))
        for k in range(count)
    ]


def _shows(pixels: Rgba, color: str, *, asked: bool) -> bool:
    """Whether a tile has a colour: clearly where it was asked, at all where it is only expected."""
    return wears(pixels, color) if asked else color in main_colors(pixels)[:1]


def unseen_words(prompt: str) -> list[str]:
    """The words of a prompt that neither the tiles' captions nor their synonyms have, in order of appearance."""
    known = _library().known_words
    words = dict.fromkeys(split_words(prompt))
    return [w for w in words if len(w) > 2 and w not in STOP_WORDS and not {w, singular(w)} & known]


def is_background_kind(kind: str) -> bool:
    """Whether sprites of a kind fill their square (floors, walls, water) instead of standing free."""
    return kind in _library().background_kinds


def held_out_names() -> frozenset[str]:
    """Tiles that the network never saw in training; left out of the library while it is measured."""
    return _library().held_out


class _Library:
    """The shipped tiles, read once."""

    def __init__(self, folder: Path) -> None:
        try:
            index: dict[str, Any] = json.loads((folder / INDEX_FILE).read_text(encoding="utf-8"))
            with Image.open(folder / ATLAS_FILE) as image:
                self.atlas = np.array(image.convert("RGBA"))
            with np.load(folder / VECTORS_FILE, allow_pickle=False) as vectors:
                words = vectors["words"].tobytes().decode("ascii").split("\n")
                matrix = vectors["vectors"].astype(np.float32) * vectors["scale"]
        except (OSError, ValueError, KeyError) as error:
            raise ModelFileError(
                f"the exemplar library in {folder} cannot be read: {error}", hint="install pixels-mcp again"
            ) from error
        self.tile_px: int = index["tile_px"]
        self.background_kinds = frozenset(index["background_kinds"])
        entries: list[list[Any]] = index["entries"]
        self.names: list[str] = [e[0] for e in entries]
        self.kinds: list[str] = [e[1] for e in entries]
        self.held_out = frozenset(e[0] for e in entries if e[4])
        self.number_of = {name: n for n, name in enumerate(self.names)}
        self._vector_of = dict(zip(words, matrix, strict=True))
        tile_words = [[singular(w) for w in e[3].split()] for e in entries]
        self._vocabulary = sorted({w for ws in tile_words for w in ws})
        self._number_of_word = {w: n for n, w in enumerate(self._vocabulary)}
        width = max(len(ws) for ws in tile_words)
        empty = len(self._vocabulary)
        self._tile_words = np.full((len(entries), width), empty, dtype=np.int64)
        for row, ws in zip(self._tile_words, tile_words, strict=True):
            row[: len(ws)] = [self._number_of_word[w] for w in ws]
        self._heads = np.array([self._number_of_word.get(singular(e[2]), empty) for e in entries])
        self._generic = np.array([w in _GENERIC_WORDS or w in COLOR_OF for w in self._vocabulary] + [True])
        self._bias = np.array([_KIND_BIAS.get(kind, 0.0) for kind in self.kinds])
        for number, (name, kind) in enumerate(zip(self.names, self.kinds, strict=True)):
            pixels = self.tile(number)
            opaque = pixels[..., 3] > 0
            if kind == "icon" and opaque.mean() > 0.7:
                self._bias[number] -= 0.3  # a spell's icon on a plate is no sprite of the thing itself
            if pixels[opaque][:, :3].mean() < 50:
                self._bias[number] -= 0.03  # of two that fit, the one that is not nearly black
            if "artefact" in name:
                self._bias[number] -= 0.02  # and the ordinary one
            if _BORDER.search(name):
                self._bias[number] -= 0.06  # a whole floor rather than its edge towards another
            if _PART.search(name):
                self._bias[number] -= 0.15  # and a whole door rather than a third of a gate, in the variants too
        self._vectors = np.stack(
            [self._vector_of.get(w, np.zeros(matrix.shape[1], np.float32)) for w in self._vocabulary]
        )
        synonyms = {s for w in self._vocabulary for s in synonyms_of(w)}
        self.known_words = {*self._vocabulary, *synonyms, *map(singular, synonyms), *COLOR_OF, *ELEMENT_COLORS}

    def likeness(self, asked: PromptWords) -> NDArray[np.float64]:
        """How alike each tile is to the words of a prompt, (tiles,) from 0 to 1: the head noun counts most."""
        head = self._match(asked.head)
        of_head = np.maximum(head[self._heads], 0.86 * head[self._tile_words].max(axis=1))
        matched = head[self._tile_words] >= 0.5
        rest_scores = []
        for word in asked.rest:
            match = self._match(word)[self._tile_words]
            matched |= match >= 0.5
            rest_scores.append(match.max(axis=1))
        of_rest = np.mean(rest_scores, axis=0) if rest_scores else of_head
        unasked = ~matched & (self._tile_words < len(self._vocabulary))
        extra = np.where(unasked, np.where(self._generic[self._tile_words], 0.25, 1.0), 0.0).sum(axis=1)
        score = (
            0.72 * of_head + 0.28 * of_rest - 0.05 * np.minimum(extra, 4) + self._bias * (1 - asked.wants(self.kinds))
        )
        if asked.background is not None:
            filled = np.array([kind in self.background_kinds for kind in self.kinds])
            score = score - 0.25 * (filled != asked.background)
        # Adjectives alone do not make it the thing: a golden dragon is no golden sword.
        return np.where(of_head >= 0.5, score, 0.0).clip(0.0, 1.0)

    def _match(self, word: str) -> NDArray[np.float64]:
        """How near a word is to each word of the tiles: 1 the same, 0.85 a synonym, less by meaning; 0 at the end."""
        near = np.zeros(len(self._vocabulary) + 1)
        vector = self._vector_of.get(word)
        if vector is not None:
            cosine = self._vectors @ vector
            meant = (cosine >= NEAR_COSINE) & ~self._generic[:-1]
            near[:-1] = np.where(meant, np.minimum(0.5 + (cosine - NEAR_COSINE), 0.75), 0.0)
        for other in synonyms_of(word):
            if singular(other) in self._number_of_word:
                near[self._number_of_word[singular(other)]] = 0.85
        if word in self._number_of_word:
            near[self._number_of_word[word]] = 1.0
        return near

    def tile(self, number: int) -> Rgba:
        """A tile's pixels, (32, 32, 4) uint8."""
        y, x = (self.tile_px * n for n in divmod(number, ATLAS_COLUMNS))
        return self.atlas[y : y + self.tile_px, x : x + self.tile_px].copy()

    def unlike_each_other(self, numbers: list[int], count: int) -> list[int]:
        """Take up to `count` tiles in order and pass over those that nearly repeat one already taken."""
        taken: list[int] = []
        pictures: list[NDArray[np.float32]] = []
        for number in numbers:
            picture = self.tile(number).astype(np.float32)
            if all(np.abs(picture - other).mean() > 6.0 for other in pictures):
                taken.append(number)
                pictures.append(picture)
            if len(taken) == count:
                break
        return taken

    def exemplar(self, number: int, asked: PromptWords, likeness: float, lap: int) -> Exemplar:
        """Recolour a tile as asked; later laps over the same tiles differ in hue where no colour is asked."""
        pixels = self.tile(number)
        digest = hashlib.sha256(pixels.tobytes()).hexdigest()
        words = {self._vocabulary[n] for n in self._tile_words[number] if n < len(self._vocabulary)}
        color = asked.color if asked.color_word not in words else None
        if asked.color is None:
            color = next((ELEMENT_COLORS[w] for w in asked.rest if w in ELEMENT_COLORS and w not in words), None)
        hue_shift_deg: float | None = None
        ramp: str | None = None
        # A ruby potion stays red in every variant, also where the tile has that colour by itself.
        is_free = asked.color is None and not any(word in ELEMENT_COLORS for word in asked.rest)
        if color is not None:
            pixels, hue_shift_deg, ramp = recolor_to(pixels, color)
        elif lap and is_free and main_hue_deg(pixels) is not None:
            hue_shift_deg = (lap * 137.5) % 360.0
            pixels = turn_hue(pixels, hue_shift_deg)
        elif lap and is_free and self.kinds[number] not in self.background_kinds:
            ramp = list(RAMPS)[(5 * lap + number) % len(RAMPS)]
            pixels = apply_ramp(pixels, ramp)
        return Exemplar(self.names[number], self.kinds[number], round(likeness, 3), hue_shift_deg, ramp, pixels, digest)


@cache
def _library() -> _Library:
    return _Library(FOLDER)
