"""More tiles of one ground: its inside covered by another part of itself, cut in where both differ least, its rim kept.

The pixels are the ground's own, so colors, contrast and the size of stones and waves stay, and the rim is equal to the
bit: every variant lies beside every other.

Source of the cut: A. Efros and W. Freeman, 2001, "Image quilting for texture synthesis and transfer", closed to a ring.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pixels_mcp.pixelart.colors.color import oklab
from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.tiles.joining import ring_of_least_cost

_RAYS_PER_PX = 3
_NEAREST_MOVE_PX = 3
"""A part of the ground from nearer than this looks the same."""
_CHANCE = 0.3
"""A part that fits so much worse than another is taken as well, as the seed has it."""


def ground_variants(texture: Rgba, count: int, *, rim_px: int, seed: int) -> list[Rgba]:
    """Make variants of a ground.

    Args:
        texture: (side, side, 4) that joins itself.
        count: How many.
        rim_px: So much along each side stays as it is.
        seed: Decides between parts that fit about as well.

    Returns:
        `count` pictures of its shape, all different where the ground is not of one color.
    """
    random = np.random.default_rng(seed)
    side = len(texture)
    lab = oklab(texture[..., :3])
    ring = _Ring(side, rim_px)
    moves = _moves(side)
    misfits = ring.misfits(lab, moves) * random.uniform(1, 1 + _CHANCE, len(moves))
    variants: list[Rgba] = []
    taken: list[NDArray[np.int64]] = []
    for number in np.argsort(misfits, kind="stable"):
        if len(variants) == count:
            break
        move = moves[number]
        if any(_apart_px(move, other, side) < _NEAREST_MOVE_PX for other in taken):
            continue
        variant = _covered(texture, move, ring.inside_of_least_cost(_difference(lab, move)))
        if not any(np.array_equal(variant, other) for other in (texture, *variants)):
            taken.append(move)
            variants.append(variant)
    return variants + [texture] * (count - len(variants))


class _Ring:
    """Rays from the middle of a tile to its rim, along which a closed cut is looked for."""

    def __init__(self, side: int, rim_px: int) -> None:
        half = side / 2
        angles = np.linspace(0, 2 * np.pi, _RAYS_PER_PX * side, endpoint=False)
        farthest = (half - rim_px) / np.maximum(np.abs(np.cos(angles)), np.abs(np.sin(angles)))
        steps = max(3, round((half - rim_px) * 0.5))
        shares = np.linspace(0.5, 1.0, steps)
        self._radii = np.outer(shares, farthest)
        self._rows = np.clip(half + self._radii * np.sin(angles), rim_px, side - rim_px - 1).astype(int)
        self._columns = np.clip(half + self._radii * np.cos(angles), rim_px, side - rim_px - 1).astype(int)
        places = np.arange(side) + 0.5 - half
        down, right = np.meshgrid(places, places, indexing="ij")
        self._distance = np.hypot(down, right)
        turn = np.mod(np.arctan2(down, right), 2 * np.pi)
        self._ray = np.rint(turn / (2 * np.pi) * len(angles)).astype(int) % len(angles)
        self._free = (np.maximum(np.abs(down), np.abs(right)) < half - rim_px).astype(np.bool_)

    def misfits(self, lab: NDArray[np.float32], moves: NDArray[np.int64]) -> NDArray[np.float64]:
        """How much the ground differs from itself at the best place of each ray, for each move."""
        side = len(lab)
        rows, columns = self._rows[::2, ::2], self._columns[::2, ::2]
        moved = lab[(rows - moves[:, 0, None, None]) % side, (columns - moves[:, 1, None, None]) % side]
        return np.linalg.norm(moved - lab[rows, columns], axis=-1).min(axis=1).mean(axis=1).astype(np.float64)

    def inside_of_least_cost(self, difference: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(side, side): what lies within the cut that costs least."""
        cut = ring_of_least_cost(difference[self._rows, self._columns])
        radius = self._radii[cut, np.arange(self._radii.shape[1])]
        return self._free & (self._distance <= radius[self._ray])


def _moves(side: int) -> NDArray[np.int64]:
    """(n, 2) rows and columns by which the ground is turned on its torus."""
    every = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), axis=-1).reshape(-1, 2)
    return every[np.minimum(every, side - every).max(axis=1) >= _NEAREST_MOVE_PX]


def _difference(lab: NDArray[np.float32], move: NDArray[np.int64]) -> NDArray[np.float64]:
    moved = np.roll(lab, (int(move[0]), int(move[1])), axis=(0, 1))
    return np.linalg.norm(lab - moved, axis=-1).astype(np.float64)


def _covered(texture: Rgba, move: NDArray[np.int64], inside: NDArray[np.bool_]) -> Rgba:
    moved = np.roll(texture, (int(move[0]), int(move[1])), axis=(0, 1))
    return np.where(inside[..., None], moved, texture)


def _apart_px(one: NDArray[np.int64], other: NDArray[np.int64], side: int) -> int:
    apart = np.abs(one - other) % side
    return int(np.minimum(apart, side - apart).max())
