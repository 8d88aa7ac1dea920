"""Motions of things: spin, flicker, shimmer."""

from __future__ import annotations

import numpy as np

from pixels_mcp.pixelart.motion.anatomy import measure_figure
from pixels_mcp.pixelart.motion.clip import Clip, clip_of
from pixels_mcp.pixelart.motion.index_maps import IndexMap, empty_like, moved, opaque, put, still
from pixels_mcp.pixelart.motion.stance import Stance
from pixels_mcp.pixelart.pixels import Rgba

_SPIN_FRAMES = 8
_SHIMMER_FRAMES = 6
_LUMA = np.array([0.299, 0.587, 0.114])


def spin(sprite: Rgba, stance: Stance) -> Clip:  # noqa: ARG001  # called alike with others
    """Turn about the upright axis, as a coin does."""
    figure = measure_figure(sprite)
    base = still(sprite)
    middle = (figure.left + figure.right - 1) / 2
    maps: list[IndexMap] = []
    for frame in range(_SPIN_FRAMES):
        facing = float(np.cos(np.pi * frame / _SPIN_FRAMES))
        width = max(2, round(figure.width * abs(facing)))
        left = round(middle - (width - 1) / 2)
        columns = (figure.left + (np.arange(width) + 0.5) * figure.width / width).astype(int)
        places = empty_like(base)
        places[:, left : left + width] = base[:, columns if facing > 0 else columns[::-1]]
        maps.append(places)
    return clip_of(sprite, maps, [80] * _SPIN_FRAMES)


def flicker(sprite: Rgba, stance: Stance) -> Clip:  # noqa: ARG001  # called alike with others
    """Waver as a flame does: rows drift sideways, more the higher they are; the foot stands still."""
    figure = measure_figure(sprite)
    base = still(sprite)
    maps: list[IndexMap] = []
    for frame in range(4):
        places = empty_like(base)
        for row in range(figure.top, figure.bottom):
            height = (figure.bottom - 1 - row) / max(1, figure.height - 1)
            wave = np.sin(2 * np.pi * (row / max(6.0, figure.height / 2) + frame / 4))
            line = np.zeros(base.shape[:2], dtype=np.bool_)
            line[row] = True
            put(places, base, line, 0, round(1.6 * height * wave))
        maps.append(moved(places, 0, 0))
    return clip_of(sprite, maps, [110] * 4)


def shimmer(sprite: Rgba, stance: Stance) -> Clip:  # noqa: ARG001  # called alike with others
    """A band of light runs down over the drawing: pixels take the next lighter color that the sprite has."""
    measure_figure(sprite)
    drawn = opaque(sprite)
    colors, number = np.unique(sprite[drawn][:, :3], axis=0, return_inverse=True)
    order = np.argsort(colors @ _LUMA, kind="stable")
    ramp = colors[order]
    rank = np.argsort(order)[number.reshape(-1)]
    rows, columns = np.nonzero(drawn)
    along = (rows + columns) / 2
    span = along.max() - along.min() + 6
    frames: list[Rgba] = []
    for frame in range(_SHIMMER_FRAMES):
        front = along.min() - 3 + span * frame / _SHIMMER_FRAMES
        lit = np.clip(2.5 - np.abs(along - front), 0, 1) > 0.5
        picture = sprite.copy()
        picture[rows[lit], columns[lit], :3] = ramp[np.minimum(rank[lit] + max(1, len(ramp) // 5), len(ramp) - 1)]
        frames.append(picture)
    return Clip(tuple(frames), (110,) * _SHIMMER_FRAMES)
