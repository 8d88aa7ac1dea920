"""What a sprite's body is made of: its box, its axis, its legs and arms, and which kind of body it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from pixels_mcp.errors import MotionError
from pixels_mcp.pixelart.motion.index_maps import Mask, opaque
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.set_words import Body

SMALLEST_PX = 6
"""A drawing lower or narrower than this has no limbs to move."""

_CORE_SHARE = 0.6
"""Columns filled as much as this share of the fullest are the body's core; limbs have no vote in where its axis is."""
_LEG_SHARE = 0.3
"""Share of the height that is legs."""

_BODY_WORDS: dict[Body, frozenset[str]] = {
    "flyer": frozenset(
        [
            "bat",
            "bird",
            "crow",
            "raven",
            "eagle",
            "hawk",
            "owl",
            "parrot",
            "bee",
            "wasp",
            "hornet",
            "fly",
            "moth",
            "butterfly",
            "dragonfly",
        ]
    ),
    "slime": frozenset(["slime", "jelly", "ooze", "blob", "pudding", "puddle"]),
    "floater": frozenset(
        [
            "ghost",
            "wraith",
            "spirit",
            "wisp",
            "orb",
            "eyeball",
            "eye",
            "beholder",
            "spectre",
            "phantom",
            "cloud",
            "balloon",
            "ufo",
        ]
    ),
    "quadruped": frozenset(
        [
            "dog",
            "wolf",
            "hound",
            "cat",
            "lion",
            "tiger",
            "bear",
            "horse",
            "cow",
            "pig",
            "boar",
            "sheep",
            "goat",
            "deer",
            "rat",
            "mouse",
            "fox",
            "rabbit",
            "hog",
            "yak",
            "elephant",
            "lizard",
            "crocodile",
            "turtle",
            "frog",
            "spider",
            "scorpion",
            "beetle",
            "ant",
            "crab",
        ]
    ),
}


@dataclass(frozen=True)
class Figure:
    """Measures of a figure, in px.

    Attributes:
        top, bottom, left, right: Box of what is drawn; `bottom` and `right` lie behind it.
        axis: Column of the body's middle.
        waist: First row of the legs.
    """

    top: int
    bottom: int
    left: int
    right: int
    axis: int
    waist: int

    @property
    def height(self) -> int:
        """Of the box."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Of the box."""
        return self.right - self.left


def measure_figure(sprite: Rgba) -> Figure:
    """Find a figure's box, axis and waist.

    Raises:
        MotionError: Nothing is drawn, or too little to move.
    """
    drawn = opaque(sprite)
    if not drawn.any():
        raise MotionError("the sprite is empty", hint="choose a sprite that shows something")
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    if bottom - top < SMALLEST_PX or right - left < SMALLEST_PX:
        raise MotionError(
            f"the drawing is {right - left} x {bottom - top} px, {SMALLEST_PX} x {SMALLEST_PX} are the least to move",
            hint="choose a larger sprite",
        )
    waist = bottom - max(3, round((bottom - top) * _LEG_SHARE))
    filled = drawn[:waist].sum(axis=0)
    core = np.flatnonzero(filled >= _CORE_SHARE * filled.max())
    return Figure(top, bottom, left, right, int(np.median(core)), waist)


def split_legs(sprite: Rgba, figure: Figure) -> tuple[Mask, Mask]:
    """Part the legs where the gap between them is, near the axis: (left, right)."""
    drawn = opaque(sprite)
    low = drawn[figure.bottom - max(2, (figure.bottom - figure.waist) // 2) : figure.bottom]
    near = np.arange(max(figure.left + 1, figure.axis - 4), min(figure.right, figure.axis + 5))
    column = int(near[np.argmin(low[:, near].sum(axis=0) * 10 + np.abs(near - figure.axis))])
    rows, columns = np.indices(drawn.shape)
    legs = drawn & (rows >= figure.waist)
    return legs & (columns < column), legs & (columns >= column)


def split_side_legs(sprite: Rgba, figure: Figure) -> tuple[Mask, Mask]:
    """Part the legs of a figure seen from the side at the gap nearest the middle of its feet: (left, right)."""
    drawn = opaque(sprite)
    rows, columns = np.indices(drawn.shape)
    legs = drawn & (rows >= figure.waist)
    across = np.flatnonzero(legs.any(axis=0))
    middle = (int(across[0]) + int(across[-1]) + 1) / 2
    near = np.arange(int(across[0]) + 1, int(across[-1]) + 1)
    low = legs[figure.bottom - max(2, (figure.bottom - figure.waist) // 2) : figure.bottom, near].sum(axis=0)
    column = int(near[np.argmin(low * 2 + np.abs(near - middle))]) if len(near) else int(across[0])
    return legs & (columns < column), legs & (columns >= column)


def has_two_legs(sprite: Rgba, figure: Figure) -> bool:
    """Whether ground shows between the feet: a robe has none there."""
    low = opaque(sprite)[figure.bottom - max(2, (figure.bottom - figure.waist) // 2) : figure.bottom]
    inside = low[:, figure.left : figure.right]
    return any(_gaps(row) for row in inside[-3:])


def leg_groups(sprite: Rgba, figure: Figure) -> list[Mask]:
    """The legs of an animal, from the left: runs of columns that reach the ground, two to four of them."""
    drawn = opaque(sprite)
    reaches = drawn[figure.bottom - max(2, figure.height // 6) : figure.bottom].any(axis=0)
    starts = np.flatnonzero(np.diff(reaches.astype(np.int8), prepend=0) == 1)
    ends = np.flatnonzero(np.diff(reaches.astype(np.int8), append=0) == -1) + 1
    rows, columns = np.indices(drawn.shape)
    legs = drawn & (rows >= figure.waist)
    groups = [legs & (columns >= start) & (columns < end) for start, end in zip(starts, ends, strict=True)]
    if len(groups) >= 2:
        return groups[:4]
    return list(split_legs(sprite, figure))


def guess_body(sprite: Rgba, words: Collection[str] = ()) -> Body:
    """Guess a body from what the sprite is called, else from its shape.

    Args:
        sprite: (H, W, 4).
        words: Of its prompt or name, lower case, singular.
    """
    for body, known in _BODY_WORDS.items():
        if known & set(words):
            return body
    figure = measure_figure(sprite)
    if figure.width > 1.35 * figure.height:
        return "quadruped" if len(leg_groups(sprite, figure)) >= 2 and figure.height > 8 else "slime"
    return "biped"


def _gaps(row: Mask) -> bool:
    drawn = np.flatnonzero(row)
    return bool(len(drawn)) and not row[drawn[0] : drawn[-1] + 1].all()
