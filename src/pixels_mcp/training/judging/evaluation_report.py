"""What an evaluation of `mini` tells, as its JSON shows it; all numbers are rounded."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from pixels_mcp.training.judging.by_pack import PackMeasure


class Cleanliness(TypedDict):
    """How clean sprites are, on average."""

    colors_mean: float
    orphan_pixels_per_1000_mean: float


class ColorMeasure(TypedDict):
    """How often a color that was asked for is the one that is seen, 0 to 1."""

    color_obeyed: float
    color_obeyed_by_word: dict[str, float]


class RealMeasure(Cleanliness):
    """What the judges say of real tiles: the best that a drawn sprite can reach.

    Attributes:
        kind_accuracy: Share whose kind is told rightly.
        kid_of_training_tiles: Kernel distance between two sets of real tiles.
        n: How many tiles.
    """

    kind_accuracy: float
    kid_of_training_tiles: float
    n: int


class WayMeasure(Cleanliness, ColorMeasure):
    """What is measured of sprites that were drawn in one way: with exemplars, or from scratch.

    Attributes:
        kind_accuracy: Share whose kind the judges tell rightly; `kind_share_of_real` is the part of that of real tiles.
        kid: Kernel distance from the held-out tiles.
        different_from_nearest_tile: Mean share of pixels that look different; `near_copies` are shares of sprites.
    """

    kind_accuracy: float
    kind_share_of_real: NotRequired[float]
    kid: float
    n: int
    found_an_exemplar: float
    diversity_over_seeds: float
    different_from_nearest_tile: float
    near_copies_of_nearest_tile: float
    by_pack: dict[str, PackMeasure]
    different_from_exemplar: NotRequired[float]
    near_copies_of_exemplar: NotRequired[float]
    near_copies_by_kind: NotRequired[dict[str, int]]


class EvaluationReport(TypedDict):
    """Everything."""

    settings: dict[str, Any]
    held_out_tiles: int
    real: RealMeasure
    with_exemplars: WayMeasure
    from_scratch: WayMeasure
    seconds: dict[str, float]
    peak_memory_mib: int
