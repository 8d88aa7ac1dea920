"""Index maps: which pixel of the sprite stands where in a frame.

A frame made so cannot hold a color that the sprite lacks, and the same map moves whatever belongs to the sprite: a
layer of equipment, a mask, a normal map.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixels_mcp.pixelart.pixels import Rgba

IndexMap = NDArray[np.int64]
"""(H, W, 2): row and column of the sprite's pixel, -1 where the frame is empty."""
Mask = NDArray[np.bool_]
"""(H, W) bool."""


def opaque(sprite: Rgba) -> Mask:
    """Where the sprite is drawn."""
    return sprite[..., 3] > 0


def still(sprite: Rgba) -> IndexMap:
    """The map that leaves every pixel where it is."""
    height, width = sprite.shape[:2]
    places = np.stack(np.meshgrid(np.arange(int(height)), np.arange(int(width)), indexing="ij"), axis=-1)
    places[~opaque(sprite)] = -1
    return places


def take(sprite: Rgba, places: IndexMap) -> Rgba:
    """Draw a frame."""
    frame = sprite[places[..., 0].clip(0), places[..., 1].clip(0)].copy()
    frame[places[..., 0] < 0] = 0
    return frame


def empty_like(places: IndexMap) -> IndexMap:
    """A frame with nothing in it."""
    return np.full_like(places, -1)


def put(onto: IndexMap, part: IndexMap, mask: Mask, down_px: int = 0, right_px: int = 0) -> None:
    """Draw the masked part of a map, moved by whole pixels, over another; what leaves the canvas is gone."""
    rows, columns = np.nonzero(mask & (part[..., 0] >= 0))
    to_rows, to_columns = rows + down_px, columns + right_px
    height, width = mask.shape
    stays = (to_rows >= 0) & (to_rows < height) & (to_columns >= 0) & (to_columns < width)
    onto[to_rows[stays], to_columns[stays]] = part[rows[stays], columns[stays]]


def put_swung(onto: IndexMap, part: IndexMap, leg: Mask, swing_px: int, down_px: int = 0) -> None:
    """Draw a leg that swings about its hip: its lowest row moves by `swing_px`, the highest not. As `put`."""
    rows = np.flatnonzero(leg.any(axis=1))
    for row in rows:
        share = (row - rows[0]) / max(1, rows[-1] - rows[0])
        line = np.zeros_like(leg)
        line[row] = leg[row]
        put(onto, part, line, down_px, round(swing_px * share))


DRAWN_OUT_PX = 3
"""A leg that ends this far above the ground can be drawn out to it; one that ends higher is held up on purpose."""


def can_stand(leg: Mask, foot_row: int) -> bool:
    """Whether a leg reaches the ground, drawn out a little where needed.

    Args:
        leg: Where it is drawn.
        foot_row: First row below the ground.
    """
    rows = np.flatnonzero(leg.any(axis=1))
    return bool(len(rows)) and foot_gap_px(leg, foot_row) <= min(DRAWN_OUT_PX, len(rows) - 1)


def foot_gap_px(leg: Mask, foot_row: int) -> int:
    """How far above the ground a leg ends."""
    return foot_row - int(np.flatnonzero(leg.any(axis=1))[-1]) - 1


def put_planted(onto: IndexMap, part: IndexMap, leg: Mask, foot_row: int) -> None:
    """Draw a leg that stands: its upper rows are drawn out until it reaches the ground. As `put`."""
    put(onto, part, leg)
    if can_stand(leg, foot_row):
        put(onto, part, leg, foot_gap_px(leg, foot_row))


def moved(places: IndexMap, down_px: int, right_px: int) -> IndexMap:
    """The whole frame moved."""
    frame = empty_like(places)
    put(frame, places, places[..., 0] >= 0, down_px, right_px)
    return frame


def leaning(places: IndexMap, px_a_row: float, foot_row: int) -> IndexMap:
    """Every row above the feet moved to the right by its height times `px_a_row`."""
    frame = empty_like(places)
    for row in range(places.shape[0]):
        right_px = round((foot_row - row) * px_a_row) if row < foot_row else 0
        line = np.zeros(places.shape[:2], dtype=np.bool_)
        line[row] = True
        put(frame, places, line, 0, right_px)
    return frame


def squashed(sprite: Rgba, rows: int) -> IndexMap:
    """The sprite lower by so many rows (taller by as many where negative): those go, or stand twice, that change least.

    The lowest row stays where it is.
    """
    places = still(sprite)
    drawn_rows = np.flatnonzero(opaque(sprite).any(axis=1))
    top, bottom = int(drawn_rows[0]), int(drawn_rows[-1]) + 1
    for _ in range(abs(rows)):
        if bottom - top < 6 or (rows < 0 and top == 0):
            break
        seen = take(sprite, places).astype(np.int64)
        cost = np.abs(seen[top + 2 : bottom - 2] - seen[top + 1 : bottom - 3]).sum(axis=(1, 2))
        row = top + 2 + int(cost.argmin())
        if rows > 0:
            places[top + 1 : row + 1] = places[top:row].copy()
            places[top] = -1
            top += 1
        else:
            places[top - 1 : row - 1] = places[top:row].copy()
            places[row - 1] = places[row]
            top -= 1
    return places
