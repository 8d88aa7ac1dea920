"""The words of tilesets and animations that have few values: light, so that a face knows them without arrays."""

from __future__ import annotations

from typing import Literal

TileKind = Literal["corner", "edge", "blob", "wall", "single"]
BorderKind = Literal["bank", "band", "outline", "none"]
VARIANTS_MAX = 8
SEAM_ERROR_MAX = 1.0
"""From this seam error on a ground shows where it repeats."""

MotionName = Literal[
    "idle", "walk", "run", "flap", "hop", "glide", "hurt", "death", "attack", "spin", "float", "flicker", "shimmer"
]
Body = Literal["biped", "quadruped", "flyer", "slime", "floater"]

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
