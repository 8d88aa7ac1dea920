"""Words of pictures, tilesets and animations that have few values: light, so that a face knows them without arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Dither = Literal["none", "bayer2", "bayer4", "bayer8", "floyd-steinberg"]
Outline = Literal["none", "outer", "inner"]
Anchor = Literal["center", "bottom", "keep"]
LookName = Literal["detailed", "bold", "flat", "tiny", "one-bit"]
LOOK_SIDE_PX: Mapping[LookName, int] = {"detailed": 32, "bold": 32, "flat": 16, "tiny": 16, "one-bit": 16}
"""The looks that can be asked for by name, and the side of a sprite in each where no size is asked."""

CutWord = Literal["auto", "keep", "remove"]
"""What becomes of a ground, and of the patches of its color inside a drawing: as the picture says, or as a person."""

TileKind = Literal["corner", "edge", "blob", "wall", "single"]
BorderKind = Literal["bank", "band", "outline", "none"]
VARIANTS_MAX = 8
SEAM_ERROR_MAX = 1.0
"""From this seam error on a ground shows where it repeats."""

MotionName = Literal[
    "idle", "walk", "run", "flap", "hop", "glide", "hurt", "death", "attack", "spin", "float", "flicker", "shimmer"
]
Body = Literal["biped", "quadruped", "flyer", "slime", "floater"]
Facing = Literal["south", "south_east", "east", "north_east", "north", "north_west", "west", "south_west"]
"""Where a figure looks: south is towards the one who looks at the screen, east to the right."""
FACINGS: Mapping[int, tuple[Facing, ...]] = {
    4: ("south", "east", "north", "west"),
    8: ("south", "south_east", "east", "north_east", "north", "north_west", "west", "south_west"),
}
"""The directions of a character that has four or eight of them, in the order of the rows of its sheet."""

EditOperation = Literal[
    "vary",
    "inpaint",
    "extend",
    "seams",
    "recolor",
    "material",
    "outline",
    "match",
    "rotate",
    "flip",
    "crop",
    "pad",
    "resize",
]
DrawnOperation = Literal["vary", "inpaint", "extend", "seams"]
"""Edits that a model draws; the others are whole pixels moved or recolored."""
MaterialName = Literal[
    "iron",
    "steel",
    "silver",
    "gold",
    "bronze",
    "copper",
    "wood",
    "leather",
    "stone",
    "bone",
    "obsidian",
    "ice",
    "ruby",
    "emerald",
    "sapphire",
    "amethyst",
]

ONE_PICTURE = "one picture is drawn: frames and sheets are made from a finished sprite, by animating it"
"""Noted of a prompt that asks for a sheet; faces then name the way to one."""
