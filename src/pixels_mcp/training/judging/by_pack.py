"""How sprites of each pack's captions do: a mean over all packs hides those that are drawn badly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from pixels_mcp.exemplars.ramps import Rgba
from pixels_mcp.training.judging.classifier import KindJudge, class_of, judge_features, judge_kinds, kernel_distance
from pixels_mcp.training.packs.tiles import Tile

FEWEST_FOR_DISTANCE = 10
"""Fewer sprites or tiles of a pack than this have a kernel distance that chance sets."""


class PackMeasure(TypedDict):
    """What is measured of the sprites of one pack's captions.

    Attributes:
        n: How many sprites.
        kind_accuracy: Share whose kind the judges tell rightly, 0 to 1.
        real_n: How many held-out tiles the pack has.
        real_kind_accuracy: The same of those.
        kid: Kernel distance from them; None where there are too few of either.
    """

    n: int
    kind_accuracy: float
    real_n: int
    real_kind_accuracy: float
    kid: float | None


@dataclass(frozen=True)
class JudgedSprite:
    """A sprite that was drawn for a held-out tile's caption.

    Attributes:
        tile: The held-out tile.
        pixels: (S, S, 4) uint8, finished.
        judge: Number of the judge that may judge it.
    """

    tile: Tile
    pixels: Rgba
    judge: int


def measure_by_pack(
    judges: Sequence[KindJudge], sprites: Sequence[JudgedSprite], held_out: Sequence[Tile]
) -> dict[str, PackMeasure]:
    """Measure the sprites of each pack against its own held-out tiles.

    Args:
        judges: See `train_judge`.
        sprites: At least one.
        held_out: Tiles of judged kinds.
    """
    return {pack: _measure(judges, sprites, held_out, pack) for pack in sorted({one.tile.pack for one in sprites})}


def _measure(
    judges: Sequence[KindJudge], sprites: Sequence[JudgedSprite], held_out: Sequence[Tile], pack: str
) -> PackMeasure:
    real = [tile for tile in held_out if tile.pack == pack]
    real_pixels, real_kinds = [tile.pixels for tile in real], np.array([class_of(tile) for tile in real])
    right: list[bool] = []
    real_right: list[bool] = []
    distances: list[float] = []
    for number, judge in enumerate(judges):
        mine = [one for one in sprites if one.tile.pack == pack and one.judge == number]
        real_right += list(judge_kinds(judge, real_pixels) == real_kinds)
        if not mine:
            continue
        pixels = [one.pixels for one in mine]
        right += list(judge_kinds(judge, pixels) == np.array([class_of(one.tile) for one in mine]))
        if min(len(mine), len(real)) >= FEWEST_FOR_DISTANCE:
            distances.append(kernel_distance(judge_features(judge, pixels), judge_features(judge, real_pixels)))
    return {
        "n": len(right),
        "kind_accuracy": round(float(np.mean(right)), 3),
        "real_n": len(real),
        "real_kind_accuracy": round(float(np.mean(real_right)), 3),
        "kid": round(float(np.mean(distances)), 3) if distances else None,
    }
