"""What is left of a ground at the edge of a drawing: cells that are half the one and half the other."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from pixels_mcp.pixelart.colors.color import float_oklab
from pixels_mcp.pixelart.drawing.cleanup import islands_of
from pixels_mcp.pixelart.recovery.ground import KEY_CHROMA, Ground

_KEY_HUE, _KEY_CHROMA_SHARE = 0.96, 0.6
"""Cosine of the angle in OKLab's colour plane, and share of the chroma, from which a colour is a key colour's shade."""

_DARK_SHADE = 0.65
"""Share of the key's lightness under which a colour of its hue is no shade of it: a leaf's green, a thin dark line."""

_NEAR_KEY = 0.1
"""OKLab distance within which a shade of a key colour is the ground itself."""

_SAME_INSIDE, _LEAST_INSIDE, _INSIDE_SHARE = 0.03, 4, 0.25
"""A colour is the figure's own where so many cells within this OKLab distance, and this share of all such cells, touch
no ground: remains stand along the outline alone."""

_OFF_MIXTURE_LEVELS = 24.0
"""How far (levels, 0 to 255 a channel) a cell may lie from the line between the ground and a drawn neighbour."""

_KEY_MIXTURE, _DARK_MIXTURE, _PALE_MIXTURE = 0.2, 0.4, 0.65
"""Share of the ground in a mixture from which the cell is its remains: of a key colour, of one where the cell is dark
and of its hue, and of any other ground."""

_LONE_CELLS, _CORNER_NEIGHBORS = 2, 5
"""Remains of another ground than a key colour are so small, and have so many of it among their eight neighbours."""

_FAINT_MIXTURE, _RIM_NEIGHBORS = 0.85, 2
"""Share of the ground from which a thin rim of mixtures is no part of a drawing: nobody saw it on its ground."""


def remains_of(ground: Ground, gone: np.ndarray, shades: np.ndarray) -> np.ndarray:
    """Find the cells beside a ground that are shades of it, or mixtures of it and the drawing.

    A blurred or compressed picture has them wherever a cell's border was off by a part of a cell. Of a key colour all
    go, up to two cells deep, but nothing in a colour that the figure shows away from the ground too; of another ground
    a thin rim that is nearly its colour, and lone ones at outer corners, since drawings have such colours too.

    Args:
        ground: The ground, as it was found.
        gone: (H, W) bool: what is taken away of it.
        shades: (H, W, 3) float, 0 to 255: the colours before they were merged.

    Returns:
        (H, W) bool, none of it in `gone`.
    """
    if not ground.outside.any():
        return ground.outside
    base = np.median(shades[ground.outside], axis=0)
    if ground.chroma >= KEY_CHROMA:
        hue, light = _of_key_hue(shades, base)
        shade = hue & light & ~gone
        share = _share_of_ground(shades, base, ~gone & ~shade)
        mixed = share >= np.where(hue, _DARK_MIXTURE, _KEY_MIXTURE)
        near = shade & (np.linalg.norm(float_oklab(shades) - float_oklab(base), axis=-1) <= _NEAR_KEY)
        rest = (shade & ~_thick(shade)) | (mixed & ~gone)
        rest &= near | ~_colors_inside(shades, gone | near, rest)
        first = rest & (near | (_neighbors(gone) > 0))
        return first | (rest & (_neighbors(first) > 0))
    beside = _neighbors(gone)
    mixed = (_share_of_ground(shades, base, ~gone) >= _PALE_MIXTURE) & ~gone
    parts = islands_of(mixed)
    lone = np.bincount(parts.ravel()) <= _LONE_CELLS
    lone[0] = False
    faint = (_share_of_ground(shades, base, ~gone, most=True) >= _FAINT_MIXTURE) & ~gone
    rim = faint & ~_thick(faint) & (beside >= _RIM_NEIGHBORS)
    return rim | (lone[parts] & (beside >= _CORNER_NEIGHBORS))


def _of_key_hue(shades: np.ndarray, base: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) bool twice: cells of nearly the key's hue and much of its chroma, and those that are not much darker."""
    lab, key = float_oklab(shades), float_oklab(base)
    chroma, key_chroma = np.linalg.norm(lab[..., 1:], axis=-1), float(np.linalg.norm(key[1:]))
    hue = (chroma >= _KEY_CHROMA_SHARE * key_chroma) & (lab[..., 1:] @ key[1:] >= _KEY_HUE * chroma * key_chroma)
    return hue, lab[..., 0] >= _DARK_SHADE * key[0]


def _colors_inside(shades: np.ndarray, ground: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """(H, W) bool: those of the asked cells whose colour stands inside the figure as well, away from the ground."""
    own = np.zeros(asked.shape, dtype=bool)
    inside = ~ground & (_neighbors(ground) == 0)
    if not asked.any() or not inside.any():
        return own
    lab = float_oklab(shades)
    like, like_inside = (
        cKDTree(lab[cells]).query_ball_point(lab[asked], _SAME_INSIDE, return_length=True)
        for cells in (~ground, inside)
    )
    own[asked] = (like_inside >= _LEAST_INSIDE) & (like_inside >= _INSIDE_SHARE * like)
    return own


def _thick(cells: np.ndarray) -> np.ndarray:
    """(H, W) bool: the cells that are part of a full square of three by three."""
    return ndimage.binary_opening(cells, np.ones((3, 3), dtype=bool))


def _share_of_ground(shades: np.ndarray, base: np.ndarray, drawing: np.ndarray, *, most: bool = False) -> np.ndarray:
    """(H, W) float: how much of a cell is ground, if it is a mixture of it and one of its drawn neighbours; else 0.

    Of several such neighbours that counts which explains it best, or, with `most`, which leaves most to the ground.
    """
    height, width = drawing.shape
    padded = np.pad(shades, ((1, 1), (1, 1), (0, 0)), mode="edge")
    drawn = np.pad(drawing, 1)
    share = np.zeros(drawing.shape)
    nearest = np.full(drawing.shape, _OFF_MIXTURE_LEVELS)
    for y, x in [(y, x) for y in range(3) for x in range(3) if (y, x) != (1, 1)]:
        other = padded[y : y + height, x : x + width]
        line = base - other
        length = np.maximum((line**2).sum(axis=-1), 1e-9)
        part = np.clip(((shades - other) * line).sum(axis=-1) / length, 0.0, 1.0)
        off = np.linalg.norm(shades - other - part[..., None] * line, axis=-1)
        better = drawn[y : y + height, x : x + width] & (off < nearest)
        if most:
            better &= part > share
        else:
            nearest[better] = off[better]
        share[better] = part[better]
    return share


def _neighbors(cells: np.ndarray) -> np.ndarray:
    """(H, W) int: how many of the eight neighbours are set."""
    padded = np.pad(cells.astype(np.int8), 1)
    height, width = cells.shape
    around = [padded[y : y + height, x : x + width] for y in range(3) for x in range(3) if (y, x) != (1, 1)]
    return np.sum(around, axis=0)
