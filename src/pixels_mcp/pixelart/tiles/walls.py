"""Walls seen from above at an angle: a top, a face where the south is open, a shadow on the floor below."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pixels_mcp.pixelart.pixels import Rgba
from pixels_mcp.pixelart.tiles.borders import Edge, Rgb, lighter, ramp_of, shifted
from pixels_mcp.pixelart.tiles.codes import Terrain


@dataclass(frozen=True, eq=False)
class WallLook:
    """Measures and colours of a wall.

    Attributes:
        face_px: Height of the front that shows above an open south.
        shadow_px: Height of the shadow below it.
        face: (H, W, 4) texture of the front.
        rim: Line around the top.
        rim_lit: The top's lower edge, which catches the light.
        rim_dark: The face's sides and foot.
    """

    face_px: int
    shadow_px: int
    face: Rgba
    rim: Rgb
    rim_lit: Rgb
    rim_dark: Rgb


def make_wall_look(face: Rgba, *, tile_px: int, face_px: int) -> WallLook:
    """Take a wall's colours out of the texture of its front.

    Args:
        face: (tile_px, tile_px, 4).
        tile_px: Side of a tile.
        face_px: See `WallLook`.
    """
    ramp = ramp_of(face)
    return WallLook(
        face_px=face_px,
        shadow_px=max(2, tile_px // 8),
        face=face,
        rim=lighter(ramp[len(ramp) // 2], -0.1),
        rim_lit=ramp[-1],
        rim_dark=lighter(ramp[0], -0.5),
    )


def wall_top(face: Rgba) -> Rgba:
    """A plain, darker top of the same stone."""
    top = face.copy()
    top[..., :3] = lighter(ramp_of(face)[0], -0.2)
    return top


def paint_wall(walls: Terrain, top: Rgba, floor: Rgba, look: WallLook, edge: Edge = "nearest") -> Rgba:
    """Draw walls over a floor; the mask is taken as it is, so that walls that touch at a corner stay apart.

    Args:
        walls: (H, W) where the walls are.
        top, floor: (H, W, 4) textures.
        look: Its face repeated to the same size.
        edge: What lies beyond.
    """
    picture = np.where(walls[..., None], top, floor).astype(np.uint8)
    opens_below = np.zeros_like(walls)
    for rows_up in range(1, look.face_px + 1):
        opens_below |= ~shifted(walls, -rows_up, 0, edge)
    front = walls & opens_below
    upper = walls & ~front
    picture[front] = look.face[front]
    open_sides = ~shifted(walls, 0, 1, edge) | ~shifted(walls, 0, -1, edge)
    picture[upper & shifted(front, -1, 0, edge), :3] = look.rim_lit
    picture[upper & (~shifted(walls, 1, 0, edge) | open_sides), :3] = look.rim
    picture[front & (open_sides | ~shifted(walls, -1, 0, edge)), :3] = look.rim_dark
    shadow = np.zeros_like(walls)
    for rows_down in range(1, look.shadow_px + 1):
        shadow |= shifted(walls, rows_down, 0, edge) & ~walls
    beside = ~walls & shifted(walls, 0, 1, edge) & ~shadow
    picture[shadow, :3] = (picture[shadow, :3] * 0.55).astype(np.uint8)
    picture[beside, :3] = (picture[beside, :3] * 0.75).astype(np.uint8)
    return picture
