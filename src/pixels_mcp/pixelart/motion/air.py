"""Motions off the ground: flap, glide, hop, float."""

from __future__ import annotations

import numpy as np

from pixels_mcp.pixelart.motion.anatomy import Figure, measure_figure
from pixels_mcp.pixelart.motion.clip import Clip, clip_of
from pixels_mcp.pixelart.motion.index_maps import IndexMap, empty_like, moved, put, squashed, still
from pixels_mcp.pixelart.motion.stance import Stance
from pixels_mcp.pixelart.pixels import Rgba


def flap(sprite: Rgba, stance: Stance) -> Clip:  # noqa: ARG001  # called alike with others
    """Wings beat: columns rise and fall with their distance from the axis, the body against them."""
    figure = measure_figure(sprite)
    reach_px = max(2, figure.height // 6)
    return clip_of(sprite, [_beat(sprite, figure, phase, reach_px) for phase in (0, 1, 0, -1)], [90] * 4)


def glide(sprite: Rgba, stance: Stance) -> Clip:  # noqa: ARG001  # called alike with others
    """Drift: a slow bob with the outer columns a little behind."""
    figure = measure_figure(sprite)
    maps = [moved(_beat(sprite, figure, bend, 1), bob_px, 0) for bend, bob_px in ((0, 0), (1, 0), (0, -1), (-1, 0))]
    return clip_of(sprite, maps, [160] * 4)


def hover(sprite: Rgba, stance: Stance) -> Clip:  # noqa: ARG001  # called alike with others
    """Float up and down by a pixel."""
    measure_figure(sprite)
    return clip_of(sprite, [moved(still(sprite), bob_px, 0) for bob_px in (0, -1, -2, -1)], [180] * 4)


def hop(sprite: Rgba, stance: Stance) -> Clip:  # noqa: ARG001  # called alike with others
    """Gather, stretch, leap, land: rows go or stand twice where that shows least."""
    figure = measure_figure(sprite)
    depth = max(1, figure.height // 9)
    maps = [
        still(sprite),
        squashed(sprite, depth + 1),
        squashed(sprite, -depth),
        moved(squashed(sprite, -1), -depth - 1, 0),
        squashed(sprite, depth),
        squashed(sprite, 1),
    ]
    return clip_of(sprite, maps, [120, 100, 70, 140, 90, 90])


def _beat(sprite: Rgba, figure: Figure, phase: int, reach_px: int) -> IndexMap:
    base = still(sprite)
    places = empty_like(base)
    half = max(1.0, figure.width / 2 - 3)
    for column in range(figure.left, figure.right):
        out = max(0, abs(column - figure.axis) - 3) / half
        line = np.zeros(base.shape[:2], dtype=np.bool_)
        line[:, column] = True
        put(places, base, line, round(phase * reach_px * out) - (1 if phase == 1 else 0))
    return places
