"""The words of tilesets and animations that have few values: light, so that a face knows them without arrays."""

from __future__ import annotations

from typing import Literal

TileKind = Literal["corner", "edge", "blob", "wall", "single"]
BorderKind = Literal["bank", "band", "outline", "none"]
VARIANTS_MAX = 8

MotionName = Literal[
    "idle", "walk", "run", "flap", "hop", "glide", "hurt", "death", "attack", "spin", "float", "flicker", "shimmer"
]
Body = Literal["biped", "quadruped", "flyer", "slime", "floater"]
