"""Characters whose artists drew them walking in four directions: found by the words of a prompt.

`mini/exemplars/ARTISTS.md` names the artists; all of the cast is CC0 1.0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from pixels_mcp.errors import ModelFileError
from pixels_mcp.exemplars.finder import library
from pixels_mcp.exemplars.likeness import MATCHED
from pixels_mcp.exemplars.prompt_words import PromptWords, read_prompt
from pixels_mcp.exemplars.ramps import Rgba
from pixels_mcp.exemplars.tile_index import FOLDER
from pixels_mcp.exemplars.words import COLOR_OF, singular
from pixels_mcp.set_words import Facing
from pixels_mcp.told_apart import JsonObject

CAST_FILE, ATLAS_FILE = "cast.json", "cast_{}x{}.png"
CAST_FORMAT = 1
ATLAS_COLUMNS = 64

_OTHER_SIZE = 0.1
"""What it costs a character that its frames are of another size than the sprite."""
_NAMED, _WEARS = 0.1, 0.03
"""What each word of it is worth that was asked for, and its color."""
_UNASKED = 0.15
"""What each word of it costs that nobody asked for: a plain knight before a mounted one."""
_LEAST_OF_THING = 0.8
"""From this nearness on a character is the thing that was asked for: itself or a synonym."""


@dataclass(frozen=True)
class DrawnCycle:
    """A motion that an artist drew.

    Attributes:
        ms: How long each frame stands.
        play: As a clip's.
        cells: Numbers of its frames in the atlas, by direction.
    """

    ms: int
    play: Literal["Loop", "Once"]
    cells: Mapping[Facing, tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class CastCharacter:
    """One of the cast.

    Attributes:
        name: In its pack.
        pack: The pack's name.
        words: Of its name, singular, the last of them what it is.
        frame_px: Width and height of a frame.
        cycles: By motion; `walk` among them.
    """

    name: str
    pack: str
    words: tuple[str, ...]
    frame_px: tuple[int, int]
    cycles: Mapping[str, DrawnCycle]

    @property
    def head(self) -> str:
        """What it is: its last word that is no color."""
        return next((word for word in reversed(self.words) if word not in COLOR_OF), self.words[-1])

    def frames(self, motion: str, facing: Facing) -> list[Rgba]:
        """The frames of a motion in a direction that its cycle has: (height, width, 4) each."""
        atlas = _atlas(self.frame_px)
        width, height = self.frame_px
        frames: list[Rgba] = []
        for cell in self.cycles[motion].cells[facing]:
            row, column = divmod(cell, ATLAS_COLUMNS)
            frames.append(atlas[row * height : (row + 1) * height, column * width : (column + 1) * width].copy())
        return frames


def find_character(prompt: str, side_px: int) -> CastCharacter | None:
    """Find the one of the cast that the words of a prompt ask for.

    Args:
        prompt: Of the sprite.
        side_px: Of the sprite; characters of that size come first.

    Returns:
        None where nobody of the cast is that thing.
    """
    asked = read_prompt(prompt)
    if not asked.head:
        return None
    scores = [_score(asked, one, side_px) for one in cast()]
    best = int(np.argmax(scores))
    return cast()[best] if scores[best] > 0 else None


def _score(asked: PromptWords, character: CastCharacter, side_px: int) -> float:
    """How well a character fits, 0 where it is another thing."""
    table = library().table
    near = dict(zip(table.vocabulary, table.nearness(asked.head), strict=False))
    of_thing = max(near.get(character.head, 0.0), float(character.head == asked.head))
    if of_thing < _LEAST_OF_THING:
        return 0.0
    said = [word for word in character.words if word not in COLOR_OF]
    unasked = [word for word in said if word not in asked.words and near.get(word, 0.0) < MATCHED]
    named = sum(word in asked.words for word in said)
    # A color is painted on anyway; of two that fit, the one that wears it needs less paint.
    wears = asked.color is not None and any(COLOR_OF.get(word) == asked.color for word in character.words)
    other_size = _OTHER_SIZE * (max(character.frame_px) != side_px)
    return of_thing + _NAMED * named - _UNASKED * len(unasked) - other_size + _WEARS * wears


@cache
def cast() -> Sequence[CastCharacter]:
    """The cast that ships with `mini`, read once.

    Raises:
        ModelFileError: Its file is missing or damaged.
    """
    return read_cast(FOLDER)


def read_cast(folder: Path) -> Sequence[CastCharacter]:
    """Read a cast.

    Raises:
        ModelFileError: Its file is missing or damaged.
    """
    try:
        index: JsonObject = json.loads((folder / CAST_FILE).read_text("utf-8"))
        return tuple(_read_character(one) for one in index["characters"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelFileError(
            f"the cast in {folder} cannot be read: {error}", hint="install pixels-mcp again"
        ) from error


def _read_character(one: Mapping[str, Any]) -> CastCharacter:
    cycles = {
        motion: DrawnCycle(cycle["ms"], cycle["play"], {side: tuple(cells) for side, cells in cycle["cells"].items()})
        for motion, cycle in one["clips"].items()
    }
    words = tuple(singular(word) for word in one["name"].split("_") if word.isalpha())
    width, height = one["frame_px"]
    return CastCharacter(one["name"], one["pack"], words, (width, height), cycles)


@cache
def _atlas(frame_px: tuple[int, int]) -> Rgba:
    file = FOLDER / ATLAS_FILE.format(*frame_px)
    try:
        with Image.open(file) as image:
            return np.array(image.convert("RGBA"))
    except OSError as error:
        raise ModelFileError(f"{file} cannot be read: {error}", hint="install pixels-mcp again") from error
