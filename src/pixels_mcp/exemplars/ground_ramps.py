"""The colors that one knows a ground by, from dark to light, and which ground a prompt asks for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pixels_mcp.exemplars.likeness import GROUND_WORDS
from pixels_mcp.exemplars.prompt_words import PromptWords
from pixels_mcp.exemplars.ramps import GROUND_RAMPS, Rgba
from pixels_mcp.pixelart.colors.color import oklab

_OF_GROUND: dict[str, tuple[str, ...]] = {
    "ice": ("ice", "icy", "frost", "frozen", "glacier"),
    "snow": ("snow", "snowy"),
    "moss": ("moss",),
    "swamp": ("swamp", "swampy", "marsh", "bog", "mire", "murky"),
    "wood": ("wood", "plank", "board", "parquet", "timber"),
    "cobblestone": ("cobblestone", "cobble"),
    "ash": ("ash", "cinder"),
    "clay": ("clay", "terracotta", "adobe"),
    "salt": ("salt", "chalk"),
    "straw": ("straw", "hay", "thatch"),
    "coral": ("coral",),
    "rust": ("rust",),
}
_RAMP_OF = {word: ramp for ramp, words in _OF_GROUND.items() for word in words}
_MATERIALS = frozenset(_RAMP_OF) | GROUND_WORDS | {"wooden", "sandy", "muddy", "grassy", "rocky"}
_WATERS = frozenset({"water", "lake", "pond", "pool", "sea", "river"})
"""Of these a swamp's are murky, and frozen ones are of ice."""
_SAYS_LITTLE = frozenset({"floor", "ground", "tile", "terrain", "texture", "surface", "path"})
_OTHER_LIGHT, _OTHER_TINT = 0.14, 0.045
"""So far, in OKLab's lightness and in its colors, the mean of a tile may lie from the middle of the ramp."""


def ground_ramp(asked: PromptWords) -> str | None:
    """The ramp of the ground that a prompt names: `ice`, `a wooden floor`; None where it is known by no colors."""
    if asked.head in _RAMP_OF:
        return _RAMP_OF[asked.head]
    if asked.head in _WATERS:
        return next((_RAMP_OF[word] for word in asked.rest if _RAMP_OF.get(word) in ("swamp", "ice")), None)
    if asked.head in _SAYS_LITTLE:
        return next((_RAMP_OF[word] for word in reversed(asked.rest) if word in _RAMP_OF), None)
    return None


def by_material(asked: PromptWords) -> PromptWords:
    """A ground is known by what it is of: of `a wooden floor` the thing is the wood."""
    if asked.head not in _SAYS_LITTLE:
        return asked
    material = next((word for word in reversed(asked.rest) if word in _MATERIALS), None)
    if material is None:
        return asked
    others = tuple(word for word in asked.rest if word != material)
    return replace(asked, head=material, rest=(*others, asked.head))


def looks_like(pixels: Rgba, ramp: str) -> bool:
    """Whether a tile has, on the whole, the light and the tint of a ground already.

    Args:
        pixels: (H, W, 4) uint8.
        ramp: A key of `GROUND_RAMPS`.
    """
    opaque = pixels[pixels[..., 3] > 127][:, :3]
    if len(opaque) == 0:
        return True
    middle = np.array([GROUND_RAMPS[ramp][len(GROUND_RAMPS[ramp]) // 2]], dtype=np.uint8)
    apart = oklab(opaque).mean(axis=0) - oklab(middle)[0]
    return bool(abs(apart[0]) <= _OTHER_LIGHT and np.hypot(apart[1], apart[2]) <= _OTHER_TINT)
