"""Moving grounds: every tile of a set gets the same frames, and each frame joins itself as the still one does."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.tiles.tileset import TilesetDesign


def swayed(texture: Rgba, frame: int, frames: int) -> Rgba:
    """A frame of water: rows shifted sideways by a wave that runs down once through the tile and the round of frames.

    Rows are turned on a torus, so the texture's colors and its joints stay; frame 0 is the first of the wave.

    Args:
        texture: (side, side, 4) that joins itself.
        frame: From 0.
        frames: Of a whole round.
    """
    side = int(texture.shape[0])
    rows = np.arange(side)
    reach_px = max(1, side // 16)
    shifts = np.rint(reach_px * np.sin(2 * np.pi * (rows / side + frame / frames))).astype(int)
    columns = (rows[None] - shifts[:, None]) % side
    return texture[rows[:, None], columns]


def moving_designs(design: TilesetDesign, frames: int) -> list[TilesetDesign]:
    """The set as it is in each frame: its lower terrain sways (of kind `single` the ground), borders stand still."""
    if frames == 1:
        return [design]
    moved: list[TilesetDesign] = []
    for frame in range(frames):
        sway = partial(swayed, frame=frame, frames=frames)
        if design.kind == "single":
            fills = tuple(map(sway, design.upper_fills))
            ground = sway(design.upper)
            moved.append(replace(design, upper=ground, lower=ground, upper_fills=fills))
        else:
            moved.append(replace(design, lower=sway(design.lower), lower_fills=tuple(map(sway, design.lower_fills))))
    return moved
