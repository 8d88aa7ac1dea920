"""Which pixel of one frame stands where in another: by color, the nearest first, neighbours together."""

from __future__ import annotations

import numpy as np

from pixels_mcp.pixelart.motion.index_maps import IndexMap
from pixels_mcp.pixelart.pixels import Rgba, color_keys

REACH_PX = 4
"""Steps between frames are shorter than this; what lies further is another pixel of the same color."""
_AROUND_PX = 1
_FAR_COSTS = 0.02
"""What a pixel's distance costs against a neighbour that does not agree."""


def track_pixels(frame: Rgba, first: Rgba) -> IndexMap:
    """Find for every pixel of a frame where it stood in the first.

    Args:
        frame, first: (H, W, 4) of one size.

    Returns:
        (H, W, 2) row and column, -1 where nothing is drawn or no pixel of that color was near.
    """
    height, width = frame.shape[:2]
    keys, first_keys = (color_keys(one).astype(np.int64) for one in (frame, first))
    drawn = frame[..., 3] > 0
    keys = np.where(drawn, keys, -1)
    first_keys = np.where(first[..., 3] > 0, first_keys, -1)
    best = np.full((height, width), -np.inf)
    places: IndexMap = np.full((height, width, 2), -1, dtype=np.int64)
    room = np.pad(first_keys, REACH_PX, constant_values=-2)
    rows, columns = np.indices((height, width))
    for down in range(-REACH_PX, REACH_PX + 1):
        for right in range(-REACH_PX, REACH_PX + 1):
            there = room[REACH_PX + down : REACH_PX + down + height, REACH_PX + right : REACH_PX + right + width]
            agrees = there == keys
            score = _around(agrees) - _FAR_COSTS * float(np.hypot(down, right))
            better = agrees & drawn & (score > best)
            best[better] = score[better]
            places[better] = np.stack([rows[better] + down, columns[better] + right], axis=-1)
    return places


def _around(agrees: np.ndarray) -> np.ndarray:
    """Share of the pixels around each that agree too."""
    side = 2 * _AROUND_PX + 1
    room = np.pad(agrees.astype(np.float64), _AROUND_PX)
    height, width = agrees.shape
    total = sum(room[down : down + height, right : right + width] for down in range(side) for right in range(side))
    return np.asarray(total) / side**2
